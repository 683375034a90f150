import type { Log } from '#base/log.ts'
import { OrphanGuard } from '#base/orphan-guard.ts'
import {
  LambdaInvokeError,
  type FunctionDefinition,
  type InvocationRequest,
  type InvocationResult,
} from './definition.ts'
import type { FunctionSurroundings } from './environment.ts'
import { FunctionPool } from './function-pool.ts'
import type { FunctionLogSink } from './function-log.ts'
import { defaultExecutionLimits, type ExecutionLimits } from './limits.ts'
import { ProcessBudget } from './process-budget.ts'
import { RuntimeApi } from './runtime-api.ts'
import { RuntimeKeys } from './runtime-keys.ts'
import { RuntimeLink } from './runtime-link.ts'
import type { WorkerServices } from './worker-process.ts'

export interface LambdaExecutorOptions {
  readonly log: Log
  readonly functionLog: FunctionLogSink
  readonly surroundings?: FunctionSurroundings | undefined
  readonly limits?: Partial<ExecutionLimits> | undefined
}

const STOPPING = 'the gateway is stopping'
const SWEEP_MS_MAX = 10_000

/** Runs functions in processes of their own. Nothing is started before the first invocation. */
export class LambdaExecutor {
  readonly #services: WorkerServices
  readonly #guard = new OrphanGuard()
  readonly #pools = new Map<string, FunctionPool>()
  /** Beside those in use, the ones that are closing: both hold processes. */
  readonly #holders = new Set<FunctionPool>()
  readonly #budget: ProcessBudget
  readonly #sweeper: Timer
  #stopped = false

  constructor(options: LambdaExecutorOptions) {
    const limits = { ...defaultExecutionLimits, ...options.limits }
    const keys = new RuntimeKeys()
    this.#services = {
      keys,
      runtimeApi: new RuntimeApi(keys, options.log),
      runtimeLink: new RuntimeLink(keys, options.log),
      guard: this.#guard,
      log: options.functionLog,
      surroundings: options.surroundings ?? {},
      limits,
    }
    this.#budget = new ProcessBudget(limits.processesMax, this.#holders)
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(SWEEP_MS_MAX, limits.idleMs))
    this.#sweeper.unref()
  }

  /** Processes of all functions, whatever they are doing. */
  get processes(): number {
    let count = 0
    for (const pool of this.#holders) count += pool.processes
    return count
  }

  /**
   * Runs a function once.
   * @throws LambdaInvokeError when it was not run
   */
  invoke(definition: FunctionDefinition, request: InvocationRequest): Promise<InvocationResult> {
    let pool = this.#pools.get(definition.arn)
    if (pool === undefined) {
      if (this.#stopped) return Promise.reject(new LambdaInvokeError('failed', STOPPING))
      pool = new FunctionPool(definition, this.#services, this.#budget)
      this.#pools.set(definition.arn, pool)
      this.#holders.add(pool)
    } else pool.replace(definition)
    return pool.invoke(request)
  }

  /** A function has changed: new processes take over. Nothing happens when it has never run. */
  replace(definition: FunctionDefinition): void {
    this.#pools.get(definition.arn)?.replace(definition)
  }

  /** A function is no more: what runs may finish. */
  remove(arn: string): void {
    const pool = this.#pools.get(arn)
    if (pool === undefined) return
    this.#pools.delete(arn)
    const error = new LambdaInvokeError('not-found', `Function not found: ${arn}`)
    void pool.close(error, REMOVED_GRACE_MS).then(() => this.#holders.delete(pool))
  }

  /** No function is left. */
  removeAll(): void {
    for (const arn of this.#pools.keys()) this.remove(arn)
  }

  /** Takes no more invocations, lets running ones finish for `graceMs`, then ends every process. */
  async stop(options: { graceMs?: number } = {}): Promise<void> {
    this.#stopped = true
    clearInterval(this.#sweeper)
    const error = new LambdaInvokeError('failed', STOPPING)
    await Promise.all([...this.#holders].map((pool) => pool.close(error, options.graceMs ?? 0)))
    this.#pools.clear()
    this.#holders.clear()
    await this.#guard.stop()
    const { keys, runtimeApi, runtimeLink } = this.#services
    keys.clear()
    runtimeLink.stop()
    await runtimeApi.stop()
  }

  #sweep(): void {
    const sinceMs = performance.now() - this.#services.limits.idleMs
    for (const pool of this.#holders) pool.endIdle(sinceMs)
  }
}

/** As long as a function may run at all. */
const REMOVED_GRACE_MS = 900_000

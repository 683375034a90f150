import {
  LambdaInvokeError,
  type FunctionDefinition,
  type InvocationRequest,
  type InvocationResult,
} from './definition.ts'
import { FolderWatch } from './folder-watch.ts'
import { Invocation } from './invocation.ts'
import type { ExecutionLimits } from './limits.ts'
import type { ProcessBudget } from './process-budget.ts'
import { WorkerProcess, type WorkerOwner, type WorkerServices } from './worker-process.ts'

/**
 * The processes of one function and the invocations that wait for one. A process runs one invocation at a time; a
 * further one is started only when somebody has waited for longer than a small bound. When code or configuration
 * change, new processes take over while old ones finish what they run: nothing that waits is lost.
 */
export class FunctionPool implements WorkerOwner {
  readonly #services: WorkerServices
  readonly #limits: ExecutionLimits
  readonly #budget: ProcessBudget
  readonly #workers = new Set<WorkerProcess>()
  /** The one that became idle last is at the end, and is used first: the others may grow old. */
  readonly #idle: WorkerProcess[] = []
  readonly #waiting = new Set<Invocation>()
  #definition: FunctionDefinition
  #generation = 0
  #scaleTimer: Timer | undefined
  /** How often a process was ready for work since the last look at who waits, and before that one. */
  #readied = 0
  #readiedBefore = 0
  #watch: FolderWatch | undefined
  #closed: LambdaInvokeError | undefined
  #onEmpty: (() => void) | undefined

  constructor(definition: FunctionDefinition, services: WorkerServices, budget: ProcessBudget) {
    this.#definition = definition
    this.#services = services
    this.#limits = services.limits
    this.#budget = budget
    this.#watchFolder()
  }

  get processes(): number {
    return this.#workers.size
  }

  /**
   * Runs the function once.
   * @throws LambdaInvokeError when it was not run
   */
  invoke(request: InvocationRequest): Promise<InvocationResult> {
    const settling = this.#watch?.settling()
    return settling === undefined ? this.#enter(request) : settling.then(() => this.#enter(request))
  }

  /** What was found when the store was looked at, perhaps not for the first time and perhaps late. */
  replace(definition: FunctionDefinition): void {
    if (definition.sequence <= this.#definition.sequence) return
    const changed = definition.revisionId !== this.#definition.revisionId
    const moved = definition.watchedFolder !== this.#definition.watchedFolder
    this.#definition = definition
    if (moved) this.#watchFolder()
    if (changed) this.#renew()
  }

  /** Takes no more invocations; `error` is what those that wait are answered. Resolves when no process is left. */
  async close(error: LambdaInvokeError, graceMs: number): Promise<void> {
    this.#closed = error
    this.#watch?.close()
    clearTimeout(this.#scaleTimer)
    for (const invocation of this.#waiting) invocation.refuse(error)
    this.#waiting.clear()
    this.#renew()
    if (this.#workers.size === 0) return
    const killer = setTimeout(() => {
      for (const worker of this.#workers) worker.kill()
    }, graceMs)
    await new Promise<void>((resolve) => (this.#onEmpty = resolve))
    clearTimeout(killer)
  }

  /** Ends processes that have been idle since before `sinceMs` (performance.now()). */
  endIdle(sinceMs: number): void {
    while (this.#idle[0] !== undefined && this.#idle[0].idleSinceMs < sinceMs) this.#idle.shift()?.end()
  }

  /** When the longest idle process became idle; undefined when none is. */
  get idleSinceMs(): number | undefined {
    return this.#idle[0]?.idleSinceMs
  }

  /** Gives one idle process up, for another function's sake. */
  endOneIdle(): void {
    this.#idle.shift()?.end()
  }

  /** There may be room for a process now that there was none for. */
  roomMade(): void {
    if (this.#waiting.size > 0) this.#scale()
  }

  #enter(request: InvocationRequest): Promise<InvocationResult> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const worker = this.#idle.pop()
    if (worker !== undefined) {
      const invocation = new Invocation(request)
      worker.run(invocation)
      return invocation.result
    }
    if (this.#waiting.size >= this.#limits.waitingMax) {
      return Promise.reject(
        new LambdaInvokeError('throttled', `more than ${this.#limits.waitingMax} invocations are waiting`),
      )
    }
    const invocation = new Invocation(request)
    this.#waiting.add(invocation)
    request.onCancel?.(() => {
      if (!this.#waiting.delete(invocation)) return
      invocation.refuse(new LambdaInvokeError('failed', 'the caller has left before a process was free'))
    })
    if (this.#hasCurrent()) this.#scaleLater()
    else this.#scale()
    return invocation.result
  }

  /** Processes that take work, now or once they have started. */
  #current(): WorkerProcess[] {
    return [...this.#workers].filter((worker) => worker.generation === this.#generation)
  }

  #hasCurrent(): boolean {
    for (const worker of this.#workers) if (worker.generation === this.#generation) return true
    return false
  }

  #scaleLater(): void {
    if (this.#scaleTimer !== undefined) return
    this.#readied = 0
    this.#scaleTimer = setTimeout(() => {
      this.#scaleTimer = undefined
      // After a pause of our own (garbage, a slow disk) answers may lie unread that free a process: those come first.
      setImmediate(() => this.#scale())
    }, this.#limits.scaleAfterMs)
  }

  /**
   * Starts what those that have waited too long need: as many again as there are, at most. While one is starting
   * nothing more is started, for it may be all that was missing.
   */
  #scale(): void {
    const current = this.#current()
    const starting = current.some((worker) => worker.state === 'starting')
    if (!starting) this.#refuseOverdue()
    if (this.#waiting.size > 0) this.#startMissing(current, starting)
    this.#readiedBefore = this.#readied
    this.#readied = 0
    if (this.#waiting.size > 0) this.#scaleLater()
  }

  #startMissing(current: readonly WorkerProcess[], starting: boolean): void {
    if (current.length === 0) this.#startOne()
    else if (!starting) {
      const room = this.#limits.processesPerFunctionMax - current.length
      const wanted = this.#isDraining() ? 0 : Math.min(this.#late(), current.length, room)
      for (let count = 0; count < wanted; count++) if (!this.#startOne()) break
    }
  }

  /**
   * Whether all that wait will be served as soon as that many were of late. Then the machine was busy with something
   * else, or short invocations are many: further processes would only share the same cores, each less warm.
   */
  #isDraining(): boolean {
    return this.#waiting.size <= Math.max(this.#readied, this.#readiedBefore)
  }

  /** How many have waited long enough for a further process. */
  #late(): number {
    const sinceMs = performance.now() - this.#limits.scaleAfterMs
    let count = 0
    for (const { waitingSinceMs } of this.#waiting) {
      if (waitingSinceMs > sinceMs) break // in the order of arrival: the others have waited less
      count++
    }
    return count
  }

  #refuseOverdue(): void {
    const { waitingTimeoutMs } = this.#limits
    const sinceMs = performance.now() - waitingTimeoutMs
    for (const invocation of this.#waiting) {
      if (invocation.waitingSinceMs > sinceMs) break
      this.#waiting.delete(invocation)
      invocation.refuse(new LambdaInvokeError('throttled', `no process was free for ${waitingTimeoutMs} ms`))
    }
  }

  #startOne(): boolean {
    if (!this.#budget.take(this)) return false
    const worker = new WorkerProcess(this.#definition, this.#generation, this.#services, this)
    this.#workers.add(worker)
    void worker.start()
    return true
  }

  /** From now on only processes that are started after this take work. */
  #renew(): void {
    this.#generation++
    for (const worker of this.#idle.splice(0)) worker.end()
    // Listed first: one that has no process yet is gone at once, and what takes its place is not to be ended too.
    const starting = [...this.#workers].filter((worker) => worker.state === 'starting')
    for (const worker of starting) worker.end()
    if (this.#waiting.size > 0) this.#scale()
  }

  #watchFolder(): void {
    this.#watch?.close()
    const folder = this.#definition.watchedFolder
    this.#watch = folder === undefined ? undefined : new FolderWatch(folder, () => this.#renew())
  }

  // What processes tell (WorkerOwner)

  ready(worker: WorkerProcess): void {
    if (worker.generation !== this.#generation) {
      worker.end()
      return
    }
    this.#readied++
    for (const invocation of this.#waiting) {
      this.#waiting.delete(invocation)
      worker.run(invocation)
      return
    }
    this.#idle.push(worker)
  }

  initFailed(worker: WorkerProcess, answer: (invocation: Invocation) => Uint8Array): void {
    if (worker.generation !== this.#generation) return
    // Those that came while it was starting would only see it fail again, one after the other.
    for (const invocation of this.#waiting) invocation.fail(answer(invocation))
    this.#waiting.clear()
  }

  startFailed(worker: WorkerProcess, error: Error): void {
    if (worker.generation !== this.#generation) return
    for (const invocation of this.#waiting) {
      invocation.refuse(new LambdaInvokeError('failed', error.message, { cause: error }))
    }
    this.#waiting.clear()
  }

  ended(worker: WorkerProcess): void {
    this.#workers.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#budget.give()
    if (this.#workers.size === 0) this.#onEmpty?.()
    if (this.#waiting.size > 0 && this.#closed === undefined) this.#scale()
  }
}

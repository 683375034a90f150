import { steadyAheadMs } from '#base/clock.ts'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { logWith, type Log } from '#base/log.ts'
import type { ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import type { StageCache } from '#model/cache-flush.ts'
import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import { noTotals, type WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import { passesMax, type ExplainPass } from '../explain/explain-pass.ts'
import { StartError } from '../listen.ts'
import type { DeployedDomain } from '../served-domains.ts'
import type { DeployedStage, ServedStages } from '../served-stages.ts'
import { defaultWorkerLimits, type WorkerLimits } from './limits.ts'
import type { WorkerSetup } from './orders.ts'
import type { StateHealth } from '../state.ts'
import { WorkerEnded, WorkerProcess, type NewOrder } from './worker-process.ts'

export interface WorkersOptions {
  readonly count: number
  readonly setup: Omit<WorkerSetup, 'worker' | 'processes' | 'steadyAheadMs'>
  /** Gives a worker that has just been started all that is served. */
  readonly tellAll: (served: ServedStages) => Promise<void>
  readonly log: Log
  readonly limits?: Partial<WorkerLimits> | undefined
}

/** How often workers are looked at, as a part of `silenceMs`. */
const LOOKS_PER_SILENCE = 5

/**
 * The workers of a gateway. What it is told to serve is served by all of them once that resolves: a worker that cannot
 * be made to is gone by then, and the one in its place is told everything before it listens.
 */
export class Workers implements ServedStages {
  readonly #options: WorkersOptions
  readonly #limits: WorkerLimits
  readonly #slots: readonly Slot[]
  readonly #stages = new Set<string>()
  #passes: readonly ExplainPass[] = []
  readonly #failed = Promise.withResolvers<never>()
  readonly #looks: Timer
  /** For a worker that cannot even notice that we are gone. */
  readonly #guard: OrphanGuard
  /** Lines of logs that workers have lost which were replaced. */
  #turnedAwayBefore = 0
  #lostBefore = 0
  readonly #totalsBefore: WebSocketTotals = noTotals()
  readonly #countsBefore: CacheCounts = { hits: 0, misses: 0 }
  #listening = false
  #stopping = false

  /** Starts the processes; they serve nothing before `listen`. */
  constructor(options: WorkersOptions) {
    this.#options = options
    this.#limits = { ...defaultWorkerLimits, ...options.limits }
    this.failed.catch(() => {})
    const endMs = options.setup.config.drainTimeout + this.#limits.endGraceMs
    this.#guard = new OrphanGuard(Math.ceil(endMs / 1000))
    this.#slots = Array.from({ length: options.count }, (_, index) => this.#newSlot(index + 1))
    for (const slot of this.#slots) void this.#keep(slot)
    this.#looks = setInterval(() => this.#look(), this.#limits.silenceMs / LOOKS_PER_SILENCE)
    this.#looks.unref()
    process.on('exit', this.#kill)
  }

  /** Rejects with StartError when workers cannot be kept running. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Workers that take connections. */
  get serving(): number {
    return this.#slots.filter(({ serving }) => serving).length
  }

  /** Stages that are served. */
  get stageCount(): number {
    return this.#stages.size
  }

  /** Lines of logs that were lost, by workers that are gone, too. */
  get lostLogLines(): number {
    return this.#slots.reduce((sum, { process: { lostLogLines } }) => sum + lostLogLines, this.#lostBefore)
  }

  /** Requests that were turned away for want of time, by workers that are gone, too. */
  get turnedAway(): number {
    return this.#slots.reduce((sum, { process: { turnedAway } }) => sum + turnedAway, this.#turnedAwayBefore)
  }

  /** Of clients of WebSocket APIs, by workers that are gone, too. */
  get webSocketTotals(): WebSocketTotals {
    const sum = { ...this.#totalsBefore }
    for (const { process: worker } of this.#slots) add(sum, worker.webSocketTotals)
    return sum
  }

  /** Of the stage cache, by workers that are gone, too. */
  get cacheCounts(): CacheCounts {
    const sum = { ...this.#countsBefore }
    for (const { process: worker } of this.#slots) add(sum, worker.cacheCounts)
    return sum
  }

  /** The worst that any tells. */
  get stateHealth(): StateHealth | undefined {
    const told = this.#slots.flatMap(({ process: { stateHealth } }) => stateHealth ?? [])
    if (told.length === 0) return undefined
    const isAway = told.some(({ status }) => status === 'away')
    return { status: isAway ? 'away' : 'ok', nodes: Math.min(...told.map(({ nodes }) => nodes)) }
  }

  retire(): Promise<void> {
    return this.#tell({ kind: 'retire' })
  }

  /** Process ids of the workers at present. */
  get pids(): readonly number[] {
    return this.#slots.map(({ process: { pid } }) => pid)
  }

  /**
   * Lets the workers take connections. To be called once, when they have been told all there is to serve.
   * @throws StartError when one cannot
   */
  async listen(): Promise<void> {
    try {
      await Promise.all(this.#slots.map((slot) => this.#letListen(slot, slot.process)))
      this.#listening = true
    } catch (error) {
      throw error instanceof WorkerEnded
        ? new StartError(`a worker ended while it was starting (${error.message})`)
        : new StartError((error as Error).message)
    }
  }

  put(deployed: DeployedStage): Promise<void> {
    this.#stages.add(`${deployed.apiId}/${deployed.stage.stageName}`)
    return this.#tell({ kind: 'put', deployed })
  }

  remove(apiId: string, stageName: string): Promise<void> {
    this.#stages.delete(`${apiId}/${stageName}`)
    return this.#tell({ kind: 'remove', apiId, stageName })
  }

  flush(apiId: string, stageName: string, cache: StageCache): Promise<void> {
    return this.#tell({ kind: 'flush', apiId, stageName, cache })
  }

  putDomain(deployed: DeployedDomain): Promise<void> {
    return this.#tell({ kind: 'put-domain', deployed })
  }

  removeDomain(id: string): Promise<void> {
    return this.#tell({ kind: 'remove-domain', id })
  }

  putUsagePlan(plan: ServedUsagePlan): Promise<void> {
    return this.#tell({ kind: 'put-usage-plan', plan })
  }

  removeUsagePlan(plan: number): Promise<void> {
    return this.#tell({ kind: 'remove-usage-plan', plan })
  }

  clear(): Promise<void> {
    this.#stages.clear()
    return this.#tell({ kind: 'clear' })
  }

  /** What workers know of who signs requests may be so no more. A worker that starts knows nothing yet. */
  forgetCallers(): Promise<void> {
    return this.#tell({ kind: 'forget-callers' })
  }

  /** Resolves when whichever worker meets a request with the token explains it. */
  allowExplain(pass: ExplainPass): Promise<void> {
    const nowMs = Date.now()
    this.#passes = [...this.#passes.slice(1 - passesMax).filter(({ untilMs }) => untilMs > nowMs), pass]
    return this.#tell({ kind: 'explain', pass })
  }

  /** Lets requests under way finish for as long as the configuration says, then ends every worker. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#looks)
    const { drainTimeout } = this.#options.setup.config
    const cut = setTimeout(this.#kill, drainTimeout + this.#limits.endGraceMs)
    await Promise.all(
      this.#slots.map(async (slot) => {
        clearTimeout(slot.restart)
        slot.process.order({ kind: 'stop' }).catch(() => {})
        await slot.process.ended
      }),
    )
    clearTimeout(cut)
    process.off('exit', this.#kill)
    await this.#guard.stop()
  }

  readonly #kill = (): void => {
    for (const slot of this.#slots) slot.process.kill()
  }

  #newSlot(number: number): Slot {
    const log = logWith(this.#options.log, { worker: number })
    return { number, log, process: this.#start(number), serving: false, endedMs: [], restart: undefined }
  }

  #start(number: number): WorkerProcess {
    const worker = new WorkerProcess()
    // What goes wrong here, its end tells.
    worker
      .order({
        kind: 'start',
        setup: {
          ...this.#options.setup,
          worker: number,
          processes: this.#options.count,
          steadyAheadMs: steadyAheadMs(),
        },
      })
      .catch(() => {})
    return worker
  }

  /** Settles when every worker there is has done it, or is no more. */
  async #tell(order: NewOrder): Promise<void> {
    await Promise.all(
      this.#slots.map(async ({ process: worker, log }) => {
        try {
          await worker.order(order)
        } catch (error) {
          if (error instanceof WorkerEnded) return
          log.error('worker failed to follow a change', { change: order.kind, error })
          worker.kill()
          await worker.ended
        }
      }),
    )
  }

  async #letListen(slot: Slot, worker: WorkerProcess): Promise<void> {
    await worker.order({ kind: 'listen' })
    slot.serving = true
    this.#guard.add(worker.pid)
    slot.log.debug('worker serves', { pid: worker.pid })
  }

  /** Watches over the process of a slot, and starts another one when it ends. */
  async #keep(slot: Slot): Promise<void> {
    const { pid, ended } = slot.process
    const { message } = await ended
    this.#guard.remove(pid)
    const mayStart = this.#listening || slot.serving
    slot.serving = false
    // The first start of all is told by `listen`.
    if (this.#stopping || !mayStart) return
    const delayMs = this.#restartDelayMs(slot, performance.now())
    if (delayMs === undefined) {
      const failure = `worker ${slot.number} ended ${slot.endedMs.length} times within ${this.#limits.restartsWindowMs} ms, the last time with ${message}`
      this.#failed.reject(new StartError(failure))
      return
    }
    slot.log.error('worker ended, starting another', { how: message, delayMs })
    slot.restart = setTimeout(() => void this.#restart(slot), delayMs)
  }

  /** @returns undefined when it has ended too often; no delay the first time */
  #restartDelayMs(slot: Slot, nowMs: number): number | undefined {
    const { restartDelayMs, restartDelayMsMax, restartsMax, restartsWindowMs } = this.#limits
    slot.endedMs = [...slot.endedMs.filter((endedMs) => nowMs - endedMs < restartsWindowMs), nowMs]
    const ends = slot.endedMs.length
    if (ends > restartsMax) return undefined
    return ends === 1 ? 0 : Math.min(restartDelayMs * 2 ** (ends - 2), restartDelayMsMax)
  }

  async #restart(slot: Slot): Promise<void> {
    this.#lostBefore += slot.process.lostLogLines
    this.#turnedAwayBefore += slot.process.turnedAway
    add(this.#totalsBefore, slot.process.webSocketTotals)
    add(this.#countsBefore, slot.process.cacheCounts)
    const worker = this.#start(slot.number)
    slot.process = worker
    void this.#keep(slot)
    try {
      await this.#options.tellAll({
        put: (deployed) => worker.order({ kind: 'put', deployed }),
        remove: (apiId, stageName) => worker.order({ kind: 'remove', apiId, stageName }),
        flush: (apiId, stageName, cache) => worker.order({ kind: 'flush', apiId, stageName, cache }),
        putDomain: (deployed) => worker.order({ kind: 'put-domain', deployed }),
        removeDomain: (id) => worker.order({ kind: 'remove-domain', id }),
        putUsagePlan: (plan) => worker.order({ kind: 'put-usage-plan', plan }),
        removeUsagePlan: (plan) => worker.order({ kind: 'remove-usage-plan', plan }),
        clear: () => worker.order({ kind: 'clear' }),
      })
      for (const pass of this.#passes) await worker.order({ kind: 'explain', pass })
      await this.#letListen(slot, worker)
    } catch (error) {
      if (error instanceof WorkerEnded) return
      slot.log.error('worker cannot be started', { error })
      worker.kill()
    }
  }

  #look(): void {
    const { silenceMs, startTimeoutMs } = this.#limits
    for (const { process: worker, log } of this.#slots) {
      const limitMs = worker.spoken ? silenceMs : startTimeoutMs
      if ((worker.look() * silenceMs) / LOOKS_PER_SILENCE < limitMs) continue
      log.error('worker does not answer, killing it', { pid: worker.pid, limitMs })
      worker.kill()
    }
  }
}

/** A worker's place. */
interface Slot {
  readonly number: number
  readonly log: Log
  process: WorkerProcess
  serving: boolean
  /** performance.now() of each end within the window. */
  endedMs: number[]
  restart: Timer | undefined
}

function add<Counts extends CacheCounts | WebSocketTotals>(sum: Counts, more: Counts): void {
  for (const name in more) (sum[name] as number) += more[name] as number
}

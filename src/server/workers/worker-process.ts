import { extname, join } from 'node:path'
import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import { noTotals, type WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import type { StateHealth } from '../state.ts'
import type { Order, Report } from './orders.ts'

/** Beside this file, as a source or built. */
const WORKER = join(import.meta.dir, `worker${extname(import.meta.path)}`)

/** How a worker ended: `exit code 1`, `SIGKILL`. */
export class WorkerEnded extends Error {
  constructor(how: string) {
    super(how)
    this.name = 'WorkerEnded'
  }
}

type OrderOf<O> = O extends Order ? Omit<O, 'number'> : never
export type NewOrder = OrderOf<Order>

/** A worker as its supervisor has it. */
export class WorkerProcess {
  readonly #child: Bun.Subprocess
  readonly #unanswered = new Map<number, PromiseWithResolvers<void>>()
  #number = 0
  #ended: WorkerEnded | undefined
  /** Calls of `look` since a report came while some are owed. */
  #silence = 0
  #spoken = false
  #lostLogLines = 0
  #turnedAway = 0
  #webSocketTotals: WebSocketTotals = noTotals()
  #cacheCounts: CacheCounts = { hits: 0, misses: 0 }
  #stateHealth: StateHealth | undefined
  /** Resolves once it is gone. */
  readonly ended: Promise<WorkerEnded>

  constructor() {
    const { promise, resolve } = Promise.withResolvers<WorkerEnded>()
    this.ended = promise
    this.#child = Bun.spawn([process.execPath, WORKER], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: environment(),
      // A session of its own: Ctrl-C is for the supervisor, which tells its workers.
      detached: true,
      ipc: (report: Report) => this.#reported(report),
      onExit: (_child, exitCode, signal) => {
        this.#ended = new WorkerEnded(signal === null ? `exit code ${exitCode}` : String(signal))
        for (const { reject } of this.#unanswered.values()) reject(this.#ended)
        this.#unanswered.clear()
        resolve(this.#ended)
      },
    })
  }

  get pid(): number {
    return this.#child.pid
  }

  /** Lines of logs that it has lost, as it last told. */
  get lostLogLines(): number {
    return this.#lostLogLines
  }

  /** Requests that it has turned away, as it last told. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** Of clients of WebSocket APIs, as it said last. */
  get webSocketTotals(): WebSocketTotals {
    return this.#webSocketTotals
  }

  /** Of its stage cache, as it last told. */
  get cacheCounts(): CacheCounts {
    return this.#cacheCounts
  }

  /** Of what nodes share, as it last told. */
  get stateHealth(): StateHealth | undefined {
    return this.#stateHealth
  }

  /** True once it has reported anything. */
  get spoken(): boolean {
    return this.#spoken
  }

  /**
   * Resolves when the order was carried out.
   * @throws WorkerEnded, or Error with what the worker says of its failure
   */
  order(order: NewOrder): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const number = ++this.#number
    const answer = Promise.withResolvers<void>()
    this.#unanswered.set(number, answer)
    try {
      this.#child.send({ ...order, number })
    } catch {
      // The channel is gone, so its end is about to be told.
    }
    return answer.promise
  }

  /**
   * To be called now and then: asks for a sign of life when none is owed.
   * @returns for how many calls in a row it has owed one: counted so, time in which we were held up does not tell
   * against it
   */
  look(): number {
    if (this.#ended !== undefined) return 0
    if (this.#unanswered.size > 0) return ++this.#silence
    this.#silence = 0
    this.order({ kind: 'ping' }).catch(() => {})
    return 0
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #reported({ number, failure, ...told }: Report): void {
    this.#webSocketTotals = told.webSocketTotals
    this.#lostLogLines = told.lostLogLines
    this.#turnedAway = told.turnedAway
    this.#cacheCounts = told.cacheCounts
    this.#stateHealth = told.stateHealth
    const answer = this.#unanswered.get(number)
    this.#unanswered.delete(number)
    this.#silence = 0
    this.#spoken = true
    if (failure === undefined) answer?.resolve()
    else answer?.reject(new Error(failure))
  }
}

/** Ours without our settings: a worker is told what it needs, and the keys of the control plane are not among that. */
function environment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_')))
}

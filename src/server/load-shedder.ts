import type { Log } from '#base/log.ts'
import { eventTimeMs, readEventTime } from '#http/event-time.ts'
import type { HttpReply } from '#http/message.ts'
import { jsonReply } from './json-reply.ts'
import { openQueueProbe, type QueueProbe } from './queue-probe.ts'

export interface LoadShedderOptions {
  /** How long requests may wait for this process, ms. Infinity: none is turned away. */
  readonly waitMsMax: number
  readonly log: Log
  readonly probe?: QueueProbe | undefined
  /** `eventTimeMs` unless a test gives its own. */
  readonly now?: () => number
}

/**
 * Turns requests away that a process has no time for, so that it has time for the others.
 *
 * How long they wait in the kernel is asked by a probe, which waits with them: as long as it is under way, whatever is come
 * to had come before it was sent. When that is longer ago than `waitMsMax`, requests are answered 503 until the probe is
 * here, which means all that is old has been answered one way or the other; then the next is sent. So nobody who is let in
 * waits for much more than that twice, and there is nothing to recover from once the load is gone. One long wait is no
 * overload (a deployment, a large document): it must have been long for `SUSTAINED_WAITS` times as long.
 */
export class LoadShedder {
  readonly #waitMsMax: number
  readonly #log: Log
  readonly #probe: QueueProbe | undefined
  readonly #now: () => number
  readonly #readNow: () => number
  #isUnderWay = false
  /** When the last probe was sent. */
  #sentMs = 0
  /** When the last one arrived. */
  #arrivedMs = 0
  /** Since when each of them has been late. */
  #lateSinceMs: number | undefined
  /** Requests since then. */
  #turnedAway = 0
  #turnedAwayBefore = 0

  constructor(options: LoadShedderOptions) {
    const { waitMsMax, log, probe } = options
    this.#waitMsMax = waitMsMax
    this.#log = log
    this.#probe = waitMsMax === Infinity ? undefined : (probe ?? openQueueProbe())
    this.#now = options.now ?? eventTimeMs
    this.#readNow = options.now ?? readEventTime
  }

  /** To be asked once for each request: the answer to one that is turned away, else undefined. */
  refusal(): HttpReply | undefined {
    if (this.#probe === undefined) return undefined
    const nowMs = this.#now()
    const agoMs = nowMs - this.#sentMs
    if (this.#isUnderWay ? agoMs > LOST_WAITS * this.#waitMsMax : agoMs >= this.#waitMsMax / PROBES_A_WAIT) {
      this.#send(this.#probe, nowMs)
      return undefined
    }
    if (!this.#isUnderWay || agoMs <= this.#waitMsMax || !this.#isSustained(nowMs)) return undefined
    if (this.#turnedAway++ === 0) {
      this.#log.warn('overload: requests for APIs are answered 503', { waitMsMax: this.#waitMsMax })
    }
    return turnedAway
  }

  /** Requests that were turned away since the start. */
  get turnedAway(): number {
    return this.#turnedAwayBefore + this.#turnedAway
  }

  stop(): void {
    this.#probe?.stop()
  }

  #isSustained(nowMs: number): boolean {
    return this.#lateSinceMs !== undefined && nowMs - this.#lateSinceMs >= SUSTAINED_WAITS * this.#waitMsMax
  }

  #send(probe: QueueProbe, nowMs: number): void {
    // Nobody asked for anything meanwhile.
    if (nowMs - this.#arrivedMs > this.#waitMsMax) this.#inTime()
    this.#isUnderWay = true
    this.#sentMs = nowMs
    probe.send(() => this.#arrived())
  }

  #arrived(): void {
    const nowMs = this.#readNow()
    this.#isUnderWay = false
    this.#arrivedMs = nowMs
    if (nowMs - this.#sentMs < this.#waitMsMax / 2) this.#inTime()
    else this.#lateSinceMs ??= nowMs
  }

  #inTime(): void {
    this.#lateSinceMs = undefined
    if (this.#turnedAway === 0) return
    this.#log.info('overload has passed', { turnedAway: this.#turnedAway })
    this.#turnedAwayBefore += this.#turnedAway
    this.#turnedAway = 0
  }
}

/** While none is late. */
const PROBES_A_WAIT = 4
/** Of the longest wait, how long they must have been late. */
const SUSTAINED_WAITS = 2
/** After so many times the longest wait a probe is given up: the kernel may drop it. */
const LOST_WAITS = 20

/** The same for everybody: it must cost little. */
const turnedAway: HttpReply = jsonReply(503, { message: 'Service Unavailable' })
turnedAway.headers.add('Retry-After', '1')

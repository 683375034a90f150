import type { Turns } from '#base/turns.ts'
import type { AdaptiveSettings, ConcurrencySettings } from '#languages/traffic/settings.ts'

interface Waiting {
  readonly begin: () => void
}

/** By how much the limit goes down at once. */
const DECREASE = 0.9

/** Requests of one key: those that are with the backend, and those that wait for their turn, in order. */
export class ConcurrencyLimit {
  readonly #name: string
  readonly #turns: Turns
  #inFlight = 0
  readonly #waiting = new Set<Waiting>()
  /** Of those that wait, for how many a turn is being asked for. */
  #asking = 0
  /** Turns that are being asked for. */
  #underWay = 0
  /** Of an adaptive limit: where it is at present. */
  #adapted: number | undefined
  /** Decreases count once for each round of requests, not for each of them. */
  #decreasedAtMs = -Infinity

  constructor(name: string, turns: Turns) {
    this.#name = name
    this.#turns = turns
  }

  /** Of this process. */
  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get isIdle(): boolean {
    const isIn = this.#inFlight + this.#underWay + this.#waiting.size > 0
    return !isIn && this.#adapted === undefined
  }

  /** The limit that holds at present. */
  limitOf({ limit, adaptive }: ConcurrencySettings): number {
    if (adaptive === undefined) return limit
    return Math.max(Math.min(Math.floor(this.#adapted ?? limit), limit), Math.min(adaptive.min, limit))
  }

  /** How soon who waits has to look: other processes give turns back, too. */
  get lookMs(): number | undefined {
    return this.#turns.lookMs
  }

  /** Whether a request may begin; it counts from then until `end`. @throws StateUnavailable */
  begin(settings: ConcurrencySettings): boolean | Promise<boolean> {
    return this.#waiting.size === 0 && this.#take(settings)
  }

  /**
   * Waits for a turn.
   * @param begin called when it is there: the request counts from then
   * @returns gives up the place; undefined when the queue is full
   */
  wait({ queue }: ConcurrencySettings, begin: () => void): (() => void) | undefined {
    if (this.#waiting.size >= queue) return undefined
    const waiting: Waiting = { begin }
    this.#waiting.add(waiting)
    return () => void this.#waiting.delete(waiting)
  }

  end(settings: ConcurrencySettings): void {
    this.#inFlight--
    this.#turns.release(this.#name)
    this.next(settings)
  }

  /** Lets begin who waits, in order, as far as there are turns. */
  next(settings: ConcurrencySettings): void {
    while (this.#asking < this.#waiting.size) {
      let taken: boolean | Promise<boolean>
      try {
        taken = this.#take(settings)
      } catch {
        // Whoever waits goes on waiting: it looks again.
        return
      }
      if (taken === false) return
      if (taken === true) this.#beginFirst(settings)
      else this.#beginOnce(taken, settings)
    }
  }

  #beginOnce(taken: Promise<boolean>, settings: ConcurrencySettings): void {
    this.#asking++
    taken.then(
      (isTaken) => {
        this.#asking--
        if (isTaken) this.#beginFirst(settings)
      },
      () => void this.#asking--,
    )
  }

  #beginFirst(settings: ConcurrencySettings): void {
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting)
      waiting.begin()
      return
    }
    // They have left meanwhile.
    this.end(settings)
  }

  #take(settings: ConcurrencySettings): boolean | Promise<boolean> {
    const taken = this.#turns.take(this.#name, this.limitOf(settings))
    if (typeof taken === 'boolean') return this.#counted(taken)
    this.#underWay++
    return taken.then(
      (isTaken) => {
        this.#underWay--
        return this.#counted(isTaken)
      },
      (error: unknown) => {
        this.#underWay--
        throw error
      },
    )
  }

  #counted(isTaken: boolean): boolean {
    if (isTaken) this.#inFlight++
    return isTaken
  }

  /**
   * Moves an adaptive limit: additive increase, multiplicative decrease (RFC 5681's congestion avoidance, for requests).
   * It goes up only where it was what held requests back.
   */
  learn(
    settings: ConcurrencySettings,
    adaptive: AdaptiveSettings,
    isGood: boolean,
    tookMs: number,
    nowMs: number,
  ): void {
    const present = this.limitOf(settings)
    if (!isGood || tookMs > adaptive.latencyMs) {
      if (nowMs - this.#decreasedAtMs < tookMs) return
      this.#decreasedAtMs = nowMs
      this.#adapted = Math.max(
        (this.#adapted ?? settings.limit) * DECREASE,
        Math.min(adaptive.min, settings.limit),
      )
      return
    }
    if (this.#adapted === undefined || this.#inFlight * 2 < present) return
    const next = this.#adapted + 1 / present
    this.#adapted = next >= settings.limit ? undefined : next
  }
}

/** So many at once, and so many a second after that. */
export class Budget {
  readonly #burst: number
  readonly #perSecond: number
  #left: number
  #filledMs: number

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#left = burst
    this.#filledMs = nowMs
  }

  /** @returns false when it is spent */
  take(nowMs: number): boolean {
    const filled = this.#left + ((nowMs - this.#filledMs) * this.#perSecond) / 1000
    this.#left = Math.min(this.#burst, filled)
    this.#filledMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  /** So many more were deserved. */
  give(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count)
  }
}

const KEPT = 256
const ENOUGH = 20
/** Sorting costs some microseconds: a percentile holds for so many answers. */
const SORTED_EVERY = 32

/** How long the last answers took. */
export class AnswerTimes {
  readonly #times = new Float64Array(KEPT)
  #count = 0
  #sorted: Float64Array = new Float64Array(0)
  #sortedAt = -SORTED_EVERY

  add(ms: number): void {
    this.#times[this.#count++ % KEPT] = ms
  }

  /** @returns undefined while too few are known */
  percentile(percent: number): number | undefined {
    if (this.#count < ENOUGH) return undefined
    if (this.#count - this.#sortedAt >= SORTED_EVERY) {
      this.#sorted = this.#times.slice(0, Math.min(this.#count, KEPT)).sort()
      this.#sortedAt = this.#count
    }
    return this.#sorted[Math.min(Math.floor((percent / 100) * this.#sorted.length), this.#sorted.length - 1)]
  }
}

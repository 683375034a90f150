/** How much of what each place of the usage table has counted was noted, on the last two days that it counted on. */
export class NotedUse {
  /** Day and count, for days that are even and for those that are odd. */
  #words = new Uint32Array(WORDS * 64)

  /** @returns how much more `count` is than what was noted of the day; it is noted then */
  take(place: number, day: number, count: number): number {
    const at = this.#at(place, day)
    const more = count - this.#of(at, day)
    if (more > 0) this.#set(at, day, count)
    return more
  }

  /** What was added to the count from elsewhere, and is not to be noted. */
  add(place: number, day: number, more: number): void {
    const at = this.#at(place, day)
    this.#set(at, day, this.#of(at, day) + more)
  }

  /** The place begins anew. */
  forget(place: number): void {
    const at = this.#at(place, 0)
    this.#words.fill(0, at, at + WORDS)
  }

  #of(at: number, day: number): number {
    return this.#words[at] === day ? (this.#words[at + 1] ?? 0) : 0
  }

  #set(at: number, day: number, count: number): void {
    this.#words[at] = day
    this.#words[at + 1] = count
  }

  #at(place: number, day: number): number {
    const first = place * WORDS
    if (first + WORDS > this.#words.length) {
      const grown = new Uint32Array(Math.max(this.#words.length * 2, first + WORDS))
      grown.set(this.#words)
      this.#words = grown
    }
    return first + (day & 1) * 2
  }
}

/** Of a place, 4 bytes each. */
const WORDS = 4

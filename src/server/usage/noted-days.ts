const COUNTS = 2 ** 32

/** How much of what places have counted is noted already: of an even and of an odd day each, 16 bytes a place. */
export class NotedDays {
  /** A day in the upper half, its count in the lower one: exact as a number. */
  readonly #words: Float64Array

  constructor(placesMax: number) {
    this.#words = new Float64Array(2 * placesMax)
  }

  /** @param day days since 1970 */
  get(place: number, day: number): number {
    const word = this.#words[2 * place + (day & 1)] as number
    return Math.floor(word / COUNTS) === day ? word % COUNTS : 0
  }

  set(place: number, day: number, count: number): void {
    this.#words[2 * place + (day & 1)] = day * COUNTS + count
  }

  /** The place is another key's from now on. */
  forget(place: number): void {
    this.#words.fill(0, 2 * place, 2 * place + 2)
  }
}

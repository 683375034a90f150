import { randomNumbers } from './random-numbers.ts'

/** What a generator draws from: the same draws for a seed. */
export class Random {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = randomNumbers(seed)
  }

  /** In [0, 1). */
  number(): number {
    return this.#next()
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.#next() * bound)
  }

  /** An integer in [least, most]. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** One of `choices`, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.#next() * choices.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice
    return (choices.at(-1) as readonly [number, T])[1]
  }

  /** `count` results of `make`. */
  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make)
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }

  /** Latin1 text of any bytes. */
  text(length: number): string {
    return String.fromCharCode(...this.bytes(length))
  }

  /** `text` in pieces, up to `most` of them, none empty. */
  split(text: string, most: number): string[] {
    const places = new Set(this.times(this.below(most), () => this.between(1, Math.max(1, text.length - 1))))
    const ends = [...places, text.length].toSorted((a, b) => a - b)
    return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)).filter((piece) => piece !== '')
  }
}

import type { World } from './world.ts'

/** Time that goes on only when a test says so, and chance that is always the same. */
export class FakeWorld implements World {
  #nowMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  readonly random: () => number

  constructor(random: () => number = () => 0.5) {
    this.random = random
  }

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Timers that somebody still waits for. */
  get pending(): number {
    return this.#timers.size
  }

  /** Goes on by so much; what is due runs in its order, and what it leads to with it. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      await settled()
      const [next] = [...this.#timers]
        .filter(({ atMs }) => atMs <= untilMs)
        .toSorted((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
    }
    this.#nowMs = untilMs
    await settled()
  }
}

/** Once all promises that could have settled have: timers of zero run after them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * How many are at something at once, over all processes of a gateway, as a port. On one machine calls are synchronous; over
 * several `take` is a promise where this process has no turn that it may use again. Every implementation passes `test/contract/turns.contract.ts`.
 */
export interface Turns {
  /**
   * Takes a turn, where fewer than `limit` have one. Never more than `limit` have one at once; of several processes that
   * ask for the last at the same instant none may get it.
   * @throws StateUnavailable
   */
  take(key: string, limit: number): boolean | Promise<boolean>
  /** Gives back one that this process has. */
  release(key: string): void
  /** How soon to look whether other processes have given turns back: nobody is told of it. Undefined: there are none. */
  readonly lookMs: number | undefined
}

/** Turns of one process. */
export class OwnTurns implements Turns {
  readonly #taken = new Map<string, number>()
  readonly lookMs = undefined

  take(key: string, limit: number): boolean {
    const taken = this.#taken.get(key) ?? 0
    if (taken >= limit) return false
    this.#taken.set(key, taken + 1)
    return true
  }

  release(key: string): void {
    const taken = this.#taken.get(key) ?? 0
    if (taken > 1) this.#taken.set(key, taken - 1)
    else this.#taken.delete(key)
  }
}

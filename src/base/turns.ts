/**
 * How many are at something at once, over all processes of a gateway, as a port. Calls are synchronous. Every
 * implementation passes `test/contract/turns.contract.ts`.
 */
export interface Turns {
  /**
   * Takes a turn, where fewer than `limit` have one. Never more than `limit` have one at once; of several processes that
   * ask for the last at the same instant none may get it.
   */
  take(key: string, limit: number): boolean
  /** Gives back one that this process has. */
  release(key: string): void
  /** Whether other processes may give turns back: nobody is told of it. */
  readonly areShared: boolean
}

/** Turns of one process. */
export class OwnTurns implements Turns {
  readonly #taken = new Map<string, number>()
  readonly areShared = false

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

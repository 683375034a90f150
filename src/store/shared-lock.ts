/** Tried so often before anything slower is done: most locks are held for about a microsecond. */
const SPINS = 200
/** How long a live holder is waited for: it may have been preempted, or stopped by a debugger. */
const WAIT_MS_MAX = 50
/** How long nobody is waited for after that was in vain. */
const IMPATIENT_MS = 1000

/** A lock between processes: a word of shared memory that holds the process id of its holder. */
export class SharedLock {
  readonly #words: Int32Array
  readonly #at: number
  readonly #spins: number
  #vainMs = -Infinity

  /** @param spins for as long as the lock is held in general */
  constructor(words: Int32Array, at: number, spins: number = SPINS) {
    this.#words = words
    this.#at = at
    this.#spins = spins
  }

  /**
   * @param repair called, with the lock taken, when its holder died with it
   * @returns false when somebody else holds it for too long
   */
  take(repair: () => void): boolean {
    const startedMs = performance.now()
    const waitMs = startedMs - this.#vainMs < IMPATIENT_MS ? 0 : WAIT_MS_MAX
    for (let tries = 0; ; tries++) {
      const holder = Atomics.compareExchange(this.#words, this.#at, 0, process.pid)
      if (holder === 0) return true
      if (tries < this.#spins) continue
      if (isGone(holder)) {
        if (Atomics.compareExchange(this.#words, this.#at, holder, process.pid) !== holder) continue
        repair()
        return true
      }
      if (performance.now() - startedMs >= waitMs) {
        this.#vainMs = startedMs
        return false
      }
      Bun.sleepSync(1)
    }
  }

  release(): void {
    Atomics.store(this.#words, this.#at, 0)
  }
}

/** Whoever asks does not hold it, so a holder with its own id is an earlier process that had the same. */
export function isGone(holder: number): boolean {
  if (holder === process.pid) return true
  try {
    process.kill(holder, 0)
    return false
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH'
  }
}

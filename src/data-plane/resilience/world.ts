/** Time and chance; tests give their own. */
export interface World {
  /** Milliseconds that only go forward. */
  now(): number
  /** From 0 to less than 1. */
  random(): number
  /** @returns forgets it */
  after(delayMs: number, run: () => void): () => void
}

export const realWorld: World = {
  now: () => performance.now(),
  random: Math.random,
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

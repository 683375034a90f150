/** What time it is, by the wall clock, which may be set at any time: for moments. Tests give their own. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
}

/** Also says how much time has passed: for durations, deadlines and whatever fills or ends by itself. */
export interface SteadyClock extends Clock {
  /** As `steadyMs`. */
  steadyMs(): number
}

let originMs = performance.timeOrigin

/**
 * Milliseconds, whole, that have passed since some moment: nobody sets this clock, and it never goes back. All processes
 * of a gateway read the same (`alignSteady`); those of other machines do not. As long as nobody sets the wall clock it
 * reads as that does. As cheap as Date.now().
 */
export function steadyMs(): number {
  return Math.floor(performance.now() + originMs)
}

/** How far the steady clock is ahead of the wall clock: to be told to a process that is started now. */
export function steadyAheadMs(): number {
  return steadyMs() - Date.now()
}

/** Makes this process's steady clock that of the one which has started it. */
export function alignSteady(aheadMs: number): void {
  originMs += aheadMs - steadyAheadMs()
}

export const systemClock: SteadyClock = { now: () => Date.now(), steadyMs }

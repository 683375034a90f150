import type { Clock, SteadyClock } from './clock.ts'

/** A test's clock; one that tells only the time is one that nobody sets. */
export function steadily(clock: Clock | SteadyClock): SteadyClock {
  if ('steadyMs' in clock) return clock
  return { now: () => clock.now(), steadyMs: () => clock.now() }
}

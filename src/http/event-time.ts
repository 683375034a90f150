import { steadyMs } from '#base/clock.ts'

let presentMs = steadyMs()

/**
 * The steady clock as it was when the present socket event or sweep began. Deadlines of tens of milliseconds and more
 * need nothing finer, and reading the clock ten times a request is a cost that shows.
 */
export function eventTimeMs(): number {
  return presentMs
}

/** Reads the clock: called at the start of each socket event and sweep. */
export function readEventTime(): number {
  presentMs = steadyMs()
  return presentMs
}

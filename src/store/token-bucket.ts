/**
 * A token bucket as one number (the generic cell rate algorithm of ITU-T I.371): the time at which it is full. Any time
 * that has passed means full, so nothing is lost with a full bucket that is forgotten. Times are in what flows into the
 * bucket, in millionths of a token since some moment, so that all arithmetic is in whole numbers.
 */
export interface Taking {
  /** The bucket from now on; undefined when nothing changes. */
  readonly full: number | undefined
  /** 0: taken; else until the tokens are there, Infinity for more than it holds. */
  readonly waitMs: number
}

/** What a token is in these units. */
export const TOKEN = 1e6
const FLOW_MAX = 0xffff_ffff
export const CAPACITY_MAX: number = Number.MAX_SAFE_INTEGER
/**
 * How far one caller's clock reading may be behind another's: it may be preempted between reading and taking. Further
 * behind, the clock was set back.
 */
export const BEHIND_MS_MAX = 5000

/** Millionths of a token that flow in a millisecond. */
export function flowOf(perSecond: number): number {
  return Math.min(Math.max(1, Math.round((perSecond * TOKEN) / 1000)), FLOW_MAX)
}

/**
 * Takes tokens from a bucket.
 * @param full when it is full
 * @param now milliseconds since the same moment × flow
 */
export function takeTokens(full: number, flow: number, burst: number, tokens: number, now: number): Taking {
  const capacity = Math.min(burst * TOKEN, CAPACITY_MAX)
  const needed = tokens * TOKEN
  if (needed > capacity) return { full: undefined, waitMs: Infinity }
  const lack = Math.max(0, full - now)
  // Or it held far more before: in either case it fills from empty, from now on.
  if (lack > capacity + BEHIND_MS_MAX * flow) {
    return { full: now + capacity, waitMs: Math.ceil(needed / flow) }
  }
  const late = lack + needed - capacity
  if (late > 0) return { full: undefined, waitMs: Math.ceil(late / flow) }
  return { full: now + lack + needed, waitMs: 0 }
}

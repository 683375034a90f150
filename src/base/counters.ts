/**
 * Counts that must be exact over all processes of a gateway, as a port: token buckets for rates, counts within a time
 * for quotas. In one process or machine calls are synchronous and cost well under a microsecond; over several machines
 * they are, too, while this process holds tokens ahead, and a promise otherwise. Time is the caller's, so that tests can
 * have their own. Every implementation passes `test/contract/counters.contract.ts`.
 */
export interface Counters {
  /**
   * Takes tokens from the bucket of a key and a rate, which is full when it is first taken from. Its burst may differ
   * from call to call: what was taken stays taken.
   * @param tokens a whole number; 1 for a request
   * @param nowMs `steadyMs()`
   * @returns 0 when they were taken; else nothing was, and they will be there in so many milliseconds: Infinity when
   * they are more than the bucket holds
   * @throws StateUnavailable
   */
  take(key: string, rate: TokenRate, tokens: number, nowMs: number): number | Promise<number>
  /**
   * Adds to what was counted of `key` within a span of time.
   * @param amount a whole number; 0 only reads
   * @param nowMs by the clock that the span is of
   * @returns the count with it, at most `countMax`
   * @throws StateUnavailable
   */
  add(key: string, amount: number, span: Span, nowMs: number): number | Promise<number>
}

/** How a bucket fills: AWS's steady-state rate and burst. */
export interface TokenRate {
  /** From 0.001, in thousandths. */
  readonly perSecond: number
  /** Tokens that it holds: a whole number. */
  readonly burst: number
}

/** A day, week or month; a count starts over where `startMs` differs, and may be forgotten after `endMs`. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** A count goes no further. */
export const countMax = 0xffff_ffff

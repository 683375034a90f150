import type { Span, TokenRate } from './counters.ts'

/**
 * API keys in usage plans and what they use of them, as a port: exact over all processes that serve. On one
 * machine calls are synchronous, cost well under a microsecond and make nothing that is kept; over several machines
 * `take` and `count` are promises where this process holds nothing ahead. Time is the caller's: buckets fill by the
 * steady clock, periods begin by the wall clock.
 */
export interface UsageKeys {
  /**
   * Where a key is in a plan.
   * @param digest SHA-256 of its value
   * @param plan number of the plan
   * @returns undefined when the key is unknown, disabled or not in the plan; good for this turn alone
   */
  find(digest: Uint8Array, plan: number): number | undefined
  keyId(place: number): string
  /**
   * Takes a token of the key's own bucket of the plan, which is full when it is first taken from.
   * @param nowMs `steadyMs()`
   * @returns whether there was one
   * @throws StateUnavailable
   */
  take(place: number, rate: TokenRate, nowMs: number): boolean | Promise<boolean>
  /**
   * Counts a request, unless the quota's period has had as many as it may have.
   * @param nowMs Date.now()
   * @returns whether it was counted
   * @throws StateUnavailable
   */
  count(place: number, quota: PeriodQuota | undefined, nowMs: number): boolean | Promise<boolean>
}

/** A quota and the period that is now: it begins and ends at midnight, UTC. */
export interface PeriodQuota {
  readonly limit: number
  readonly period: Span
}

import type { TokenRate } from '#base/counters.ts'

/**
 * A token bucket as AWS's throttles say it; undefined where they limit nothing: without a rate, or with one of -1. A
 * rate or burst of 0 lets nobody in; without a burst a bucket holds a second's worth.
 */
export function throttleRate(
  rateLimit: number | undefined,
  burstLimit: number | undefined,
): TokenRate | undefined {
  if (rateLimit === undefined || rateLimit < 0) return undefined
  const burst = burstLimit === undefined || burstLimit < 0 ? Math.max(1, Math.ceil(rateLimit)) : burstLimit
  return { perSecond: rateLimit, burst: rateLimit === 0 ? 0 : burst }
}

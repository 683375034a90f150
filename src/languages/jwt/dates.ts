import type { JsonObject } from './strict-json.ts'

/** By so much an issuer's clock may be ahead of ours. A token is over when it says so. */
export const clockSkewSeconds = 60

/** A token that never ends, or says when in any other way than as a number, is invalid (RFC 7519 §4.1.4). */
export function datesOf({ exp, nbf, iat }: JsonObject, nowMs: number): 'valid' | 'expired' | 'invalid' {
  const nowSeconds = nowMs / 1000
  if (!isDate(exp) || !isPast(nbf, nowSeconds) || !isPast(iat, nowSeconds)) return 'invalid'
  return exp > nowSeconds ? 'valid' : 'expired'
}

function isDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isPast(value: unknown, nowSeconds: number): boolean {
  return value === undefined || (isDate(value) && value <= nowSeconds + clockSkewSeconds)
}

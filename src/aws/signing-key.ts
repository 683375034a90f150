import { createHmac } from 'node:crypto'

/** Keys that are kept: a few callers, services and regions; the day is part of each. */
const KEPT_MAX = 100
const kept = new Map<string, Uint8Array>()

/**
 * The key that a day's requests to one service are signed with (IAM User Guide, "Create a signed AWS API request"): four
 * rounds of HMAC, made once.
 * @param day `20150830`
 */
export function signingKey(secret: string, day: string, region: string, service: string): Uint8Array {
  const name = `${day}/${region}/${service}/${secret}`
  const known = kept.get(name)
  if (known !== undefined) return known
  const key = deriveSigningKey(secret, day, region, service)
  if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value as string)
  kept.set(name, key)
  return key
}

/** The same, made anew. */
export function deriveSigningKey(secret: string, day: string, region: string, service: string): Uint8Array {
  let key: Uint8Array = Buffer.from(`AWS4${secret}`, 'utf8')
  for (const part of [day, region, service, 'aws4_request']) key = hmac(key, part)
  return key
}

export function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}

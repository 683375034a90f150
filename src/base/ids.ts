import { randomBytes, randomUUID } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Random id of `[a-z0-9]`, as API Gateway names its things: 10 for APIs, 6 for resources and deployments. */
export function newId(length: number): string {
  let id = ''
  while (id.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 252 = 7 × 36: bytes above would favour the first letters.
      if (byte < 252 && id.length < length) id += ALPHABET[byte % 36]
    }
  }
  return id
}

/** How much of ids that are given together is the same. */
const TOGETHER = 3

/**
 * Ids for many things that are made at once, in order, and close to each other among all that there may be: an index
 * that has them is written in one place, not all over.
 */
export function newIdsTogether(count: number, length: number): string[] {
  const ids = new Set<string>()
  const first = newId(TOGETHER)
  while (ids.size < count) ids.add(first + newId(length - TOGETHER))
  return [...ids].sort()
}

/** UUID v4, the shape of `x-amzn-RequestId`. */
export function newRequestId(): string {
  return randomUUID()
}

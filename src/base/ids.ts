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

/** UUID v4, the shape of `x-amzn-RequestId`. */
export function newRequestId(): string {
  return randomUUID()
}

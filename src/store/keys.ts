import { keyPartBytesMax } from './limits.ts'
import { StoreLimitExceeded, type Key, type Page, type ParentKey } from './store.ts'

const PARTS = ['account', 'region', 'parent'] as const

/** Whether a record can be there: databases would take ill-formed text for other text, or end it at a NUL. */
export function isStorableKey(key: Key): boolean {
  return key.id !== '' && isStorable(key.id) && isStorableParent(key)
}

export function isStorableParent(parent: ParentKey): boolean {
  return PARTS.every((part) => isStorable(parent[part]))
}

/** @throws TypeError, StoreLimitExceeded */
export function checkKey(key: Key): void {
  if (isStorableKey(key)) return
  if (key.id === '') throw new TypeError('A record needs an id that is not empty.')
  for (const part of [...PARTS, 'id'] as const) {
    const bytes = Buffer.byteLength(key[part])
    if (bytes > keyPartBytesMax) {
      throw new StoreLimitExceeded(
        'keyPartBytesMax',
        `A record's ${part} of ${bytes} bytes is too long: a store keeps up to ${keyPartBytesMax} bytes.`,
      )
    }
    if (!isStorable(key[part])) {
      throw new TypeError(
        `A record's ${part} must be well-formed text without NUL: ${JSON.stringify(key[part])}`,
      )
    }
  }
}

/** @throws RangeError for a limit that is no whole number from 0 */
export function checkedPage({ after, limit }: Page): Page {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new RangeError(`A page's limit must be a whole number from 0; found ${limit}.`)
  }
  // A database would do the same, and `after` may be any text: clients send it back.
  return { after: after?.toWellFormed(), limit }
}

/** One string a collection, for maps. NUL is in no part of a key. */
export function collectionName(kind: string, { account, region, parent }: ParentKey): string {
  return `${kind}\0${account}\0${region}\0${parent}`
}

/** One string a record, for maps. */
export function recordName(kind: string, key: Key): string {
  return `${collectionName(kind, key)}\0${key.id}`
}

function isStorable(part: string): boolean {
  if (part.length > keyPartBytesMax || part.includes('\0') || !part.isWellFormed()) return false
  return part.length * 3 <= keyPartBytesMax || Buffer.byteLength(part) <= keyPartBytesMax
}

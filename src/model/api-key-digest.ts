import { createHash } from 'node:crypto'

/**
 * Name under which a key is found by its value: SHA-256, hexadecimal. Names of records are told to watchers and
 * stand in error messages; values must not.
 */
export function apiKeyDigest(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

import { expect, test } from 'bun:test'
import { IdentityDigests } from './identity-digest.ts'

const digests = new IdentityDigests('scope')
const hex = (digest: Int32Array): string => Buffer.from(digest.buffer as ArrayBuffer).toString('hex')

test('bytes and the text that they are have one digest, of both lengths', () => {
  for (const length of [1, 600, 16_352, 16_353, 40_000]) {
    const text = `${'a'.repeat(length - 1)}\xe9`
    const bytes = Buffer.from(`<${text}>`, 'latin1')
    expect(hex(digests.ofBytes(bytes, 1, bytes.length - 1))).toBe(hex(digests.ofLatin1(text)))
  }
})

test('no two values, and no two scopes, have the same; what was given stays', () => {
  const other = new IdentityDigests('other')
  const values = ['a', 'b', 'ab', 'a'.repeat(600), 'a'.repeat(601), 'a'.repeat(20_000)]
  const given = values.flatMap((value) => [digests.ofLatin1(value), other.ofLatin1(value)])
  expect(new Set(given.map(hex)).size).toBe(2 * values.length)
  expect(hex(digests.ofLatin1('a'))).toBe(hex(given[0] as Int32Array))
})

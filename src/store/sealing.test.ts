import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { createSealer, plainSealer, SealError, sealingKeyBytes } from './sealing.ts'

const sealer = createSealer(randomBytes(sealingKeyBytes))

test('what is sealed opens again, in its own place alone', () => {
  for (const secret of ['', 'secret', 'ключ '.repeat(1000)]) {
    const sealed = sealer.seal(secret, 'a/1')
    expect(sealed).not.toContain('secret')
    expect(sealed).not.toBe(sealer.seal(secret, 'a/1'))
    expect(sealer.open(sealed, 'a/1')).toBe(secret)
    expect(() => sealer.open(sealed, 'a/2')).toThrow(/a\/2 was sealed with another key/)
  }
})

test('another key, a changed byte and a shorter tag do not open it', () => {
  const sealed = sealer.seal('secret', 'a')
  const bytes = Buffer.from(sealed.slice('sealed:1:'.length), 'base64')
  expect(() => createSealer(randomBytes(sealingKeyBytes)).open(sealed, 'a')).toThrow(SealError)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] as number) ^ 1
    expect(() => sealer.open(`sealed:1:${changed.toString('base64')}`, 'a')).toThrow(SealError)
    const cut = `sealed:1:${bytes.subarray(0, at).toString('base64')}`
    expect(() => sealer.open(cut, 'a')).toThrow(SealError)
  }
})

test('what was kept before there was a key is read; what was sealed is not taken for a secret', () => {
  expect(sealer.open('-----BEGIN', 'a')).toBe('-----BEGIN')
  expect(plainSealer.open(plainSealer.seal('secret', 'a'), 'a')).toBe('secret')
  expect(() => plainSealer.open(sealer.seal('secret', 'a'), 'a')).toThrow(/--secret-key-file/)
})

test('a key of another length is refused', () => {
  expect(() => createSealer(randomBytes(16))).toThrow(/32 bytes; found 16/)
})

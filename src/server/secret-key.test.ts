import { afterAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealerOf } from './secret-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (text: string): string => {
  const path = join(folder, 'key')
  writeFileSync(path, text)
  return path
}

test('a key in Base64 and the same in hexadecimal open what the other has sealed', () => {
  const key = randomBytes(32)
  const sealed = sealerOf(file(`${key.toString('base64')}\n`)).seal('secret', 'a')
  expect(sealerOf(file(key.toString('hex'))).open(sealed, 'a')).toBe('secret')
})

test('what is no key of 32 bytes is refused, and not shown', () => {
  for (const text of [
    '',
    'my own secret',
    randomBytes(16).toString('base64'),
    randomBytes(33).toString('hex'),
  ]) {
    let message = ''
    try {
      sealerOf(file(text))
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(
      /^--secret-key-file: expected 32 bytes .*; make one with: openssl rand -base64 32$/,
    )
    if (text !== '') expect(message).not.toContain(text)
  }
  expect(() => sealerOf(join(folder, 'none'))).toThrow(/cannot read .*none \(ENOENT\)/)
})

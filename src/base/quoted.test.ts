import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { quoted } from './quoted.ts'

test('is what JSON.stringify gives', () => {
  for (let code = 0; code < 0x180; code++) {
    const text = `a${String.fromCharCode(code)}b`
    expect(quoted(text)).toBe(JSON.stringify(text))
  }
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  fc.assert(fc.property(text, (given) => expect(quoted(given)).toBe(JSON.stringify(given))))
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareCodePoints } from './code-point-order.ts'

test('orders as the bytes of UTF-8 do', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '~', 'é', '\uffee', '\u{10000}', '\u{1f600}') })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('code points above U+FFFF come last', () => {
  expect(['\u{1f600}', '\uffee', 'z', ''].sort(compareCodePoints)).toEqual(['', 'z', '\uffee', '\u{1f600}'])
})

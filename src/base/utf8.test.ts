import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { utf8Bytes, utf8Text } from './utf8.ts'

test('a text comes back, byte order marks and all', () => {
  for (const text of ['', 'a', '\uFEFFa', 'é€😀\0', '\uFEFF']) expect(utf8Text(utf8Bytes(text))).toBe(text)
  expect(utf8Text(utf8Bytes('\uD800x'))).toBe('\uFFFDx')
})

test('bytes mean what they mean to a Buffer, in any part of a larger one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, from) => {
      const part = bytes.subarray(Math.min(from, bytes.length))
      expect(utf8Text(part)).toBe(Buffer.from(part).toString('utf8'))
    }),
  )
})

test('texts are the bytes that a Buffer makes of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(Buffer.from(utf8Bytes(text))).toEqual(Buffer.from(text, 'utf8'))
    }),
  )
})

import { expect, test } from 'bun:test'
import { huffmanDecode } from './huffman.ts'

function decode(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex')
  return huffmanDecode(bytes, 0, bytes.length)
}

test.each([
  ['', ''],
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['25a849e95ba97d7f', 'custom-key'],
  ['6402', '302'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
  // Long codes: NUL has 13 bits, \x16 30, \xff 26.
  ['ffc7', '\0'],
  ['fffffffb', '\x16'],
  ['fffffbbf', '\xff'],
])('%s is %j', (hex, text) => {
  expect(decode(hex)).toBe(text)
})

test.each([
  ['eight bits of padding', '1fff'],
  ['padding of zeros', '18'],
  ['the end of string', 'fffffffc'],
  ['the end of string, and more', '1ffffffffe'],
  ['half a code', 'fffe'],
])('%s is refused', (_, hex) => {
  expect(decode(hex)).toBeUndefined()
})

test('a part of the bytes, longer than any before', () => {
  // `a` has five bits, 00011: eight of them are five bytes.
  const eight = Buffer.from('18c6318c63', 'hex')
  const bytes = Buffer.concat([
    Buffer.of(0xfe),
    ...Array.from({ length: 2000 }, () => eight),
    Buffer.of(0xfe),
  ])
  expect(huffmanDecode(bytes, 1, bytes.length - 1)).toBe('a'.repeat(16_000))
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readProxyHeader } from './proxy-protocol.ts'

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'

function v2(command: number, family: number, body: readonly number[] | Buffer, length = body.length): Buffer {
  const head = Buffer.from([command, family, length >> 8, length & 255])
  return Buffer.concat([Buffer.from(SIGNATURE, 'latin1'), head, Buffer.from(body as number[])])
}

const ports = [0xdb, 0xfc, 0x01, 0xbb]
const tcp4 = [192, 0, 2, 1, 198, 51, 100, 1, ...ports]
const tcp6 = [
  0x20,
  1,
  0xd,
  0xb8,
  ...Array.from({ length: 11 }, () => 0),
  1,
  ...Array.from({ length: 16 }, () => 9),
  ...ports,
]
const mapped = [...Array.from({ length: 10 }, () => 0), 255, 255, 192, 0, 2, 7, ...tcp6.slice(16)]
const tlv = [0x04, 0, 3, 1, 2, 3]

/** The source, `unknown`, `malformed` or `incomplete`. */
const cases: readonly (readonly [header: string | Buffer, expected: string])[] = [
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', '192.0.2.1'],
  ['PROXY TCP6 2001:DB8:0::1 2001:db8::2 1 65535\r\n', '2001:db8::1'],
  ['PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n', '192.0.2.7'],
  ['PROXY UNKNOWN\r\n', 'unknown'],
  ['PROXY UNKNOWN ffff:f... anything 65535 65535\r\n', 'unknown'],
  [`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, 'unknown'],
  [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'malformed'],
  ['', 'incomplete'],
  ['PROXY TCP4 192.0.2.1', 'incomplete'],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r', 'incomplete'],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n', 'malformed'],
  ['proxy TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', 'malformed'],
  ['PROXY TCP4  192.0.2.1 198.51.100.1 56324 443\r\n', 'malformed'],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 \r\n', 'malformed'],
  ['PROXY TCP4 192.0.2.256 198.51.100.1 56324 443\r\n', 'malformed'],
  ['PROXY TCP4 192.0.2.01 198.51.100.1 56324 443\r\n', 'malformed'],
  ['PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n', 'malformed'],
  ['PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n', 'malformed'],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n', 'malformed'],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 0443 443\r\n', 'malformed'],
  ['PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n', 'malformed'],
  ['PROXYTCP4 192.0.2.1 198.51.100.1 1 2\r\n', 'malformed'],
  ['GET / HTTP/1.1\r\n', 'malformed'],
  [v2(0x21, 0x11, tcp4), '192.0.2.1'],
  [v2(0x21, 0x11, [...tcp4, ...tlv]), '192.0.2.1'],
  [v2(0x21, 0x21, tcp6), '2001:db8::1'],
  [v2(0x21, 0x21, mapped), '192.0.2.7'],
  [v2(0x21, 0x31, Buffer.alloc(216)), 'unknown'],
  [v2(0x21, 0x00, tlv), 'unknown'],
  [v2(0x20, 0x00, []), 'unknown'],
  [v2(0x20, 0x11, tcp4), 'unknown'],
  [v2(0x20, 0x11, []), 'unknown'],
  [v2(0x21, 0x11, tcp4.slice(1)), 'malformed'],
  [v2(0x21, 0x21, tcp4), 'malformed'],
  [v2(0x22, 0x11, tcp4), 'malformed'],
  [v2(0x11, 0x11, tcp4), 'malformed'],
  [v2(0x21, 0x12, tcp4), 'malformed'],
  [v2(0x21, 0x41, tcp4), 'malformed'],
  [v2(0x21, 0x11, [], 4081), 'malformed'],
  [v2(0x21, 0x11, [], 4080), 'incomplete'],
  [Buffer.from(SIGNATURE.replace('QUIT', 'QUIX'), 'latin1'), 'malformed'],
]

for (const [header, expected] of cases) {
  const bytes = Buffer.from(header as string, 'latin1')
  test(`${JSON.stringify(bytes.toString('latin1').slice(0, 60))} → ${expected}`, () => {
    const found = readProxyHeader(bytes)
    expect(typeof found === 'string' ? found : (found.source ?? 'unknown')).toBe(expected)
    if (typeof found !== 'string') expect(found.length).toBe(bytes.length)
  })
}

const good = cases.filter(([, expected]) => expected !== 'malformed' && expected !== 'incomplete')

test('a header is whole when its last byte is here, whatever follows', () => {
  const header = fc.constantFrom(...good.map(([bytes]) => Buffer.from(bytes as string, 'latin1')))
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 20 }), (bytes, rest) => {
      for (let end = 0; end < bytes.length; end++) {
        expect(readProxyHeader(bytes.subarray(0, end))).toBe('incomplete')
      }
      expect(readProxyHeader(Buffer.concat([bytes, rest]))).toMatchObject({ length: bytes.length })
    }),
  )
})

test('a damaged header is read alike however it arrives', () => {
  const header = fc.constantFrom(...good.map(([bytes]) => Buffer.from(bytes as string, 'latin1')))
  fc.assert(
    fc.property(header, fc.nat(), fc.nat(255), (original, position, value) => {
      const bytes = Buffer.from(original)
      bytes[position % bytes.length] = value
      const whole = readProxyHeader(bytes)
      const first = Array.from({ length: bytes.length + 1 }, (_, end) =>
        readProxyHeader(bytes.subarray(0, end)),
      )
      expect(first.find((result) => result !== 'incomplete') ?? 'incomplete').toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isIP } from 'node:net'
import { IpRanges, parseIp, parseRange, type IpRange } from './ip-range.ts'

const ranges = (...texts: string[]): IpRanges =>
  new IpRanges(
    texts.map((text) => {
      const range = parseRange(text)
      if (range === undefined) throw new Error(`${text} is no range`)
      return range
    }),
  )

describe('ranges', () => {
  const cases: readonly [range: string, address: string, within: boolean][] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['192.168.4.0/22', '192.168.7.255', true],
    ['192.168.4.0/22', '192.168.8.0', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['2001:db8::/32', '2001:DB8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['10.0.0.0/8', 'unknown', false],
    ['10.0.0.0/8', '', false],
  ]
  for (const [range, address, within] of cases) {
    test(`${range} ${within ? 'has' : 'has not'} ${address}`, () => {
      expect(ranges(range).has(address)).toBe(within)
    })
  }

  test('an address is looked up in all of them', () => {
    const all = ranges('10.0.0.0/8', '2001:db8::/32')
    expect(['10.1.1.1', '2001:db8::7', '192.0.2.1'].map((address) => all.has(address))).toEqual([
      true,
      true,
      false,
    ])
  })
})

test.each([
  '',
  '10.0.0.1/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '010.0.0.0/8',
  '256.0.0.0/8',
  '::/129',
  '::ffff:10.0.0.0/95',
  '1:::2',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  'fe80::%eth0/10',
  'localhost',
])('%p is no range', (text) => {
  expect(parseRange(text)).toBeUndefined()
})

const anyText = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '::', '.', '255', '256'), maxLength: 14 }),
)

test('addresses are those that the system takes for addresses', () => {
  fc.assert(fc.property(anyText, (text) => (parseIp(text) !== undefined) === (isIP(text) !== 0)))
})

test('a range has exactly the addresses that share its prefix', () => {
  const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(bytes, bytes, fc.nat(32), (network, address, prefix) => {
      const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0
      const number = (of: Uint8Array): number => Buffer.from(of).readUInt32BE()
      const start = Buffer.alloc(4)
      start.writeUInt32BE((number(network) & mask) >>> 0)
      const range: IpRange | undefined = parseRange(`${start.join('.')}/${prefix}`)
      return (
        range !== undefined &&
        new IpRanges([range]).has(address.join('.')) ===
          ((number(address) & mask) >>> 0 === (number(network) & mask) >>> 0)
      )
    }),
  )
})

import { expect, test } from 'bun:test'
import { der, integer, utcTime } from './der.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const integers: readonly (readonly [string, string])[] = [
  ['00', '020100'],
  ['7f', '02017f'],
  ['80', '02020080'],
  ['0000ff', '020200ff'],
  ['0100', '02020100'],
]
for (const [bytes, expected] of integers) {
  test(`integer ${bytes}`, () => expect(hex(integer(Buffer.from(bytes, 'hex')))).toBe(expected))
}

const lengths: readonly (readonly [number, string])[] = [
  [0, '0400'],
  [127, '047f'],
  [128, '048180'],
  [256, '04820100'],
  [65_536, '0483010000'],
]
for (const [length, expected] of lengths) {
  test(`${length} bytes`, () => {
    expect(hex(der(0x04, new Uint8Array(length)).subarray(0, expected.length / 2))).toBe(expected)
  })
}

const times: readonly (readonly [string, string])[] = [
  ['2049-12-31T23:59:59.999Z', '\u0017\r491231235959Z'],
  ['2050-01-01T00:00:00.000Z', '\u0018\u000f20500101000000Z'],
]
for (const [at, expected] of times) {
  test(`time ${at}`, () => expect(utcTime(Date.parse(at)).toString()).toBe(expected))
}

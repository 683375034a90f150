import { describe, expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import { chooseCoding, parseAcceptEncoding } from './accept-encoding.ts'
import { mayEncode, parseContentEncoding, setEncoded, varyByEncoding } from './coded-headers.ts'
import type { ContentCoding } from './codings.ts'

const OFFERED: readonly ContentCoding[] = ['zstd', 'br', 'gzip', 'deflate']

describe('Accept-Encoding, of zstd, br, gzip, deflate', () => {
  const cases: readonly [value: string, chosen: ContentCoding | undefined][] = [
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['deflate', 'deflate'],
    ['deflate;q=1, gzip;q=0.5', 'deflate'],
    ['gzip;q=0.5, br;q=0.499', 'gzip'],
    ['gzip ; q=0.001', 'gzip'],
    ['gzip;Q=1.000', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0, *', 'zstd'],
    ['*', 'zstd'],
    ['*;q=0', undefined],
    ['*;q=0.5, gzip;q=1', 'gzip'],
    ['identity', undefined],
    ['identity, gzip', 'gzip'],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip;q=0.6', 'gzip'],
    ['gzip, identity;q=0', 'gzip'],
    ['identity;q=0', undefined],
    ['compress, bzip2', undefined],
    ['', undefined],
    [' , ,gzip', 'gzip'],
    ['gzip;q=2', undefined],
    ['gzip;q=0.1234', undefined],
    ['gzip;q=-1', undefined],
    ['gzip;level=9', undefined],
    ['gz ip', undefined],
    ['gzip;q=x, deflate', 'deflate'],
    ['constructor, __proto__, gzip;q=0.1', 'gzip'],
    [`${'x,'.repeat(40)}gzip`, undefined],
  ]
  for (const [value, chosen] of cases) {
    test(JSON.stringify(value.slice(0, 40)), () => {
      expect(chooseCoding(parseAcceptEncoding(value), OFFERED)).toBe(chosen)
    })
  }
})

test('preferences: the most wanted first, equals as written', () => {
  expect(parseAcceptEncoding('deflate;q=0.5, br, x-gzip;q=1.0, *;q=0').map(({ coding }) => coding)).toEqual([
    'br',
    'gzip',
    'deflate',
    '*',
  ])
})

test.each<[status: number, headers: string[], may: boolean]>([
  [200, [], true],
  [404, [], true],
  [200, ['Cache-Control', 'public, max-age=3'], true],
  [200, ['Cache-Control', 'max-age=3, No-Transform'], false],
  [200, ['Cache-Control', 'public', 'cache-control', 'no-transform,public'], false],
  [200, ['Cache-Control', 'x-no-transform'], true],
  [200, ['content-encoding', 'br'], false],
  [200, ['Content-Encoding', 'identity'], false],
  [206, [], false],
  [204, [], false],
  [304, [], false],
])('%p with %j may be coded: %p', (status, raw, may) => {
  expect(mayEncode(status, new Headers(raw))).toBe(may)
})

test.each<[before: string[], after: string[]]>([
  [[], ['Content-Encoding', 'gzip']],
  [
    ['etag', '"abc"', 'X', '1'],
    ['ETag', 'W/"abc"', 'X', '1', 'Content-Encoding', 'gzip'],
  ],
  [
    ['ETag', 'W/"abc"'],
    ['ETag', 'W/"abc"', 'Content-Encoding', 'gzip'],
  ],
  [
    ['accept-ranges', 'bytes', 'Content-MD5', 'x', 'Repr-Digest', 'y', 'A', '1'],
    ['A', '1', 'Content-Encoding', 'gzip'],
  ],
])('%j becomes %j', (before, after) => {
  const headers = new Headers([...before])
  setEncoded(headers, 'gzip')
  expect(headers.raw).toEqual(after)
})

test.each<[before: string[], after: string[]]>([
  [[], ['Vary', 'Accept-Encoding']],
  [
    ['Vary', 'Origin'],
    ['Vary', 'Origin', 'Vary', 'Accept-Encoding'],
  ],
  [
    ['vary', 'Origin, ACCEPT-ENCODING'],
    ['vary', 'Origin, ACCEPT-ENCODING'],
  ],
  [
    ['Vary', '*'],
    ['Vary', '*'],
  ],
])('Vary: %j becomes %j', (before, after) => {
  const headers = new Headers([...before])
  varyByEncoding(headers)
  expect(headers.raw).toEqual(after)
})

test.each<[value: string, codings: ContentCoding[] | undefined]>([
  ['gzip', ['gzip']],
  ['X-GZip', ['gzip']],
  ['deflate, gzip', ['deflate', 'gzip']],
  ['identity', []],
  ['', []],
  ['identity, gzip', ['gzip']],
  ['br', undefined],
  ['gzip, br', undefined],
  ['gzip;q=1', undefined],
  ['aws-chunked', undefined],
  ['gzip,gzip,gzip,gzip', undefined],
])('Content-Encoding %j, of gzip and deflate: %j', (value, codings) => {
  expect(parseContentEncoding(value, ['gzip', 'deflate'])).toEqual(codings)
})

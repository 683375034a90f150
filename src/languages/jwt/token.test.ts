import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { algorithms } from './algorithms.ts'
import { decodeBase64Url } from './base64url.ts'
import { claimTexts } from './claim-text.ts'
import { clockSkewSeconds, datesOf } from './dates.ts'
import { readKeySet } from './key-set.ts'
import { signToken } from './sign.ts'
import { readJsonObject } from './strict-json.ts'
import { readToken, tokenCharactersMax } from './token.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = { id: 'k', key: privateKey }

test('base64url has one spelling of each value', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(decodeBase64Url(Buffer.from(bytes).toString('base64url'))?.equals(bytes)).toBe(true)
    }),
  )
  const alphabet = 'ABCYZaz09-_+/= \n.é'
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...alphabet.split('')), { maxLength: 9 }), (characters) => {
      const text = characters.join('')
      const bytes = decodeBase64Url(text)
      if (bytes !== undefined) expect(bytes.toString('base64url')).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test('what is signed is read, and verifies by its key alone', () => {
  const claims = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  fc.assert(
    fc.property(claims, (given) => {
      const token = readToken(signToken(given, key))
      if (token === undefined) throw new Error('not read')
      expect(token.claims).toEqual(JSON.parse(JSON.stringify(given)) as Record<string, unknown>)
      expect(token.algorithm.verify(token.signed, token.signature, publicKey)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('no change of one character of a token verifies', () => {
  const text = signToken({ sub: 'ada', exp: 1 }, key)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ '
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...alphabet.split('')), (at, character) => {
      fc.pre(text[at] !== character)
      const token = readToken(text.slice(0, at) + character + text.slice(at + 1))
      if (token === undefined || token.algorithm.keyType !== 'RSA') return
      expect(token.algorithm.verify(token.signed, token.signature, publicKey)).toBe(false)
    }),
    { numRuns: 400 },
  )
})

test('any text is read or refused, nothing else', () => {
  const piece = fc.constantFrom(
    '.',
    'e30',
    'eyJhbGciOiJSUzI1NiJ9',
    'eyJhbGciOiJub25lIn0',
    'AA',
    '=',
    '%',
    'é',
    '',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 8 }).map((list) => list.join('')),
      ),
      (text) => {
        const token = readToken(text)
        if (token !== undefined) expect([...algorithms.values()]).toContain(token.algorithm)
      },
    ),
    { numRuns: 3000 },
  )
})

test('a token has a length', () => {
  const sized = (length: number): string => {
    const empty = signToken({ x: '' }, key).length
    return signToken({ x: 'x'.repeat(Math.floor(((length - empty) * 3) / 4)) }, key)
  }
  const largest = sized(tokenCharactersMax)
  expect(largest.length).toBeGreaterThan(tokenCharactersMax - 4)
  expect(readToken(largest)).toBeDefined()
  expect(readToken(sized(tokenCharactersMax + 8))).toBeUndefined()
})

test.each([
  ['{}', true],
  ['{"a":{"b":1},"c":{"b":1}}', true],
  ['{"a":1,"a":1}', false],
  ['{"a":1,"\\u0061":1}', false],
  ['{"x":[{"a":1,"a":1}]}', false],
  ['{"__proto__":1}', true],
  ['[]', false],
  ['null', false],
  ['"a"', false],
  ['', false],
  ['{a:1}', false],
  ['{"a":1}x', false],
  ["{'a':1}", false],
  [`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, false],
])('%p is an object that has one meaning: %p', (text, is) => {
  expect(readJsonObject(Buffer.from(text)) !== undefined).toBe(is)
})

test('an object is UTF-8', () => {
  expect(readJsonObject(Buffer.from('7b2261223a22ff227d', 'hex'))).toBeUndefined()
  expect(readJsonObject(Buffer.from('efbbbf7b7d', 'hex'))).toBeUndefined()
})

describe('a key set', () => {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k' }
  const RS256 = { algorithmName: 'RS256', algorithm: algorithms.get('RS256') as never, keyId: 'k' }
  const has = (keys: unknown, asked: object = {}): boolean =>
    readKeySet(Buffer.from(JSON.stringify({ keys })))?.find({ ...RS256, ...asked }) !== undefined
  test.each([
    ['by its id', [jwk], {}, true],
    ['alone, for a token that names none', [jwk], { keyId: undefined }, true],
    ['of another id', [jwk], { keyId: 'K' }, false],
    ['with its private half', [{ ...privateKey.export({ format: 'jwk' }), kid: 'k' }], {}, true],
    ['for encryption', [{ ...jwk, use: 'enc' }], {}, false],
    ['for signing alone', [{ ...jwk, key_ops: ['sign'] }], {}, false],
    ['for another algorithm', [{ ...jwk, alg: 'PS256' }], {}, false],
    ['of two with one id', [jwk, jwk], {}, false],
    ['that is damaged', [{ ...jwk, n: 'AA' }], {}, false],
    ['beside what is none', [null, 7, { kty: 'oct', k: 'AA' }, { kty: 'EC', crv: 'P-256' }, jwk], {}, true],
  ] as const)('gives a key %s', (_, keys, asked, is) => {
    expect(has(keys, asked)).toBe(is)
  })
  test.each(['[]', '{}', '{"keys":{}}', 'x', '{"keys":[],"keys":[]}'])('%s is none', (text) => {
    expect(readKeySet(Buffer.from(text))).toBeUndefined()
  })
})

test.each([
  [{ exp: 1001 }, 'valid'],
  [{ exp: 1000.5 }, 'valid'],
  [{ exp: 1000 }, 'expired'],
  [{}, 'invalid'],
  [{ exp: null }, 'invalid'],
  [{ exp: 1001, nbf: 1000 + clockSkewSeconds, iat: 1000 + clockSkewSeconds }, 'valid'],
  [{ exp: 2001, nbf: 1001 + clockSkewSeconds }, 'invalid'],
  [{ exp: 2001, iat: 1001 + clockSkewSeconds }, 'invalid'],
  [{ exp: 2001, nbf: 'now' }, 'invalid'],
] as const)('%p at 1000 s is %s', (claims, expected) => {
  expect(datesOf(claims, 1_000_000)).toBe(expected)
})

test('claims are texts', () => {
  const claims = {
    exp: 1_492_704_481,
    iat: 9e15,
    n: 1.5,
    no: null,
    yes: true,
    list: [1, 'a', { b: [2] }],
    map: { a: 1 },
  }
  expect({ ...claimTexts(claims) }).toEqual({
    exp: 'Thu Apr 20 16:08:01 UTC 2017',
    iat: '9000000000000000',
    n: '1.5',
    yes: 'true',
    list: '1,a,{"b":[2]}',
    map: '{"a":1}',
  })
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { TokenIssuer } from '#data-plane/tokens/token-issuers.ts'
import { verifyJwt } from '#data-plane/tokens/verify-jwt.ts'
import { readKeySet, type KeySet } from '#languages/jwt/key-set.ts'
import { jwkOf, rsaKey, tokenOf } from '../conformance/rest/support/token-issuer.ts'

// A JWT authorizer takes what its issuer has signed, for whom and when it says, and nothing else.

const ISSUER = 'https://issuer.example'
const NOW = 1_700_000_000
const key = rsaKey('key')
const keys = readKeySet(Buffer.from(JSON.stringify({ keys: [jwkOf(key)] }))) as KeySet
const issuer: TokenIssuer = { issuer: ISSUER, audiences: undefined, isUserPool: false, keys }
const rules = { audiences: ['shop'], scopes: new Set<string>() }
const verify = (text: string) => verifyJwt(text, issuer, rules, 1000 * NOW)

const valid = tokenOf({ iss: ISSUER, aud: 'shop', sub: 'ada', exp: NOW + 60 }, key)
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='.split('')

test('no change of a token is taken', () => {
  expect(verify(valid)).toMatchObject({ claims: { sub: 'ada' } })
  const at = fc.nat(valid.length - 1)
  const piece = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 8 })
  fc.assert(
    fc.property(at, fc.nat(8), piece, (start, removed, added) => {
      const changed = valid.slice(0, start) + added + valid.slice(start + removed)
      fc.pre(changed !== valid)
      expect(typeof verify(changed)).toBe('string')
    }),
    { numRuns: 2000 },
  )
})

/** What a claim may be, right or wrong. */
const claim = (right: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constant(right), fc.constant(undefined), fc.jsonValue({ maxDepth: 1 }))
const dates = fc.oneof(fc.integer({ min: NOW - 200, max: NOW + 200 }), fc.constant(undefined))

test('a token that is signed is taken when all it says is right, and then alone', () => {
  const aud = fc.oneof(claim('shop'), fc.array(fc.constantFrom('shop', 'web')))
  fc.assert(
    fc.property(
      claim(ISSUER),
      aud,
      claim('shop'),
      dates,
      dates,
      dates,
      (iss, given, client, exp, nbf, iat) => {
        const text = tokenOf({ iss, aud: given, client_id: client, exp, nbf, iat }, key)
        const audiences = given === undefined ? [client] : Array.isArray(given) ? given : [given]
        const isRight =
          iss === ISSUER &&
          audiences.includes('shop') &&
          exp !== undefined &&
          exp > NOW &&
          [nbf, iat].every((date) => date === undefined || date <= NOW + 60)
        expect(typeof verify(text) === 'object').toBe(isRight)
      },
    ),
    { numRuns: 300 },
  )
})

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { tokenTtlMs } from '#data-plane/authorizers/jwt.ts'
import { defineHttpApi, toFunction } from '../conformance/http-api/support/definition.ts'
import { LocalFunctions, returning } from '../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'
import {
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from '../conformance/rest/support/token-issuer.ts'

// The issuer behind an HTTP API's JWT authorizer is down, slow, wrong, or has other keys than before.

const first = rsaKey('first')
const second = rsaKey('second')
const HOUR = 3_600_000
const KEYS = '/keys'
const DISCOVERY = '/.well-known/openid-configuration'
const limits = { timeoutMs: 200, waitersMax: 20 }

let issuer: TestIssuer
let house: House
let nowMs: number
let warned: PromiseWithResolvers<void>
let count = 0

beforeEach(async () => {
  nowMs = 1_700_000_000_000
  warned = Promise.withResolvers()
  issuer = startIssuer()
  issuer.keys = [jwkOf(first)]
  const log = { debug() {}, info() {}, warn: () => warned.resolve(), error() {} }
  house = await startHouse({ clock: { now: () => nowMs }, keySetLimits: limits, log })
  house.functions = new LocalFunctions({ f: returning('in') })
  const { snapshot, stage } = defineHttpApi('faults', {
    routes: {
      'GET /x': { ...toFunction('f'), authorizationType: 'JWT', authorizerId: 'auth' },
      'GET /open': toFunction('f'),
    },
    authorizers: [
      {
        authorizerId: 'auth',
        name: 'auth',
        authorizerType: 'JWT',
        identitySource: [],
        jwtConfiguration: { audience: ['shop'], issuer: issuer.url },
      },
    ],
  })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
})
afterEach(async () => {
  await house.stop()
  await issuer.stop()
})

const token = (key = first, more: object = {}): string => {
  const exp = nowMs / 1000 + 7 * 24 * 3600
  return tokenOf({ jti: `${++count}`, iss: issuer.url, aud: 'shop', exp, ...more }, key)
}

/** `200`, or the status and why. */
async function send(text: string, path = '/x'): Promise<string> {
  const reply = await house.send('faults', { target: `raw:${path}`, headers: [`Authorization: ${text}`] })
  const [, description = ''] = /error_description="(.*)"/.exec(reply.header('www-authenticate') ?? '') ?? []
  return `${reply.status} ${description}`.trim()
}

const NO_DISCOVERY = '401 OIDC discovery endpoint communication error'
const NO_KEYS = '401 JWKS communication error'

const answers: readonly (readonly [name: string, path: string, answer: () => Response, told: string])[] = [
  ['discovery is down', DISCOVERY, () => new Response('', { status: 503 }), NO_DISCOVERY],
  ['discovery is no JSON', DISCOVERY, () => new Response('<html>'), NO_DISCOVERY],
  ['discovery is too much', DISCOVERY, () => new Response('x'.repeat(200_000)), NO_DISCOVERY],
  [
    'discovery is of another issuer',
    DISCOVERY,
    () => Response.json({ issuer: 'https://else.example', jwks_uri: `${issuer.url}${KEYS}` }),
    NO_DISCOVERY,
  ],
  [
    'keys are elsewhere, in the clear',
    DISCOVERY,
    () => Response.json({ issuer: issuer.url, jwks_uri: 'http://169.254.169.254/keys' }),
    NO_DISCOVERY,
  ],
  ['keys are down', KEYS, () => new Response('', { status: 500 }), NO_KEYS],
  ['keys are no key set', KEYS, () => Response.json({ keys: 7 }), NO_KEYS],
  ['keys are a redirection', KEYS, () => Response.redirect('http://169.254.169.254/'), NO_KEYS],
  ['there are no keys', KEYS, () => Response.json({ keys: [] }), '401 unable to find a key for the token'],
]

test.each(answers)('%s: nobody comes in', async (_, path, answer, told) => {
  issuer.answers = { [path]: answer }
  expect(await send(token())).toBe(told)
  issuer.answers = {}
  nowMs += 10_000
  expect(await send(token())).toBe('200')
})

test('nobody listens there', async () => {
  await issuer.stop()
  expect(await send(token())).toBe(NO_DISCOVERY)
})

test('an issuer that does not answer is waited for so long, by so many, and holds up nobody else', async () => {
  issuer.answers = { [DISCOVERY]: () => new Promise(() => {}) }
  const waiting = Array.from({ length: 2 * limits.waitersMax }, () => send(token()))
  expect(await send('', '/open')).toBe('200')
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([NO_DISCOVERY]))
  expect(issuer.asked).toEqual([DISCOVERY])
})

test('simultaneous requests ask once; tokens of others and what is none ask nobody', async () => {
  for (const wrong of ['none', token(first, { iss: 'https://else.example' })]) await send(wrong)
  expect(issuer.asked).toEqual([])
  expect(new Set(await Promise.all(Array.from({ length: 9 }, () => send(token()))))).toEqual(new Set(['200']))
  expect(issuer.asked).toEqual([DISCOVERY, KEYS])
})

test('a new key is found when a token names it', async () => {
  expect(await send(token())).toBe('200')
  issuer.keys = [jwkOf(second)]
  nowMs += 10_000
  expect(await send(token(second))).toBe('200')
  expect(await send(token(first))).toBe('401 unable to find a key for the token')
})

test('a token whose key was taken back is kept for so long, and no longer', async () => {
  const kept = token()
  expect(await send(kept)).toBe('200')
  issuer.keys = [jwkOf(second)]
  nowMs += tokenTtlMs - 1
  expect(await send(token(second))).toBe('200')
  expect(await send(kept)).toBe('200')
  nowMs += 1
  expect(await send(kept)).toBe('401 unable to find a key for the token')
})

test('keys go on being used while the issuer is down', async () => {
  expect(await send(token())).toBe('200')
  issuer.answers = { [DISCOVERY]: () => new Response('', { status: 503 }) }
  nowMs += HOUR
  expect(await send(token())).toBe('200')
  await warned.promise
  nowMs += 22 * HOUR
  expect(await send(token())).toBe('200')
  nowMs += HOUR
  expect(await send(token())).toBe(NO_DISCOVERY)
})

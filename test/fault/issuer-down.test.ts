import { afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mock } from '../conformance/rest/support/definition.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'
import {
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from '../conformance/rest/support/token-issuer.ts'

// An issuer that is down, slow, wrong, or has other keys than before: nobody is let in by mistake, nobody who was known is
// kept out at once, and nothing piles up.

const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Faults001'
const first = rsaKey('first')
const second = rsaKey('second')
const limits = { timeoutMs: 200, waitersMax: 20 }
const HOUR = 3_600_000

let issuer: TestIssuer
let house: House
let nowMs: number
let warned: string[]
let count = 0

beforeAll(() => {
  nowMs = 1_700_000_000_000
})
beforeEach(async () => {
  warned = []
  issuer = startIssuer()
  issuer.keys = [jwkOf(first)]
  const log = { debug() {}, info() {}, warn: (message: string) => void warned.push(message), error() {} }
  house = await startHouse({
    clock: { now: () => nowMs },
    standIns: new Map([[POOL, { issuer: issuer.url }]]),
    keySetLimits: limits,
    log,
  })
  const guard = { authorizationType: 'COGNITO_USER_POOLS', authorizerId: 'auth', integration: mock('in') }
  house.deploy('faults', {
    paths: { '/x': { GET: guard }, '/open': { GET: { integration: mock('open') } } },
    authorizers: [
      { id: 'auth', type: 'COGNITO_USER_POOLS', providerARNs: [POOL], authorizerResultTtlInSeconds: 0 },
    ],
  })
})
async function end(): Promise<void> {
  await house.stop()
  await issuer.stop()
}
afterEach(end)

async function send(token: string, target: string = '/x'): Promise<number> {
  return (await house.send('faults', { target, headers: [`Authorization: ${token}`] })).status
}

const token = (key = first): string =>
  tokenOf({ sub: `${++count}`, iss: issuer.url, exp: nowMs / 1000 + 7 * 24 * 3600 }, key)

const down = (): Response => new Response('', { status: 503 })
const KEYS = '/keys'
const DISCOVERY = '/.well-known/openid-configuration'

test('simultaneous requests ask once', async () => {
  expect(new Set(await Promise.all(Array.from({ length: 15 }, () => send(token()))))).toEqual(new Set([200]))
  expect(issuer.asked).toEqual([DISCOVERY, KEYS])
})

test('without keys nobody comes in; a failure is not tried again at once', async () => {
  issuer.answers = { [KEYS]: down }
  expect(await Promise.all([send(token()), send(token())])).toEqual([500, 500])
  expect(await send(token())).toBe(500)
  expect(issuer.asked.filter((path) => path === KEYS)).toHaveLength(1)
  issuer.answers = {}
  nowMs += 1000
  expect(await send(token())).toBe(200)
})

test('an issuer that does not answer holds up so many, for so long, and nobody else', async () => {
  issuer.answers = { [DISCOVERY]: () => new Promise(() => {}) }
  const startedMs = performance.now()
  const waiting = Array.from({ length: 2 * limits.waitersMax }, () => send(token()))
  expect(await send('', '/open')).toBe(200)
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([500]))
  expect(performance.now() - startedMs).toBeLessThan(10 * limits.timeoutMs)
  expect(issuer.asked).toHaveLength(1)
})

test.each([
  ['no JSON', () => new Response('<html>')],
  ['no key set', () => Response.json({ keys: 7 })],
  ['too much', () => new Response('x'.repeat(200_000))],
  ['a redirection', () => Response.redirect('http://169.254.169.254/latest/')],
  ['an error page of keys', () => Response.json({ keys: [jwkOf(first)] }, { status: 500 })],
])('keys that are %s let nobody in', async (_, answer) => {
  issuer.answers = { [KEYS]: answer }
  expect(await send(token())).toBe(500)
})

test.each([
  ['another issuer', () => ({ issuer: 'https://else.example', jwks_uri: `${issuer.url}${KEYS}` })],
  ['keys elsewhere, in the clear', () => ({ issuer: issuer.url, jwks_uri: 'http://169.254.169.254/keys' })],
  ['keys in a file', () => ({ issuer: issuer.url, jwks_uri: 'file:///etc/passwd' })],
  ['no keys', () => ({ issuer: issuer.url })],
])('a document that names %s lets nobody in', async (_, document) => {
  issuer.answers = { [DISCOVERY]: () => Response.json(document()) }
  expect(await send(token())).toBe(500)
  expect(issuer.asked).toEqual([DISCOVERY])
})

test('an empty key set knows nobody', async () => {
  issuer.keys = []
  expect(await send(token())).toBe(401)
})

test('a new key is found when a token names it; strangers do not make us ask more often', async () => {
  expect(await send(token())).toBe(200)
  issuer.keys = [jwkOf(second)]
  const asked = (): number => issuer.asked.filter((path) => path === KEYS).length
  const before = asked()
  expect(await send(token(second))).toBe(401)
  expect(asked()).toBe(before)
  nowMs += 10_000
  expect(await Promise.all(Array.from({ length: 9 }, () => send(token(second))))).toEqual(Array(9).fill(200))
  expect(asked()).toBe(before + 1)
  const strange = rsaKey('strange')
  expect(await Promise.all(Array.from({ length: 9 }, () => send(token(strange))))).toEqual(Array(9).fill(401))
  expect(asked()).toBe(before + 1)
  // What the issuer no longer has counts no more.
  expect(await send(token(first))).toBe(401)
})

test('keys go on being used for a day when the issuer is down, and then no more', async () => {
  expect(await send(token())).toBe(200)
  issuer.answers = { [DISCOVERY]: down }
  nowMs += HOUR
  expect(await send(token())).toBe(200)
  while (warned.length === 0) await Bun.sleep(1)
  nowMs += 22 * HOUR
  expect(await send(token())).toBe(200)
  expect(await send(token(second))).toBe(401)
  nowMs += HOUR
  expect(await send(token())).toBe(500)
  issuer.answers = {}
  nowMs += 1000
  expect(await send(token())).toBe(200)
})

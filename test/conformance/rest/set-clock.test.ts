import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { cached } from './stage-cache.cases.ts'
import { jwkOf, rsaKey, tokenOf } from './support/token-issuer.ts'
import { startCountingBackend, type CountingBackend } from './support/counting-backend.ts'
import { ACCOUNT, functionUri, mock, REGION, type ApiDefinition } from './support/definition.ts'
import { LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

// Somebody sets the wall clock: what is kept is kept for as long as it was to be; what has a date has that date.

const HOUR_MS = 3_600_000
const ISSUER = 'http://localhost:4566/us-east-1_Pool00001'
const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool00001'
const key = rsaKey('key 1')

let house: House
let stale: House
let backend: CountingBackend
let nowMs: number
let steadyMs = 0
let count = 0
let apiId: string
let asked: number

const pass = (ms: number): void => {
  nowMs += ms
  steadyMs += ms
}

beforeAll(async () => {
  const clock = { now: () => nowMs, steadyMs: () => steadyMs }
  const keys = JSON.stringify({ keys: [jwkOf(key)] })
  house = await startHouse({ clock, userPools: { find: async () => ({ issuer: ISSUER, keys }) } })
  stale = await startHouse({ clock, cache: { staleMs: HOUR_MS } })
  backend = await startCountingBackend()
  house.functions = new LocalFunctions({
    auth: async () => ({ payload: Buffer.from(JSON.stringify(allowed(++asked))) }),
  })
})
afterAll(async () => {
  await house.stop()
  await stale.stop()
  await backend.stop()
})
beforeEach(() => {
  nowMs = 1_700_000_000_000
  apiId = `clock${++count}`
  asked = 0
  backend.reset()
})

const allowed = (asked: number): object => ({
  principalId: 'ann',
  policyDocument: {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: '*', Resource: `arn:aws:execute-api:${REGION}:${ACCOUNT}:*` },
  },
  context: { asked },
})

async function ask(headers: readonly string[] = [], of: House = house): Promise<string> {
  const { status, body } = await of.send(apiId, { target: '/x', headers })
  return status === 200 ? body : String(status)
}

test('an authorizer’s answer is kept for its time', async () => {
  const integration = mock('$context.authorizer.asked')
  house.deploy(apiId, {
    paths: { '/x': { GET: { authorizationType: 'CUSTOM', authorizerId: 'auth', integration } } },
    authorizers: [{ id: 'auth', authorizerUri: functionUri('auth') }],
  })
  const answers = async (): Promise<string> => ask(['Authorization: a'])
  expect(await answers()).toBe('1')
  for (const byMs of [HOUR_MS, -2 * HOUR_MS]) {
    nowMs += byMs
    expect(await answers()).toBe('1')
  }
  pass(299_999)
  expect(await answers()).toBe('1')
  pass(1)
  expect(await answers()).toBe('2')
})

const proxied = (): ApiDefinition =>
  cached({ '/x': { GET: { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: backend.url } } } })

test('a method’s answer is kept for its time', async () => {
  house.deploy(apiId, proxied())
  expect(await ask()).toBe('1')
  for (const byMs of [HOUR_MS, -2 * HOUR_MS]) {
    nowMs += byMs
    expect(await ask()).toBe('1')
  }
  pass(299_999)
  expect(await ask()).toBe('1')
  pass(1)
  expect(await ask()).toBe('2')
})

test('one that may be given when the backend fails is asked for anew when its date has passed', async () => {
  stale.deploy(apiId, proxied())
  expect(await ask([], stale)).toBe('1')
  nowMs += HOUR_MS
  expect(await ask([], stale)).toBe('2')
  expect(await ask([], stale)).toBe('2')
})

test('a token that was let in is refused from its date on', async () => {
  const integration = mock('in')
  const authorizer = { id: 'auth', type: 'COGNITO_USER_POOLS', providerARNs: [POOL] } as const
  house.deploy(apiId, {
    paths: {
      '/x': { GET: { authorizationType: 'COGNITO_USER_POOLS', authorizerId: 'auth', integration } },
    },
    authorizers: [authorizer],
  })
  const seconds = nowMs / 1000
  const dates = { auth_time: seconds, iat: seconds, exp: seconds + 600 }
  const token = tokenOf({ sub: 'ann', iss: ISSUER, aud: 'client', token_use: 'id', ...dates }, key)
  const enter = (): Promise<string> => ask([`Authorization: ${token}`])
  expect([await enter(), await enter()]).toEqual(['in', 'in'])
  nowMs += HOUR_MS
  expect(await enter()).toBe('401')
  nowMs -= HOUR_MS
  expect(await enter()).toBe('in')
})

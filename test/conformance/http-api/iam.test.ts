import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { KeyLookup } from '#base/caller.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { echo, LocalFunctions } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import type { RawReply } from '../rest/support/raw-http.ts'
import { signed, userKey, type SignedRequest } from '../rest/support/signed.ts'
import { defineHttpApi, toFunction } from './support/definition.ts'

// AWS_IAM on HTTP APIs: what policies are asked about, and what functions are told. Developer guide, "Using IAM authorization".

const API = 'signed'
const ACCOUNT = '123456789012'
const OF_API = `arn:aws:execute-api:us-east-1:${ACCOUNT}:${API}`

const known: Record<string, KeyLookup> = {
  ADMIN: userKey('ADMIN', { allow: '*' }),
  READER: userKey('READER', { allow: `${OF_API}/$default/GET/pets` }),
  SLASHED: userKey('SLASHED', { allow: `${OF_API}/$default/GET/pets/` }),
  STAGED: userKey('STAGED', { allow: `${OF_API}/dev/*/pets` }),
  DECODED: userKey('DECODED', { allow: `${OF_API}/$default/GET/a b` }),
  SENT: userKey('SENT', { allow: `${OF_API}/$default/GET/a%20b` }),
}
const SESSION = userKey(
  'ASIASESSION',
  { allow: '*' },
  {
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Role/session`,
    userId: 'AROAROLE:session',
    type: 'AssumedRole',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/Role`,
  },
)

let house: House
beforeAll(async () => {
  const find = async (id: string): Promise<KeyLookup> =>
    id === 'ASIASESSION' ? SESSION : (known[id] ?? 'unknown')
  house = await startHouse({ callers: { find } })
  house.functions = new LocalFunctions({ f: echo })
  const guard = { authorizationType: 'AWS_IAM' as const }
  const routes = {
    'ANY /pets': { ...toFunction('f'), ...guard },
    'GET /v1': { ...toFunction('f', { payloadFormatVersion: '1.0' }), ...guard },
    $default: { ...toFunction('f'), ...guard },
  }
  for (const stageName of ['$default', 'dev']) {
    const { snapshot, stage } = defineHttpApi(API, { routes, stage: { stageName } })
    house.planTable.swap(compileHttpApi(snapshot, stage).plan)
  }
})
afterAll(() => house.stop())

const send = (who: string, request: SignedRequest): Promise<RawReply> =>
  house.send(API, signed(API, who, { ...request, target: `raw:${request.target}` }))

const rows: readonly (readonly [who: string, method: string, target: string, status: number])[] = [
  ['ADMIN', 'GET', '/pets', 200],
  ['ADMIN', 'DELETE', '/dev/anything?q=1', 200],
  ['READER', 'GET', '/pets', 200],
  ['READER', 'GET', '/pets?q=1', 200],
  ['READER', 'POST', '/pets', 403],
  ['READER', 'GET', '/dev/pets', 403],
  // A slash at the end makes it another path for routes, and so for policies.
  ['READER', 'GET', '/pets/', 403],
  ['SLASHED', 'GET', '/pets/', 200],
  ['SLASHED', 'GET', '/pets', 403],
  ['STAGED', 'PATCH', '/dev/pets', 200],
  ['STAGED', 'PATCH', '/pets', 403],
  // Whatever the route's key: the path of the request counts, as it was sent.
  ['SENT', 'GET', '/a%20b', 200],
  ['DECODED', 'GET', '/a%20b', 403],
  ['UNKNOWN', 'GET', '/pets', 403],
]

test.each(rows)('%s %s %s is %d', async (who, method, target, status) => {
  const reply = await send(who, { method, target })
  expect(reply.status).toBe(status)
  if (status === 403) {
    expect(reply.body).toBe('{"message":"Forbidden"}')
    expect(reply.header('x-amzn-errortype')).toBeUndefined()
  }
})

const refused: readonly (readonly [name: string, request: SignedRequest])[] = [
  ['another secret', { target: '/pets', keys: { secretAccessKey: 'guessed' } }],
  ['another service', { target: '/pets', scope: { service: 's3' } }],
  ['another region', { target: '/pets', scope: { region: 'eu-west-1' } }],
  ['a signature of long ago', { target: '/pets', at: Date.now() - 3_600_000 }],
  ['a way back', { target: '/pets/../admin' }],
]
test.each(refused)('%s is 403', async (_, request) => {
  const { status, body } = await send('ADMIN', request)
  expect([status, body]).toEqual([403, '{"message":"Forbidden"}'])
})

test('a body that was changed is 403', async () => {
  const request = signed(API, 'ADMIN', { method: 'POST', target: 'raw:/pets', body: 'one' })
  expect((await house.send(API, request)).status).toBe(200)
  expect((await house.send(API, { ...request, body: 'two' })).status).toBe(403)
})

interface Event {
  readonly requestContext: { readonly authorizer?: unknown; readonly identity?: Record<string, unknown> }
  readonly body?: string
}
const eventOf = ({ body }: RawReply): Event => JSON.parse(body) as Event

test('who signed is in events of 2.0', async () => {
  const iam = {
    accessKey: 'ASIASESSION',
    accountId: ACCOUNT,
    callerId: 'AROAROLE:session',
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/Role/session`,
    userId: 'AROAROLE:session',
  }
  const keys = { sessionToken: 'token' }
  const { authorizer } = eventOf(await send('ASIASESSION', { target: '/pets', keys })).requestContext
  expect(authorizer).toEqual({ iam })
  expect(Object.keys((authorizer as { iam: object }).iam)).toEqual(Object.keys(iam))
})

test('and in the identity of 1.0', async () => {
  const { authorizer, identity } = eventOf(await send('ADMIN', { target: '/v1' })).requestContext
  expect(authorizer).toBeUndefined()
  expect(identity).toMatchObject({
    accessKey: 'ADMIN',
    accountId: ACCOUNT,
    caller: 'AIDAADMIN',
    user: 'AIDAADMIN',
    userArn: `arn:aws:iam::${ACCOUNT}:user/ADMIN`,
  })
})

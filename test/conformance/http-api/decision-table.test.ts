import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyLookup } from '#base/caller.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { ApiAuthorizer, Route } from '#model/http-api.ts'
import { functionUri } from '../rest/support/definition.ts'
import { LocalFunctions, returning, throwing, type FunctionBehaviour } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { signed, userKey } from '../rest/support/signed.ts'
import { jwkOf, rsaKey, startIssuer, tokenOf, type TestIssuer } from '../rest/support/token-issuer.ts'
import { defineHttpApi, toFunction } from './support/definition.ts'

// The table of docs/authorizers.md, cell by cell: it is what is documented that is played.

const known: Readonly<Record<string, KeyLookup>> = {
  ALLOWED: userKey('ALLOWED', { allow: '*' }),
  SILENT: userKey('SILENT'),
  DENIED: userKey('DENIED', { allow: '*', deny: '*' }),
  AWAY: userKey('AWAY', { allow: '*' }, { account: '999999999999' }),
}
const key = rsaKey('key 1')
let issuer: TestIssuer
let house: House
beforeAll(async () => {
  issuer = startIssuer()
  issuer.keys = [jwkOf(key)]
  house = await startHouse({ callers: { find: async (id) => known[id] ?? 'unknown' } })
})
afterAll(async () => {
  await house.stop()
  await issuer.stop()
})

interface Caller {
  readonly route: Partial<Route>
  readonly auth?: FunctionBehaviour
  readonly headers?: () => readonly string[]
  /** Whose key signs. */
  readonly signs?: string
  readonly secret?: string
}

const jwt = (claims: object | undefined, authorizerId = 'jwt'): Caller => ({
  route: { authorizationType: 'JWT', authorizerId, authorizationScopes: ['read'] },
  headers: () => {
    if (claims === undefined) return []
    const exp = Math.floor(Date.now() / 1000) + 3600
    return [`Authorization: ${tokenOf({ iss: issuer.url, aud: 'shop', scope: 'read', exp, ...claims }, key)}`]
  },
})
const custom = (
  auth: FunctionBehaviour,
  authorizerId = 'simple',
  headers = ['Authorization: a'],
): Caller => ({
  route: { authorizationType: 'CUSTOM', authorizerId },
  auth,
  headers: () => headers,
})
const iam = (signs?: string, secret?: string): Caller => ({
  route: { authorizationType: 'AWS_IAM' },
  ...(signs !== undefined && { signs }),
  ...(secret !== undefined && { secret }),
})
const allows = returning({ isAuthorized: true })
const Statement = [
  { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: 'arn:aws:execute-api:*:*:*/*/GET/y' },
]
const silent = returning({ principalId: 'a', policyDocument: { Version: '2012-10-17', Statement } })

/** By the first column. */
const callers: Readonly<Record<string, Caller>> = {
  '`NONE`': { route: {} },
  '`JWT`, token is right': jwt({}),
  "`JWT`, token lacks the route's scope": jwt({ scope: 'write' }),
  '`JWT`, token is wrong': jwt({ aud: 'web' }),
  '`JWT`, no token': jwt(undefined),
  '`JWT`, issuer does not answer': jwt({ iss: 'http://127.0.0.1:1' }, 'away'),
  '`CUSTOM`, function allows': custom(allows),
  '`CUSTOM`, function denies': custom(returning({ isAuthorized: false })),
  '`CUSTOM`, policy is silent': custom(silent, 'policy'),
  '`CUSTOM`, function says Unauthorized': custom(throwing('Unauthorized')),
  '`CUSTOM`, nothing to ask about': custom(allows, 'simple', []),
  '`CUSTOM`, function fails': custom(throwing('oh')),
  '`AWS_IAM`, IAM allows': iam('ALLOWED'),
  '`AWS_IAM`, IAM is silent': iam('SILENT'),
  '`AWS_IAM`, IAM denies': iam('DENIED'),
  '`AWS_IAM`, other account, IAM allows': iam('AWAY'),
  '`AWS_IAM`, not signed': iam(),
  '`AWS_IAM`, signature is wrong': iam('ALLOWED', 'guessed'),
  'an authorizer that cannot work': custom(allows, 'none of them'),
}

const REQUEST = { authorizerUri: functionUri('auth'), authorizerPayloadFormatVersion: '2.0' as const }
const authorizers = (): ApiAuthorizer[] =>
  [
    { authorizerId: 'jwt', jwtConfiguration: { audience: ['shop'], issuer: issuer.url } },
    { authorizerId: 'away', jwtConfiguration: { audience: ['shop'], issuer: 'http://127.0.0.1:1' } },
    { authorizerId: 'simple', ...REQUEST, enableSimpleResponses: true },
    { authorizerId: 'policy', ...REQUEST },
  ].map((each) => ({
    name: each.authorizerId,
    authorizerType: 'jwtConfiguration' in each ? 'JWT' : 'REQUEST',
    identitySource: ['$request.header.Authorization'],
    ...each,
  }))

interface Column {
  readonly routeKey: string
  readonly isPreflight: boolean
}

/** By the first line. */
const columns: Readonly<Record<string, Column>> = {
  'its route': { routeKey: 'GET /x', isPreflight: false },
  'a preflight of it': { routeKey: 'GET /x', isPreflight: true },
  'a preflight, for a guarded `$default`': { routeKey: '$default', isPreflight: true },
}

interface Cell {
  readonly who: string
  readonly column: string
  readonly word: string
}

function tableOf(text: string): Cell[] {
  const lines = text.slice(text.indexOf('| who calls an HTTP API')).split('\n\n', 1)[0]?.split('\n') ?? []
  const [head = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return rows.flatMap(([who = '', ...words]) =>
    words.map((word, at) => ({ who, column: head[at + 1] ?? '', word })),
  )
}

const cells = tableOf(readFileSync(join(import.meta.dir, '../../../docs/authorizers.md'), 'utf8'))

test('the table has a row for every caller', () => {
  expect(new Set(cells.map(({ who }) => who))).toEqual(new Set(Object.keys(callers)))
  expect(new Set(cells.map(({ column }) => column))).toEqual(new Set(Object.keys(columns)))
})

let count = 0
test.each(cells.map((cell) => [cell.who, cell.column, cell] as const))(
  '%s: %s',
  async (who, column, { word }) => {
    const { route, auth, headers, signs, secret } = callers[who] as Caller
    const { routeKey, isPreflight } = columns[column] as Column
    const apiId = `cell${++count}`
    house.functions = new LocalFunctions({ f: returning('inside'), ...(auth && { auth }) })
    const { snapshot, stage } = defineHttpApi(apiId, {
      routes: { [routeKey]: { ...toFunction('f'), ...route } },
      api: { corsConfiguration: { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] } },
      authorizers: authorizers(),
    })
    house.planTable.swap(compileHttpApi(snapshot, stage).plan)
    const preflight = ['Origin: https://a.example', 'Access-Control-Request-Method: GET']
    const request = {
      method: isPreflight ? 'OPTIONS' : 'GET',
      target: 'raw:/x',
      headers: [...(headers?.() ?? []), ...(isPreflight ? preflight : [])],
    }
    const keys = secret === undefined ? {} : { keys: { secretAccessKey: secret } }
    const reply = await house.send(
      apiId,
      signs === undefined ? request : signed(apiId, signs, { ...request, ...keys }),
    )
    const challenge = reply.header('www-authenticate')
    const shown =
      reply.status === 200 && reply.body === 'inside'
        ? 'let in'
        : `${reply.status}${challenge?.startsWith('Bearer') === true ? ' challenge' : ''}`
    expect(shown).toBe(word)
    if (reply.status > 400) expect(reply.body).toBe(`{"message":"${messages[reply.status]}"}`)
  },
)

const messages: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  500: 'Internal Server Error',
}

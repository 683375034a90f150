import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '#base/clock.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import {
  answering,
  LocalFunctions,
  returning,
  throwing,
  type FunctionBehaviour,
} from '../rest/support/functions.ts'
import { functionUri } from '../rest/support/definition.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { signed, userKey } from '../rest/support/signed.ts'
import { jwkOf, rsaKey, startIssuer, tokenOf, type TestIssuer } from '../rest/support/token-issuer.ts'
import { defineHttpApi, toFunction } from './support/definition.ts'

// What access logs and explanations tell of who was let in, and who was not.

const NAMES = [
  'status',
  'authorizer.error',
  'authorizer.principalId',
  'authorizer.claims.sub',
  'authorizer.tier',
  'authorizer.nested',
  'identity.userArn',
  'error.message',
  'error.responseType',
]
const DESTINATION = 'arn:aws:logs:us-east-1:123456789012:log-group:shop'
const key = rsaKey('key 1')
let house: House
let issuer: TestIssuer
let pass: string
let told: PromiseWithResolvers<string>

beforeAll(async () => {
  issuer = startIssuer()
  issuer.keys = [jwkOf(key)]
  const ann = userKey('ANN', { allow: '*' })
  house = await startHouse({ callers: { find: async (id) => (id === 'ANN' ? ann : 'unknown') } })
  const issued = newPass(systemClock.now(), 600)
  house.explainer.allow(issued.pass)
  pass = issued.token
  const logs: StageLogs = {
    access: () => ({ write: (line) => told.resolve(line) }),
    execution: () => undefined,
    accessLogFormat: undefined,
    tellsFaults: true,
  }
  const format = JSON.stringify(
    Object.fromEntries(['requestId', ...NAMES].map((name) => [name, `$context.${name}`])),
  )
  const identitySource = ['$request.header.Authorization']
  const { snapshot, stage } = defineHttpApi('told', {
    routes: {
      'GET /jwt': {
        ...toFunction('f'),
        authorizationType: 'JWT',
        authorizerId: 'jwt',
        authorizationScopes: ['read'],
      },
      'GET /asked': { ...toFunction('f'), authorizationType: 'CUSTOM', authorizerId: 'asked' },
      'GET /signed': { ...toFunction('f'), authorizationType: 'AWS_IAM' },
    },
    authorizers: [
      {
        authorizerId: 'jwt',
        name: 'jwt',
        authorizerType: 'JWT',
        identitySource,
        jwtConfiguration: { audience: ['shop'], issuer: issuer.url },
      },
      {
        authorizerId: 'asked',
        name: 'asked',
        authorizerType: 'REQUEST',
        identitySource,
        authorizerUri: functionUri('auth'),
        authorizerPayloadFormatVersion: '2.0',
        authorizerResultTtlInSeconds: 0,
      },
    ],
    stage: { accessLogSettings: { destinationArn: DESTINATION, format } },
  })
  const { plan, diagnostics } = compileHttpApi(snapshot, stage, { logs })
  expect(diagnostics).toEqual([])
  house.planTable.swap(plan)
})
afterAll(async () => {
  await house.stop()
  await issuer.stop()
})

const exp = Math.floor(Date.now() / 1000) + 3600
const token = (claims: object): string =>
  tokenOf({ iss: issuer.url, aud: 'shop', scope: 'read', sub: 'ada', exp, ...claims }, key)
const MISMATCH =
  "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects."
const policyOf = (Effect: string): FunctionBehaviour =>
  returning({
    principalId: 'ada',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: '*' }],
    },
    context: { tier: 3, nested: { a: ['b'] } },
  })

interface Row {
  readonly name: string
  readonly target: string
  readonly token?: () => string
  readonly auth?: FunctionBehaviour
  readonly signs?: string
  /** Of the log's line. */
  readonly line: object
  /** Of what the step `authorize` decided. */
  readonly decided: object
}

const rows: readonly Row[] = [
  {
    name: 'a token',
    target: '/jwt',
    token: () => token({}),
    line: { status: '200', 'authorizer.claims.sub': 'ada', 'authorizer.error': '-' },
    decided: { token: { audiences: ['shop'], scopes: ['read'], neededScopes: ['read'] } },
  },
  {
    name: 'a token without the scope',
    target: '/jwt',
    token: () => token({ scope: 'write' }),
    line: {
      status: '403',
      'authorizer.error': 'insufficient_scope: the token does not have a valid scope',
      'error.responseType': 'ACCESS_DENIED',
      'error.message': 'Forbidden',
    },
    decided: { token: { scopes: ['write'], neededScopes: ['read'] } },
  },
  {
    name: 'a token for another',
    target: '/jwt',
    token: () => token({ aud: 'web' }),
    line: {
      status: '401',
      'authorizer.error': 'invalid_token: the token does not have a valid audience',
      'authorizer.claims.sub': '-',
      'error.responseType': 'UNAUTHORIZED',
    },
    decided: {},
  },
  {
    name: 'a policy that allows',
    target: '/asked',
    token: () => 'a',
    auth: policyOf('Allow'),
    line: {
      status: '200',
      'authorizer.principalId': 'ada',
      'authorizer.tier': '3',
      'authorizer.nested': '{"a":["b"]}',
    },
    decided: { policy: { ofAuthorizer: 'allow', together: 'allow' } },
  },
  {
    name: 'a policy that denies',
    target: '/asked',
    token: () => 'a',
    auth: policyOf('Deny'),
    line: { status: '403', 'authorizer.error': 'the policy of the authorizer denies it' },
    decided: { policy: { ofAuthorizer: 'explicit-deny' } },
  },
  {
    name: 'an answer that is no JSON',
    target: '/asked',
    token: () => 'a',
    auth: answering('{'),
    line: { status: '500', 'authorizer.error': `${MISMATCH} Invalid json in authorizer response` },
    decided: {},
  },
  {
    name: 'a function that fails',
    target: '/asked',
    token: () => 'a',
    auth: throwing('oh'),
    line: {
      status: '500',
      'authorizer.error': expect.stringMatching(/^Authorizer function failed with response body: .*oh/),
    },
    decided: {},
  },
  {
    name: 'a signature',
    target: '/signed',
    signs: 'ANN',
    line: { status: '200', 'identity.userArn': 'arn:aws:iam::123456789012:user/ANN' },
    decided: { policy: { decision: 'allow', caller: 'arn:aws:iam::123456789012:user/ANN' } },
  },
  {
    name: 'no signature',
    target: '/signed',
    line: { status: '403', 'error.responseType': 'MISSING_AUTHENTICATION_TOKEN' },
    decided: {},
  },
]

test.each(rows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
  house.functions = new LocalFunctions({ f: returning('in'), ...(row.auth && { auth: row.auth }) })
  const sent = row.token === undefined ? [] : [`Authorization: ${row.token()}`]
  const send = async (headers: readonly string[]): Promise<string> => {
    told = Promise.withResolvers<string>()
    const plain = { target: `raw:${row.target}`, headers: sent }
    const request = row.signs === undefined ? plain : signed('told', row.signs, plain)
    // The pass is no part of what is signed.
    return (await house.send('told', { ...request, headers: [...request.headers, ...headers] })).body
  }
  await send([])
  expect(JSON.parse(await told.promise)).toMatchObject(row.line)

  const explained = Buffer.from(await send([`X-Gatehouse-Explain: ${pass}`]), 'latin1').toString('utf8')
  const { steps } = JSON.parse(explained) as { steps: { step: string; decided: object }[] }
  expect(steps.find(({ step }) => step === 'authorize')?.decided).toMatchObject(row.decided)
  // Whoever is told why is not told the token.
  if (row.target === '/jwt') expect(explained).not.toContain(row.token?.().split('.')[2])
})

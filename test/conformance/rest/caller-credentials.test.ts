import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FunctionCall } from '#data-plane/ports.ts'
import { ACCOUNT, STAGE, type ApiDefinition } from './support/definition.ts'
import { LocalFunctions, returning } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import { signed, userKey } from './support/signed.ts'

// Integrations with `arn:aws:iam::*:user/*` for credentials: backends are called in the name of whoever signed.

const MAY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['execute-api:Invoke', 'lambda:InvokeFunction'], Resource: '*' }],
})
const policies = { identity: [{ id: 'p', source: 'user' as const, document: MAY }] }
const ANN = userKey('ANN', policies)
const GUEST = userKey('GUEST', { allow: '*' })
const SESSION = userKey('ASIASESSION', policies, {
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Role/session`,
  type: 'AssumedRole',
  expiresMs: Date.now() + 3_600_000,
})
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hello`
const CALLER = 'arn:aws:iam::*:user/*'

/** Tells who signed. */
const service = createServer(({ headers }, response) => {
  const key = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]
  response.end(`${key} ${String(headers['x-amz-security-token'] ?? '-')}`)
})
let house: House
let functions: LocalFunctions

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const { port } = service.address() as AddressInfo
  house = await startHouse({
    aws: { environment: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } },
    callers: {
      find: async (id, token) =>
        id === 'ANN' ? ANN : id === 'GUEST' ? GUEST : token === 'token' ? SESSION : 'unknown',
    },
  })
  functions = new LocalFunctions({ hello: returning({ statusCode: 200, body: 'hello' }) })
  house.functions = functions
})
afterAll(async () => {
  await house.stop()
  service.closeAllConnections()
  await new Promise((resolve) => service.close(resolve))
})

const QUEUE: ApiDefinition['paths'][string][string] = {
  authorizationType: 'AWS_IAM',
  integration: {
    type: 'AWS',
    httpMethod: 'GET',
    uri: 'arn:aws:apigateway:us-east-1:sqs:path/q',
    credentials: CALLER,
    integrationResponses: { 200: {} },
  },
}

test('a service is sent what its caller could have signed', async () => {
  house.deploy('queue', { paths: { '/q': { GET: QUEUE } } })
  const ask = async (key: string, more = {}): Promise<string> =>
    (await house.send('queue', signed('queue', key, { target: '/q', ...more }))).body
  expect(await ask('ANN')).toBe('ANN -')
  expect(await ask('ASIASESSION', { keys: { sessionToken: 'token' } })).toBe('ASIASESSION token')
})

test('a function is told who calls, and whether that may', async () => {
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`
  const integration = {
    type: 'AWS_PROXY' as const,
    httpMethod: 'POST',
    uri,
    credentials: '${stageVariables.as}',
  }
  const variables = { as: CALLER }
  house.deploy('call', { variables, paths: { '/f': { GET: { authorizationType: 'AWS_IAM', integration } } } })
  const called = async (key: string): Promise<FunctionCall | undefined> => {
    await house.send('call', signed('call', key, { target: '/f' }))
    return functions.calls.at(-1)
  }
  const { arn, account } = ANN.caller
  const ann = await called('ANN')
  expect([ann?.caller, ann?.roleArn]).toEqual([{ arn, account, refusal: undefined }, undefined])
  expect((await called('GUEST'))?.caller?.refusal).toBe(
    `User: ${GUEST.caller.arn} is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} because no identity-based policy allows the lambda:InvokeFunction action`,
  )
})

test('what one caller was answered no other is given from the cache', async () => {
  const stage = { cacheClusterEnabled: true, cacheClusterSize: '0.5' }
  const methodSettings = { 'q/GET': { cachingEnabled: true } }
  house.deploy('kept', { stage, methodSettings, paths: { '/q': { GET: QUEUE } } })
  for (const key of ['ANN', 'GUEST', 'ANN'])
    expect((await house.send('kept', signed('kept', key, { target: '/q' }))).body).toBe(`${key} -`)
  expect(house.responses.stageBytes(`kept/${STAGE}`)).toBeGreaterThan(0)
})

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AwsAccess } from '#aws/access.ts'
import { CredentialsUnavailable } from '#aws/credentials/key-source.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { compile } from '#compiler/compile.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { testInvoke } from '#data-plane/test-invoke.ts'
import { createHttpClient } from '#http/client.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { define, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import { LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

// What a service's answer goes through: how it arrives, how it fails, what is written of it.

const KEYS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret', sessionToken: 'the session token' }
const held = Promise.withResolvers<void>()
const begun = Promise.withResolvers<void>()
const dropped = Promise.withResolvers<void>()

/** Objects: one that stops in its middle until it is told to go on, and some of many bytes. */
const service = createServer((request, response) => {
  const [path, size = ''] = (request.url ?? '').slice(1).split('/')
  response.setHeader('Content-Type', 'application/octet-stream')
  if (path === 'held') {
    response.write('first')
    void held.promise.then(() => response.end('last'))
  } else if (path === 'late') {
    response.write(Buffer.alloc(500))
    void begun.promise.then(() => response.end(Buffer.alloc(Number(size) - 500)))
  } else if (path === 'endless') {
    response.on('close', () => dropped.resolve()).write('first')
  } else if (path === 'told') {
    response.end(Buffer.alloc(Number(size)))
  } else if (path === 'untold') {
    response.write(Buffer.alloc(Number(size) / 2))
    response.end(Buffer.alloc(Number(size) / 2))
  } else {
    response.writeHead(200, { 'X-Amzn-RequestId': 'r1' }).end('{"a": 1}')
  }
})
let origin: string
let house: House

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  house = await startHouse({ aws: { environment: { AWS_ENDPOINT_URL: origin }, own: async () => KEYS } })
})

afterAll(async () => {
  await house.stop()
  service.closeAllConnections()
  await new Promise((resolve) => service.close(resolve))
})

function one(uri: string, more: Partial<IntegrationDefinition> = {}): ApiDefinition {
  const integration: IntegrationDefinition = {
    type: 'AWS',
    httpMethod: 'GET',
    uri: `arn:aws:apigateway:us-east-1:${uri}`,
    integrationResponses: { 200: {} },
    ...more,
  }
  return { api: { binaryMediaTypes: ['*/*'] }, paths: { '/x': { GET: { integration } } } }
}

function get(apiId: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const host = `${apiId}.execute-api.us-east-1.localhost`
    const asked = httpRequest({
      port: house.port,
      host: '127.0.0.1',
      path: '/prod/x',
      headers: { Host: host },
    })
    asked.on('response', resolve).on('error', reject).end()
  })
}

test('an object that nothing looks at is passed on as it arrives', async () => {
  house.deploy('held', one('s3:path/held'))
  const answer = await get('held')
  const chunks: string[] = []
  for await (const chunk of answer) {
    chunks.push(String(chunk))
    held.resolve()
  }
  expect([answer.statusCode, chunks[0], chunks.join('')]).toEqual([200, 'first', 'firstlast'])
})

describe('an answer of more than the limit', () => {
  const limits = { ...awsLimits, responseBodyBytesMax: 1000 }
  const template = {
    integrationResponses: { 200: { responseTemplates: { 'application/json': '$input.body' } } },
  }
  const cases: readonly (readonly [name: string, api: ApiDefinition, outcome: string])[] = [
    ['fits', one('s3:path/told/1000'), '200, 1000 bytes'],
    ['that tells its length is an error', one('s3:path/told/1001'), '500, 36 bytes'],
    ['that is read is an error', one('s3:path/untold/1002', template), '500, 36 bytes'],
  ]
  for (const [name, api, outcome] of cases) {
    test(name, async () => {
      const apiId = name.replaceAll(' ', '')
      house.deploy(apiId, api, { limits })
      const answer = await get(apiId)
      let bytes = 0
      for await (const chunk of answer) bytes += (chunk as Buffer).length
      expect(`${answer.statusCode}, ${bytes} bytes`).toBe(outcome)
    })
  }
})

test('an answer that turns out to be of more than the limit on its way is cut off', async () => {
  house.deploy('late', one('s3:path/late/1002'), { limits: { ...awsLimits, responseBodyBytesMax: 1000 } })
  const answer = await get('late')
  expect(answer.statusCode).toBe(200)
  const outcome = new Promise((resolve) => {
    answer
      .on('end', () => resolve(answer.complete ? 'whole' : 'cut off'))
      .on('error', () => resolve('cut off'))
  })
  answer.resume()
  begun.resolve()
  expect(await outcome).toBe('cut off')
})

test('an answer for which there is no integration response keeps no connection', async () => {
  house.deploy(
    'unmatched',
    one('s3:path/endless', { integrationResponses: { 200: { selectionPattern: '4..' } } }),
  )
  const answer = await get('unmatched')
  answer.resume()
  expect(answer.statusCode).toBe(500)
  await dropped.promise
})

/** The execution log of one call, without its times. */
async function logOf(api: ApiDefinition, aws: AwsAccess | undefined): Promise<string> {
  const { snapshot, stage } = define('api1', api)
  const { plan } = compile(snapshot, stage, { unguarded: true })
  const httpClient = createHttpClient()
  const ports = { functions: new LocalFunctions({}), counters: new MemoryCounters(), aws }
  const services = { ports, httpClient, log: silentLog, clock: systemClock }
  const { log } = await testInvoke(
    plan,
    '/x',
    { method: 'GET', target: '/x', headers: [], body: '' },
    services,
  )
  httpClient.close()
  return log
}

function access(environment: Record<string, string>, own: () => Promise<typeof KEYS>): AwsAccess {
  return new AwsAccess({
    environment,
    client: createHttpClient(),
    clock: systemClock,
    region: 'us-east-1',
    own,
  })
}

test('the execution log has the request and the answer, and nothing to sign with', async () => {
  const api = one('dynamodb:action/Scan', { httpMethod: 'POST' })
  const log = await logOf(
    api,
    access({ AWS_ENDPOINT_URL: origin }, async () => KEYS),
  )
  expect(log).toContain(`Endpoint request URI: ${origin}/?Action=Scan`)
  expect(log).toMatch(/Authorization=\*{100,}[0-9a-f]{6}[,}]/)
  expect(log).toContain('X-Amz-Target=DynamoDB_20120810.Scan')
  expect(log).toContain('Received response. Status: 200')
  expect(log).toContain('Endpoint response body before transformations: {"a": 1}')
  expect(log).not.toContain(KEYS.sessionToken)
  expect(log).not.toContain(KEYS.accessKeyId)
})

describe('without a way to AWS the request fails, and the log says why', () => {
  const none = (): Promise<never> => Promise.reject(new CredentialsUnavailable('none were found'))
  const credentials = 'arn:aws:iam::123456789012:role/caller'
  const cases: readonly (readonly [
    name: string,
    api: ApiDefinition,
    aws: () => AwsAccess | undefined,
    line: string,
  ])[] = [
    ['no keys', one('sqs:path/1/q'), () => access({}, none), 'none were found'],
    [
      'no keys to assume a role with',
      one('sqs:path/1/q', { credentials }),
      () => access({}, none),
      `API Gateway does not have permission to assume the provided role ${credentials}: none were found`,
    ],
    [
      'an endpoint that is none',
      one('sqs:path/1/q'),
      () => access({ AWS_ENDPOINT_URL: 'nowhere' }, none),
      'AWS_ENDPOINT_URL: found "nowhere", expected a URL such as http://localhost:8000',
    ],
    [
      'nobody there',
      one('sqs:path/1/q'),
      () => access({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, none),
      'Invalid endpoint address',
    ],
    ['no access at all', one('sqs:path/1/q'), () => undefined, 'this gateway has no way to AWS services'],
  ]
  for (const [name, api, aws, line] of cases) {
    test(name, async () => {
      const log = await logOf(api, aws())
      expect(log).toContain(`Execution failed due to configuration error: ${line}\n`)
      expect(log).toContain('Method completed with status: 500')
    })
  }
})

import { afterAll, describe, expect, test } from 'bun:test'
import { steadily } from '#base/clock.fixture.ts'
import { silentLog } from '#base/log.ts'
import { compile } from '#compiler/compile.ts'
import type { TestInvocation } from '#data-plane/test-exchange.ts'
import { testInvoke } from '#data-plane/test-invoke.ts'
import { textBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import { startHttpServer } from '#http/server.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { ACCOUNT, define, REGION, type MethodDefinition } from './support/definition.ts'
import { echo, LocalFunctions, returning } from './support/functions.ts'

// What an owner reads who tries a method: the execution log, line by line.

const backend = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: ({ target }) => {
    return {
      status: target.endsWith('missing') ? 404 : 200,
      headers: new Headers(['Content-Type', 'text/plain', 'X-Own', 'yes']),
      body: textBody('from the backend'),
    }
  },
})
const origin = `http://127.0.0.1:${backend.port}`
const httpClient = createHttpClient()
afterAll(async () => {
  httpClient.close()
  await backend.stop({ graceMs: 0 })
})

const functions = new LocalFunctions({
  echo,
  plain: returning({ a: 1 }),
  broken: () => ({
    payload: Buffer.from('{"errorMessage":"no","errorType":"Error","trace":[]}'),
    functionError: 'Unhandled',
    requestId: 'LAMBDAS',
  }),
})

function functionUri(name: string): string {
  return `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}/invocations`
}

const ENDPOINT = `https://lambda.${REGION}.amazonaws.com/2015-03-31/functions/arn:aws:lambda:${REGION}:${ACCOUNT}:function`
/** As AWS logs them, but for what signs a request. */
const REQUEST_HEADERS =
  'Endpoint request headers: {x-amzn-lambda-integration-tag=ID, X-Amz-Date=20231114T221320Z, ' +
  `x-amzn-apigateway-api-id=api1, X-Amz-Source-Arn=arn:aws:execute-api:${REGION}:${ACCOUNT}:api1/prod/GET/pets, ` +
  `Accept=application/json, User-Agent=AmazonAPIGateway_api1, Host=lambda.${REGION}.amazonaws.com, ` +
  'X-Amzn-Trace-Id=TRACE, Content-Type=application/json}'
const responseHeaders = (bytes: number, told = ''): string =>
  `Endpoint response headers: {Date=DATE, Content-Type=application/json, Content-Length=${bytes}, ` +
  `Connection=keep-alive${told}, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST, ` +
  'X-Amzn-Trace-Id=TRACE}'
const PASSED = { '200': {} }

interface Case {
  readonly name: string
  readonly path?: string
  readonly method: MethodDefinition
  readonly call?: Partial<TestInvocation>
  /** Status, then `name: value` lines. */
  readonly answer: readonly string[]
  readonly body: string
  readonly log: readonly string[]
}

const BEGINNING = [
  'Starting execution for request: ID',
  'HTTP Method: GET, Resource Path: /pets',
  'Method request path: {}',
  'Method request query string: {}',
  'Method request headers: {}',
  'Method request body before transformations: ',
] as const

const cases: readonly Case[] = [
  {
    name: 'MOCK has no endpoint',
    path: '/pets/{id}',
    method: {
      integration: {
        type: 'MOCK',
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        integrationResponses: {
          '200': { responseTemplates: { 'application/json': '{"id": "$input.params(\'id\')"}' } },
        },
      },
    },
    call: { target: '/pets/1?a=b&c=d&a=e', headers: ['x', 'y', 'z', ''], body: '{"q": 1}' },
    answer: ['200', 'Content-Type: application/json'],
    body: '{"id": "1"}',
    log: [
      'Starting execution for request: ID',
      'HTTP Method: GET, Resource Path: /pets/1',
      'Method request path: {id=1}',
      'Method request query string: {a=b,e, c=d}',
      'Method request headers: {x=y, z=}',
      'Method request body before transformations: {"q": 1}',
      'Method response body after transformations: {"id": "1"}',
      'Method response headers: {Content-Type=application/json}',
      'Successfully completed execution',
      'Method completed with status: 200',
    ],
  },
  {
    name: 'a path of another resource gives no parameters',
    path: '/pets/{id}',
    method: {
      integration: {
        type: 'MOCK',
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        integrationResponses: {
          '200': { responseTemplates: { 'application/json': "[$input.params('id')]" } },
        },
      },
    },
    call: { target: '/random/test' },
    answer: ['200', 'Content-Type: application/json'],
    body: '[]',
    log: [
      'Starting execution for request: ID',
      'HTTP Method: GET, Resource Path: /random/test',
      ...BEGINNING.slice(2),
      'Method response body after transformations: []',
      'Method response headers: {Content-Type=application/json}',
      'Successfully completed execution',
      'Method completed with status: 200',
    ],
  },
  {
    name: 'an endpoint that is none',
    method: { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://127.0.0.1:1/' } },
    answer: ['500', 'x-amzn-ErrorType: InternalServerErrorException'],
    body: '{"message": "Internal server error"}',
    log: [
      ...BEGINNING,
      'Execution failed due to configuration error: Invalid endpoint address',
      'Method completed with status: 500',
    ],
  },
  {
    name: 'HTTP_PROXY',
    method: { integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `${origin}/missing` } },
    call: { headers: ['h', '1'] },
    answer: [
      '404',
      'Content-Type: text/plain',
      'X-Own: yes',
      'x-amzn-Remapped-Date: DATE',
      'x-amzn-Remapped-Content-Length: 16',
      'x-amzn-Remapped-Connection: keep-alive',
    ],
    body: 'from the backend',
    log: [
      ...BEGINNING.slice(0, 4),
      'Method request headers: {h=1}',
      ...BEGINNING.slice(5),
      'Endpoint request URI: ORIGIN/missing',
      'Endpoint request headers: {h=1, X-Amzn-Apigateway-Api-Id=api1}',
      'Endpoint request body after transformations: ',
      'Sending request to ORIGIN/missing',
      'Received response. Status: 404, Integration latency: 0 ms',
      'Endpoint response headers: {Content-Type=text/plain, X-Own=yes, Date=DATE, Content-Length=16, Connection=keep-alive}',
      'Endpoint response body before transformations: from the backend',
      'Method response body after transformations: from the backend',
      'Method response headers: {Content-Type=text/plain, X-Own=yes, x-amzn-Remapped-Date=DATE, x-amzn-Remapped-Content-Length=16, x-amzn-Remapped-Connection=keep-alive}',
      'Successfully completed execution',
      'Method completed with status: 404',
    ],
  },
  {
    name: 'a function that fails',
    method: { integration: { type: 'AWS_PROXY', httpMethod: 'POST', uri: functionUri('broken') } },
    call: { headers: ['User-Agent', `x${'y'.repeat(1000)}`] },
    answer: ['502', 'x-amzn-ErrorType: InternalServerErrorException'],
    body: '{"message": "Internal server error"}',
    log: [
      ...BEGINNING.slice(0, 4),
      `Method request headers: {User-Agent=x${'y'.repeat(985)} [TRUNCATED]`,
      ...BEGINNING.slice(5),
      `Endpoint request URI: ${ENDPOINT}:broken/invocations`,
      REQUEST_HEADERS,
      'Endpoint request body after transformations: EVENT',
      `Sending request to ${ENDPOINT}:broken/invocations`,
      'Received response. Status: 200, Integration latency: 0 ms',
      responseHeaders(52, ', x-amzn-RequestId=LAMBDAS, X-Amz-Function-Error=Unhandled'),
      'Endpoint response body before transformations: {"errorMessage":"no","errorType":"Error","trace":[]}',
      'Lambda execution failed with status 200 due to customer function error: no. Lambda request id: LAMBDAS',
      'Method completed with status: 502',
    ],
  },
  {
    name: 'a request that is not valid',
    method: {
      requestValidatorId: 'all',
      requestParameters: { 'method.request.querystring.q': true },
      integration: { type: 'MOCK' },
    },
    answer: ['400', 'x-amzn-ErrorType: BadRequestException'],
    body: '{"message": "Missing required request parameters: [q]"}',
    log: [
      ...BEGINNING,
      'Missing required request parameters: [q]',
      'Gateway response type: BAD_REQUEST_PARAMETERS with status code: 400',
      'Method completed with status: 400',
    ],
  },
  {
    name: 'a body that its model refuses',
    method: {
      requestValidatorId: 'all',
      requestModels: { 'application/json': 'Pet' },
      integration: { type: 'MOCK' },
    },
    call: { body: '{"nickname": "x"}' },
    answer: ['400', 'x-amzn-ErrorType: BadRequestException'],
    body: '{"message": "Invalid request body"}',
    log: [
      ...BEGINNING.slice(0, 5),
      'Method request body before transformations: {"nickname": "x"}',
      'Request body does not match model schema for content type application/json: [object has missing required properties (["name"])]',
      'Gateway response type: BAD_REQUEST_BODY with status code: 400',
      'Method completed with status: 400',
    ],
  },
  {
    name: 'a function behind mappings',
    method: {
      integration: {
        type: 'AWS',
        httpMethod: 'POST',
        uri: functionUri('plain'),
        integrationResponses: PASSED,
      },
    },
    call: { body: '{"b": 2}' },
    answer: ['200', 'X-Amzn-Trace-Id: TRACE', 'Content-Type: application/json'],
    body: '{"a":1}',
    log: [
      ...BEGINNING.slice(0, 5),
      'Method request body before transformations: {"b": 2}',
      `Endpoint request URI: ${ENDPOINT}:plain/invocations`,
      REQUEST_HEADERS,
      'Endpoint request body after transformations: {"b": 2}',
      `Sending request to ${ENDPOINT}:plain/invocations`,
      'Received response. Status: 200, Integration latency: 0 ms',
      responseHeaders(7),
      'Endpoint response body before transformations: {"a":1}',
      'Method response body after transformations: {"a":1}',
      'Method response headers: {X-Amzn-Trace-Id=TRACE, Content-Type=application/json}',
      'Successfully completed execution',
      'Method completed with status: 200',
    ],
  },
  {
    name: 'a function behind mappings without a body, which it is given as {}',
    method: {
      integration: {
        type: 'AWS',
        httpMethod: 'POST',
        uri: functionUri('plain'),
        integrationResponses: PASSED,
      },
    },
    answer: ['200', 'X-Amzn-Trace-Id: TRACE', 'Content-Type: application/json'],
    body: '{"a":1}',
    log: [
      ...BEGINNING,
      `Endpoint request URI: ${ENDPOINT}:plain/invocations`,
      REQUEST_HEADERS,
      'Endpoint request body after transformations: ',
      `Sending request to ${ENDPOINT}:plain/invocations`,
      'Received response. Status: 200, Integration latency: 0 ms',
      responseHeaders(7),
      'Endpoint response body before transformations: {"a":1}',
      'Method response body after transformations: {"a":1}',
      'Method response headers: {X-Amzn-Trace-Id=TRACE, Content-Type=application/json}',
      'Successfully completed execution',
      'Method completed with status: 200',
    ],
  },
]

const services = {
  ports: { functions, counters: new MemoryCounters() },
  httpClient,
  log: silentLog,
  clock: steadily({ now: () => 1_700_000_000_000 }),
}

// Recorded on AWS: the console's test events.
test.each([
  ['no headers', [], null],
  ['one header', ['X-A', 'b'], { 'X-A': 'b' }],
])('the event of a test with %s has nothing that a client would bring', async (_, headers, shown) => {
  const integration = { type: 'AWS_PROXY', httpMethod: 'POST', uri: functionUri('echo') } as const
  const { snapshot, stage } = define('api1', { paths: { '/pets': { GET: { integration } } } })
  const { plan } = compile(snapshot, stage, { unguarded: true })
  const { body } = await testInvoke(
    plan,
    '/pets',
    { method: 'GET', target: '/pets', headers, body: '' },
    services,
  )
  expect(JSON.parse(body)).toMatchObject({
    headers: shown,
    path: '/pets',
    body: null,
    requestContext: {
      path: '/pets',
      identity: {
        sourceIp: 'test-invoke-source-ip',
        apiKey: 'test-invoke-api-key',
        apiKeyId: 'test-invoke-api-key-id',
      },
    },
  })
})

describe('a method that is tested', () => {
  for (const { name, path = '/pets', method, call, answer, body, log } of cases) {
    test(name, async () => {
      const { snapshot, stage } = define('api1', {
        paths: { [path]: { GET: method } },
        models: { Pet: { type: 'object', required: ['name'] } },
        requestValidators: [
          { id: 'all', name: 'all', validateRequestBody: true, validateRequestParameters: true },
        ],
      })
      const { plan } = compile(snapshot, stage, { unguarded: true })
      const invocation = { method: 'GET', target: path, headers: [], body: '', ...call }
      const result = await testInvoke(plan, path, invocation, services)
      const [first, ...lines] = result.log.split('\n')
      const id = first?.replace('Execution log for request ', '') as string
      const even = (text: string): string =>
        text
          .replaceAll(id, 'ID')
          .replaceAll(origin, 'ORIGIN')
          .replace(/transformations: \{"resource".*/, 'transformations: EVENT')
          .replace(/Root=[\w-]+/g, 'TRACE')
          .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, 'DATE')
      const shown = [String(result.status)]
      for (let i = 0; i < result.headers.length; i += 2)
        shown.push(even(`${result.headers[i]}: ${result.headers[i + 1]}`))
      expect(result.body).toBe(body)
      expect(shown).toEqual([...answer])
      expect(lines.map(even)).toEqual([...log.map((line) => `Tue Nov 14 22:13:20 UTC 2023 : ${line}`), ''])
    })
  }
})

import type { Counters } from '#base/counters.ts'
import { silentLog } from '#base/log.ts'
import { compile } from '#compiler/compile.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import { DomainTable } from '#data-plane/domains/domain-table.ts'
import { PlanTable } from '#data-plane/plan-table.ts'
import type { ApiPlan } from '#data-plane/plan.ts'
import type { FunctionInvoker, Ports } from '#data-plane/ports.ts'
import { createDataPlane } from '#data-plane/serve.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { headersOf, MessageHead, parseResponseHead } from '#http/head.ts'
import { defaultHttpLimits } from '#http/limits.ts'
import type { HttpHandler } from '#http/message.ts'
import { createDispatch } from '#server/dispatch.ts'
import { Explainer } from '#server/explain/explainer.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import {
  define,
  functionUri,
  mock,
  type IntegrationDefinition,
} from '../../test/conformance/rest/support/definition.ts'
import {
  defineHttpApi,
  toFunction,
  toUri,
  type RouteDefinition,
} from '../../test/conformance/http-api/support/definition.ts'
import { ORDER, REQUEST_TEMPLATE, RESPONSE_TEMPLATE } from '../rest/bench-api.ts'

export interface LoopCase {
  readonly name: string
  readonly title: string
  readonly status: number
  readonly handler: () => HttpHandler
  /** The bytes of one request. */
  readonly request: (number: number) => Buffer
}

const HOST = 'bench.execute-api.us-east-1.amazonaws.com'
const HEAD = `Host: ${HOST}\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n`
const API = 'bench'

/** Of a token's usual size; its last six places say whose it is. */
const TOKEN = `Bearer ${'x'.repeat(600)}`
const CALLERS = 100_000

const guarded = Buffer.from(`GET /prod/pets HTTP/1.1\r\n${HEAD}Authorization: ${TOKEN}000000\r\n\r\n`)
const callerAt = guarded.indexOf('000000\r\n')

function requestOf(caller: number): Buffer {
  let rest = caller
  for (let i = 5; i >= 0; i--) {
    guarded[callerAt + i] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return guarded
}

const encoded = (text: string): (() => Buffer) => {
  const bytes = Buffer.from(text)
  return () => bytes
}

const preflight = (origin: string): (() => Buffer) =>
  encoded(`OPTIONS /pets HTTP/1.1\r\n${HEAD}Origin: ${origin}\r\nAccess-Control-Request-Method: GET\r\n\r\n`)

const CORS = {
  allowOrigins: ['https://www.example.com'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization'],
  maxAge: 300,
}

export const loopCases: readonly LoopCase[] = [
  {
    name: 'mock',
    title: 'MOCK with its two templates',
    status: 200,
    handler: () => restApi(mock('{}')),
    request: encoded(`GET /prod/pets HTTP/1.1\r\n${HEAD}Authorization: ${TOKEN}000000\r\n\r\n`),
  },
  {
    name: 'authorizer',
    title: 'the same with a Lambda authorizer (TOKEN), answer kept',
    status: 200,
    handler: () => restApi(mock('{}'), true),
    request: () => guarded,
  },
  {
    name: 'identities',
    title: 'the same, of 100,000 callers in turn',
    status: 200,
    handler: () => restApi(mock('{}'), true),
    request: (number) => requestOf(number % CALLERS),
  },
  {
    name: 'preflight',
    title: 'a CORS preflight of an HTTP API',
    status: 204,
    handler: () => httpApi(toUri('http://backend.example/')),
    request: preflight('https://www.example.com'),
  },
  {
    name: 'mapped',
    title: 'POST of 1 KB, mapping templates both ways',
    status: 200,
    handler: () =>
      restApi({
        type: 'HTTP',
        httpMethod: 'POST',
        uri: 'http://backend.example/',
        passthroughBehavior: 'NEVER',
        requestTemplates: { 'application/json': REQUEST_TEMPLATE },
        integrationResponses: { 200: { responseTemplates: { 'application/json': RESPONSE_TEMPLATE } } },
      }),
    request: encoded(
      `POST /prod/pets HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: ${ORDER.length}\r\n\r\n${ORDER}`,
    ),
  },
  {
    name: 'lambda',
    title: 'an HTTP API calls a function, payload format 2.0, that answers at once',
    status: 200,
    handler: () => httpApi(toFunction('hello')),
    request: encoded(`GET /pets HTTP/1.1\r\n${HEAD}\r\n`),
  },
]

function restApi(integration: IntegrationDefinition, isGuarded: boolean = false): HttpHandler {
  const method = {
    integration,
    ...(isGuarded ? { authorizationType: 'CUSTOM', authorizerId: 'a' } : {}),
    methodResponses: { 200: { statusCode: '200' } },
  }
  const { snapshot, stage } = define(API, {
    paths: { '/pets': { GET: method, POST: method } },
    authorizers: [{ id: 'a', authorizerUri: functionUri('authorizer'), authorizerResultTtlInSeconds: 3600 }],
  })
  return handlerOf(compile(snapshot, stage).plan)
}

function httpApi(route: RouteDefinition): HttpHandler {
  const { snapshot, stage } = defineHttpApi(API, {
    routes: { 'GET /pets': route },
    api: { corsConfiguration: CORS },
  })
  return handlerOf(compileHttpApi(snapshot, stage).plan)
}

function handlerOf(plan: ApiPlan): HttpHandler {
  const planTable = new PlanTable()
  planTable.swap(plan)
  const ports = {
    functions,
    authorizerAnswers: new MemoryAnswerCache<AuthorizerAnswer>(),
  } as unknown as Ports
  return createDispatch({
    dataPlane: createDataPlane({ planTable, ports, httpClient, log: silentLog }),
    domains: new DomainTable(),
    counters: {} as Counters,
    office: () => {
      throw new Error('a request for no API')
    },
    explainer: new Explainer(),
  })
}

const HELLO = Buffer.from(
  '{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\\"message\\":\\"hello\\"}"}',
)

/** An authorizer that lets everybody in, and a function that says hello. */
const functions: FunctionInvoker = {
  invoke({ functionArn, payload }) {
    if (!functionArn.endsWith(':authorizer')) return Promise.resolve({ payload: HELLO, requestId: 'r' })
    const { authorizationToken, methodArn } = JSON.parse(Buffer.from(payload).toString()) as Record<
      string,
      string
    >
    const answer = {
      principalId: authorizationToken?.slice(-12),
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn?.replace(/[/].*/, '/*') },
        ],
      },
      context: { tenant: 'blue', level: 3 },
    }
    return Promise.resolve({ payload: Buffer.from(JSON.stringify(answer)), requestId: crypto.randomUUID() })
  },
  invokeStreaming() {
    throw new Error('nothing is streamed here')
  },
}

const ANSWER_BODY = Buffer.from('{"message":"hello","items":[1,2,3,4,5,6,7,8],"ok":true}')
const ANSWER_HEAD = Buffer.from(
  `HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: ${ANSWER_BODY.length}\r\nConnection: keep-alive\r\n\r\n`,
)

/** Whatever it is asked: what a backend answers, read as its bytes would be. */
const httpClient: HttpClient = {
  send() {
    const head = new MessageHead()
    parseResponseHead(head, ANSWER_HEAD, 0, ANSWER_HEAD.length, defaultHttpLimits)
    return Promise.resolve({
      status: head.status,
      reason: head.reason,
      headers: headersOf(head),
      version: '1.1',
      body: new WholeBody(ANSWER_BODY),
    })
  },
  connections: 0,
  close() {},
}

import { answering, returning, throwing, unavailable } from '../rest/support/functions.ts'
import { functionUri } from '../rest/support/definition.ts'
import type { WebSocketCase } from './support/case.ts'
import { mocked, toFunction } from './support/definition.ts'

const guide = 'developer guide, "Manage connected users and client apps: $connect and $disconnect routes"'
const connect = toFunction('f')
const FORBIDDEN = '{"message": "Forbidden", "connectionId":"<id>", "requestId":"<id>"}'
const FAILED = '{"message": "Internal server error", "connectionId":"<id>", "requestId":"<id>"}'

function allowing(context: Readonly<Record<string, unknown>> = {}, Effect: string = 'Allow'): string {
  const statement = { Action: 'execute-api:Invoke', Effect, Resource: '*' }
  return JSON.stringify({
    principalId: 'me',
    policyDocument: { Version: '2012-10-17', Statement: [statement] },
    context,
  })
}

const authorized: WebSocketCase['api'] = {
  routes: {
    $connect: { authorizationType: 'CUSTOM', authorizerId: 'auth' },
    $default: mocked('$context.authorizer.role $context.authorizer.principalId'),
  },
  authorizers: [
    {
      authorizerId: 'auth',
      authorizerUri: functionUri('auth'),
      identitySource: ['route.request.querystring.token'],
    },
  ],
}

export const handshakeCases: readonly WebSocketCase[] = [
  {
    name: 'without a $connect route everybody is let in',
    api: { routes: { $default: mocked('hello') } },
    talk: [{ send: 'text x' }, { sees: 'text hello' }],
  },
  {
    name: 'a $connect route without an integration lets everybody in',
    source: guide,
    api: { routes: { $connect: {} } },
  },
  {
    name: 'a function answers 200',
    source: guide,
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: 200 }) },
  },
  {
    name: 'any status of 2xx will do',
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: 204 }) },
  },
  ...[302, 400, 401, 403, 418, 500, 503].map((status): WebSocketCase => ({
    name: `${status} of the integration is the client's answer`,
    source: guide,
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: status, body: 'no' }) },
    refused: { status, body: 'no' },
  })),
  {
    name: 'a function that fails',
    api: { routes: { $connect: connect } },
    functions: { f: throwing('x') },
    refused: { status: 502, body: FAILED },
  },
  {
    name: 'a function that answers no proxy response',
    api: { routes: { $connect: connect } },
    functions: { f: answering('null') },
    refused: { status: 502, body: FAILED },
  },
  {
    name: 'a function that may not be invoked',
    api: { routes: { $connect: connect } },
    functions: { f: unavailable('access-denied') },
    refused: { status: 500, body: FAILED },
  },
  {
    name: 'an integration that is not there',
    api: {
      routes: {
        $connect: { integration: { integrationType: 'HTTP_PROXY', integrationUri: 'http://nobody.test/' } },
      },
    },
    refused: { status: 500, body: FAILED },
  },
  {
    name: 'HTTP_PROXY that answers 200',
    api: {
      routes: {
        $connect: {
          integration: {
            integrationType: 'HTTP_PROXY',
            integrationUri: 'http://backend.test/in',
            integrationMethod: 'GET',
            requestParameters: {
              'integration.request.header.id': 'context.connectionId',
              'integration.request.querystring.t': 'route.request.querystring.token',
            },
          },
        },
      },
    },
    connect: { target: '?token=t1' },
    received: [{ method: 'GET', target: '/in?t=t1', header: { id: '<id>' } }],
  },
  {
    name: 'HTTP_PROXY that refuses',
    api: {
      routes: {
        $connect: {
          integration: { integrationType: 'HTTP_PROXY', integrationUri: 'http://backend.test/in' },
        },
      },
    },
    backend: { status: 403, body: 'go away' },
    refused: { status: 403, body: 'go away' },
  },
  {
    name: 'MOCK that accepts',
    api: { routes: { $connect: { integration: { requestTemplates: { $default: '{"statusCode":200}' } } } } },
  },
  {
    name: 'MOCK that refuses',
    api: { routes: { $connect: { integration: { requestTemplates: { $default: '{"statusCode":401}' } } } } },
    refused: { status: 401 },
  },
  {
    name: 'AWS: a function that fails lets nobody in',
    api: {
      routes: {
        $connect: {
          integration: {
            integrationType: 'AWS',
            integrationUri: functionUri('f'),
            requestTemplates: { $default: '{"a":1}' },
          },
        },
      },
    },
    functions: { f: throwing('x') },
    refused: { status: 502, body: FAILED },
  },
  {
    name: 'AWS: a function that answers',
    api: {
      routes: {
        $connect: {
          integration: {
            integrationType: 'AWS',
            integrationUri: functionUri('f'),
            requestTemplates: { $default: '{"id":"$context.connectionId"}' },
          },
        },
      },
    },
    functions: { f: returning('ok') },
    invoked: [{ id: '<id>' }],
  },
  {
    name: 'the function chooses the subprotocol',
    source: 'developer guide, "Set up a $connect route that requires a WebSocket subprotocol"',
    api: { routes: { $connect: connect } },
    functions: {
      f: returning({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'b', 'X-Own': '1' } }),
    },
    connect: { fields: { 'Sec-WebSocket-Protocol': 'a, b' } },
    header: { 'Sec-WebSocket-Protocol': 'b', 'X-Own': '1' },
  },
  {
    name: 'a subprotocol that was not offered is none',
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'c' } }) },
    connect: { fields: { 'Sec-WebSocket-Protocol': 'a, b' } },
    header: { 'Sec-WebSocket-Protocol': null },
  },
  {
    name: 'nobody chooses a subprotocol',
    api: { routes: { $connect: {} } },
    connect: { fields: { 'Sec-WebSocket-Protocol': 'a' } },
    header: { 'Sec-WebSocket-Protocol': null },
  },
  {
    name: 'a request that is no handshake',
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: 200 }) },
    connect: { fields: { Upgrade: undefined } },
    refused: { status: 426 },
    invoked: [],
  },
  {
    name: 'a handshake without a key',
    api: { routes: { $connect: connect } },
    connect: { fields: { 'Sec-WebSocket-Key': undefined } },
    refused: { status: 400 },
    invoked: [],
  },
  {
    name: 'a version that is not spoken',
    api: { routes: { $connect: connect } },
    connect: { fields: { 'Sec-WebSocket-Version': '8' } },
    refused: { status: 426 },
    header: { 'Sec-WebSocket-Version': '13' },
    invoked: [],
  },
  {
    name: 'a URL beyond its limit',
    source: 'developer guide, "Quotas for configuring and running a WebSocket API"',
    api: { routes: { $connect: connect } },
    functions: { f: returning({ statusCode: 200 }) },
    connect: { target: `?long=${'a'.repeat(4080)}` },
    refused: { status: 414 },
    invoked: [],
  },
  {
    name: 'a URL within it',
    api: { routes: { $connect: {} } },
    connect: { target: `?long=${'a'.repeat(3900)}` },
  },
  { name: 'one slash after the stage', api: { routes: { $connect: {} } }, connect: { target: '/' } },
  {
    name: 'a path below the stage',
    api: { routes: { $connect: {} } },
    connect: { target: '/more' },
    refused: { status: 403 },
  },
  {
    name: 'a stage that is not there',
    api: { routes: { $connect: {} }, stage: { stageName: 'other' } },
    refused: { status: 403 },
  },
  {
    name: 'the address is disabled',
    api: { routes: { $connect: {} }, api: { disableExecuteApiEndpoint: true } },
    refused: { status: 403 },
  },
  {
    name: 'an authorizer lets in, and messages know what it said',
    api: authorized,
    functions: { auth: answering(allowing({ role: 'admin', n: 1 })) },
    connect: { target: '?token=t' },
    talk: [{ send: 'text x' }, { sees: 'text admin me' }],
  },
  {
    name: 'an authorizer denies',
    api: authorized,
    functions: { auth: answering(allowing({}, 'Deny')) },
    connect: { target: '?token=t' },
    refused: { status: 403, body: FORBIDDEN },
  },
  {
    name: 'an authorizer that throws Unauthorized',
    api: authorized,
    functions: { auth: throwing('Unauthorized') },
    connect: { target: '?token=t' },
    refused: { status: 401, body: FORBIDDEN.replace('Forbidden', 'Unauthorized') },
  },
  {
    name: 'an authorizer that fails',
    api: authorized,
    functions: { auth: throwing('x') },
    connect: { target: '?token=t' },
    refused: { status: 500, body: FAILED },
  },
  {
    name: 'an identity source that is missing: nobody is asked',
    source: 'developer guide, "Control access to a WebSocket API with AWS Lambda REQUEST authorizers"',
    api: authorized,
    functions: { auth: answering(allowing()) },
    refused: { status: 401 },
    invoked: [],
  },
  {
    name: 'AWS_IAM: without a signature',
    api: { routes: { $connect: { authorizationType: 'AWS_IAM' } } },
    refused: { status: 403, body: FORBIDDEN },
  },
  {
    name: 'an API key that is missing',
    api: { routes: { $connect: { apiKeyRequired: true } } },
    refused: { status: 403, body: FORBIDDEN },
  },
  {
    name: 'the throttle of the route',
    api: {
      routes: { $connect: {} },
      stage: { routeSettings: { $connect: { throttlingRateLimit: 0, throttlingBurstLimit: 0 } } },
    },
    refused: { status: 429, body: FORBIDDEN.replace('Forbidden', 'Too Many Requests') },
  },
  {
    name: 'a parameter that is required and missing',
    api: {
      routes: { $connect: { requestParameters: { 'route.request.querystring.token': { required: true } } } },
    },
    refused: {
      status: 400,
      body: FORBIDDEN.replace('Forbidden', 'Missing required request parameters: [token]'),
    },
  },
  {
    name: 'a parameter that is required and there',
    api: {
      routes: { $connect: { requestParameters: { 'route.request.querystring.token': { required: true } } } },
    },
    connect: { target: '?token=t' },
  },
]

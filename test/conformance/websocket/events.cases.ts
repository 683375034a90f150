import { expect } from 'bun:test'
import { answering, returning } from '../rest/support/functions.ts'
import { functionUri } from '../rest/support/definition.ts'
import type { WebSocketCase } from './support/case.ts'
import { toFunction } from './support/definition.ts'

const source =
  'developer guide, "Set up a Lambda proxy integration"; events of aws-lambda-go and the AWS docs'
const HOST = '<api>.execute-api.us-east-1.amazonaws.com'
const functions = { f: returning({ statusCode: 200 }) }
const all: WebSocketCase['api'] = {
  routes: { $connect: toFunction('f'), $disconnect: toFunction('f'), $default: toFunction('f') },
}
const context = {
  extendedRequestId: '<id>',
  requestTime: '<time>',
  messageDirection: 'IN',
  stage: 'prod',
  connectedAt: '<epoch>',
  requestTimeEpoch: '<epoch>',
  identity: { sourceIp: '127.0.0.1' },
  requestId: '<id>',
  domainName: HOST,
  connectionId: '<id>',
  apiId: '<api>',
}
const connected = { requestContext: { ...context, routeKey: '$connect', eventType: 'CONNECT' } }

/** How a connection ends, and what is told of it. */
const ends: readonly (readonly [
  name: string,
  talk: WebSocketCase['talk'],
  code: number,
  reason: string,
  limits?: WebSocketCase['limits'],
])[] = [
  ['the client closes', [{ send: 'close 1000 bye' }, { sees: 'close 1000 bye' }], 1000, 'bye'],
  ['the client closes without a reason', [{ send: 'close 4001' }, { sees: 'close 4001' }], 4001, ''],
  [
    'the client closes without a code',
    [{ send: 'close' }, { sees: 'close' }],
    1005,
    'Client-side close frame status not set',
  ],
  ['the client is gone', [{ finish: 'RST' }], 1006, 'Connection closed abnormally'],
  ['the client ends its half', [{ finish: 'FIN' }], 1006, 'Connection closed abnormally'],
  [
    'binary',
    [{ send: 'binary 00' }, { sees: 'close 1003 Binary data is not supported' }],
    1003,
    'Binary data is not supported',
  ],
  [
    'a message that is too large',
    [{ send: 'text 123456789' }, { sees: 'close 1009 message larger than 8 bytes' }],
    1009,
    'message larger than 8 bytes',
    { messageBytesMax: 8 },
  ],
  [
    'a frame that is too large',
    [{ send: 'text 123456789' }, { sees: 'close 1009 frame larger than 8 bytes' }],
    1009,
    'frame larger than 8 bytes',
    { frameBytesMax: 8 },
  ],
]

export const eventCases: readonly WebSocketCase[] = [
  {
    name: 'CONNECT: every member',
    source,
    api: { ...all, stage: { stageVariables: { v: 'w' } } },
    functions,
    connect: {
      target: '?a=1&a=2&b=%20c',
      fields: { 'User-Agent': 'curl', 'X-Two': '1', 'x-two': '2', Origin: 'http://o' },
    },
    invoked: [
      {
        headers: {
          Host: HOST,
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Version': '13',
          'User-Agent': 'curl',
          'X-Two': '2',
          Origin: 'http://o',
          'X-Amzn-Trace-Id': '<trace>',
          'X-Forwarded-For': '127.0.0.1',
          'X-Forwarded-Port': '80',
          'X-Forwarded-Proto': 'http',
        },
        multiValueHeaders: { Host: [HOST], 'X-Two': ['1', '2'] },
        queryStringParameters: { a: '2', b: ' c' },
        multiValueQueryStringParameters: { a: ['1', '2'], b: [' c'] },
        requestContext: {
          ...context,
          routeKey: '$connect',
          eventType: 'CONNECT',
          identity: { userAgent: 'curl', sourceIp: '127.0.0.1' },
        },
        stageVariables: { v: 'w' },
        isBase64Encoded: false,
      },
      { stageVariables: { v: 'w' } },
    ],
    absent: [
      'body',
      'requestContext.messageId',
      'requestContext.authorizer',
      'pathParameters',
      'httpMethod',
      'resource',
    ],
  },
  {
    name: 'CONNECT: what there is nothing of is left out',
    api: all,
    functions,
    invoked: [connected, {}],
    absent: [
      'queryStringParameters',
      'multiValueQueryStringParameters',
      'stageVariables',
      'requestContext.identity.userAgent',
    ],
  },
  {
    name: 'MESSAGE: every member',
    source,
    api: { routes: { $default: toFunction('f') }, stage: { stageVariables: { v: 'w' } } },
    functions,
    talk: [{ send: 'text {"action":"é"}' }],
    invoked: [
      {
        requestContext: { ...context, routeKey: '$default', messageId: '<id>', eventType: 'MESSAGE' },
        stageVariables: { v: 'w' },
        body: '{"action":"é"}',
        isBase64Encoded: false,
      },
    ],
    absent: ['headers', 'multiValueHeaders', 'queryStringParameters', 'requestContext.disconnectStatusCode'],
  },
  ...ends.map(([name, talk, code, reason, limits]): WebSocketCase => ({
    name: `DISCONNECT: ${name}`,
    source,
    api: { routes: { $disconnect: toFunction('f') } },
    functions,
    talk: talk ?? [],
    ...(limits === undefined ? {} : { limits }),
    invoked: [
      {
        headers: { Host: HOST, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
        multiValueHeaders: { Host: [HOST], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
        requestContext: {
          ...context,
          routeKey: '$disconnect',
          disconnectStatusCode: code,
          eventType: 'DISCONNECT',
          disconnectReason: reason,
        },
        isBase64Encoded: false,
      },
    ],
    absent: ['body', 'requestContext.messageId'],
  })),
  {
    name: 'DISCONNECT: no throttle keeps it back',
    api: {
      routes: { $disconnect: toFunction('f') },
      stage: { routeSettings: { $disconnect: { throttlingRateLimit: 0, throttlingBurstLimit: 0 } } },
    },
    functions,
    invoked: [{ requestContext: { eventType: 'DISCONNECT' } }],
  },
  {
    name: 'of an authorizer',
    source: 'developer guide, "Control access to a WebSocket API with AWS Lambda REQUEST authorizers"',
    api: {
      routes: {
        $connect: { ...toFunction('f'), authorizationType: 'CUSTOM', authorizerId: 'auth' },
        $default: toFunction('f'),
      },
      authorizers: [
        {
          authorizerId: 'auth',
          authorizerUri: functionUri('auth'),
          identitySource: ['route.request.header.Auth'],
        },
      ],
    },
    functions: {
      f: returning({ statusCode: 200 }),
      auth: answering(
        JSON.stringify({
          principalId: 'me',
          policyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Action: 'execute-api:Invoke',
                Effect: 'Allow',
                Resource: 'arn:aws:execute-api:us-east-1:123456789012:*/prod/$connect',
              },
            ],
          },
          context: { role: 'admin', n: 1, yes: true },
        }),
      ),
    },
    connect: { target: '?q=1', fields: { Auth: 'me' } },
    talk: [{ send: 'text x' }],
    invoked: [
      {
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:us-east-1:123456789012:<api>/prod/$connect',
        headers: {
          Auth: 'me',
          Host: HOST,
          Connection: 'upgrade',
          'content-length': '0',
          Upgrade: 'websocket',
        },
        multiValueHeaders: { Auth: ['me'] },
        queryStringParameters: { q: '1' },
        multiValueQueryStringParameters: { q: ['1'] },
        stageVariables: {},
        requestContext: { ...context, routeKey: '$connect', eventType: 'CONNECT' },
      },
      {
        requestContext: {
          routeKey: '$connect',
          authorizer: {
            principalId: 'me',
            role: 'admin',
            n: '1',
            yes: 'true',
            integrationLatency: expectNumber(),
          },
        },
      },
      { requestContext: { routeKey: '$default', authorizer: { principalId: 'me', role: 'admin' } } },
    ],
    absent: ['pathParameters', 'requestContext.resourcePath'],
  },
]

/** Of whatever size. */
function expectNumber(): number {
  return expect.any(Number) as unknown as number
}

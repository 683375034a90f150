import { echo, returning } from '../rest/support/functions.ts'
import type { WebSocketCase } from './support/case.ts'
import { mocked, toFunction } from './support/definition.ts'

const guide = 'developer guide, "Working with routes for WebSocket APIs"'
const FORBIDDEN = 'text {"message": "Forbidden", "connectionId":"<id>", "requestId":"<id>"}'
const BAD = 'text {"message": "Bad request body", "connectionId":"<id>", "messageId":"<id>"}'

const routed: WebSocketCase['api'] = {
  routes: { join: mocked('joined'), 'a b': mocked('blank'), $default: mocked('default $context.routeKey') },
}
const nested: WebSocketCase['api'] = {
  api: { routeSelectionExpression: '${request.body.service}/${request.body.data.action}' },
  routes: { 'chat/join': mocked('nested'), $default: mocked('default') },
}
const strict: WebSocketCase['api'] = { routes: { join: mocked('joined') } }
const modelled: WebSocketCase['api'] = {
  routes: {
    $default: {
      ...mocked('fits'),
      modelSelectionExpression: '$request.body.kind',
      requestModels: { a: 'A', $default: 'D' },
    },
    only: { ...mocked('fits'), modelSelectionExpression: '$request.body.kind', requestModels: { a: 'A' } },
  },
  models: {
    A: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
    D: { type: 'object', required: ['d'] },
  },
}

const selected: readonly (readonly [api: WebSocketCase['api'], message: string, frame: string])[] = [
  [routed, '{"action":"join"}', 'text joined'],
  [routed, ' {"action" : "join", "x": [1]} ', 'text joined'],
  [routed, '{"action":"a b"}', 'text blank'],
  [routed, '{"action":"Join"}', 'text default $default'],
  [routed, '{"action":""}', 'text default $default'],
  [routed, '{"action":["join"]}', 'text default $default'],
  [routed, '{"action":null}', 'text default $default'],
  [routed, '{}', 'text default $default'],
  [routed, 'null', 'text default $default'],
  [routed, '"join"', 'text default $default'],
  [routed, 'not JSON', 'text default $default'],
  [routed, '', 'text default $default'],
  [routed, '{"action":"$connect"}', 'text default $default'],
  [routed, '{"action":"$disconnect"}', 'text default $default'],
  [routed, '{"action":"__proto__"}', 'text default $default'],
  [nested, '{"service":"chat","data":{"action":"join"}}', 'text nested'],
  [nested, '{"service":"chat"}', 'text default'],
  [{ ...routed, api: { routeSelectionExpression: 'join' } }, 'whatever', 'text joined'],
  [{ ...routed, api: { routeSelectionExpression: '$context.stage' } }, 'x', 'text default $default'],
  [strict, '{"action":"join"}', 'text joined'],
  [strict, '{"action":"leave"}', FORBIDDEN],
  [strict, 'not JSON', FORBIDDEN],
  [modelled, '{"kind":"a","a":1}', 'text fits'],
  [modelled, '{"kind":"a","a":"1"}', BAD],
  [modelled, '{"kind":"b","d":1}', 'text fits'],
  [modelled, '{"kind":"b"}', BAD],
  [modelled, 'not JSON', BAD],
  [modelled, '{"action":"only","kind":"a","a":1}', 'text fits'],
  [modelled, '{"action":"only","kind":"b","a":1}', BAD],
]

export const messageCases: readonly WebSocketCase[] = [
  ...selected.map(([api, message, frame], at): WebSocketCase => ({
    name: `${at}: ${message.slice(0, 50)} → ${frame.slice(0, 40)}`,
    source: guide,
    api,
    talk: [{ send: `text ${message}` }, { sees: frame }],
  })),
  {
    name: 'no route is left without an answer, and the connection stays',
    api: strict,
    talk: [
      { send: 'text x' },
      { sees: FORBIDDEN },
      { send: 'text {"action":"join"}' },
      { sees: 'text joined' },
      { send: 'ping hi' },
      { sees: 'pong hi' },
    ],
  },
  {
    name: 'the throttle of a route',
    api: {
      ...routed,
      stage: { routeSettings: { join: { throttlingRateLimit: 0, throttlingBurstLimit: 0 } } },
    },
    talk: [
      { send: 'text {"action":"join"}' },
      { sees: 'text {"message": "Too Many Requests", "connectionId":"<id>", "requestId":"<id>"}' },
      { send: 'text {}' },
      { sees: 'text default $default' },
    ],
  },
  {
    name: '$context of a message',
    api: {
      routes: {
        $default: mocked(
          '$context.eventType $context.routeKey $context.stage $context.apiId $context.connectionId $context.messageId ' +
            '$context.requestId $context.extendedRequestId $context.identity.sourceIp $context.domainName [$context.httpMethod]',
        ),
      },
    },
    talk: [
      { send: 'text x' },
      {
        sees: 'text MESSAGE $default prod <api> <id> <id> <id> <id> 127.0.0.1 <api>.execute-api.us-east-1.amazonaws.com []',
      },
    ],
  },
  {
    name: 'binary, where it is taken',
    api: { routes: { $default: { ...toFunction('f'), twoWay: true } } },
    functions: {
      f: (payload) => {
        const { body, isBase64Encoded } = JSON.parse(payload) as { body: string; isBase64Encoded: boolean }
        return { payload: Buffer.from(JSON.stringify({ statusCode: 200, body, isBase64Encoded })) }
      },
    },
    limits: { binaryBytesMax: 4 },
    talk: [
      { send: 'binary 00ff' },
      { sees: 'binary 00ff' },
      { send: 'text x' },
      { sees: 'text x' },
      { send: 'binary 0011223344' },
      { sees: 'close 1009 binary larger than 4 bytes' },
    ],
    invoked: [
      { body: 'AP8=', isBase64Encoded: true },
      { body: 'x', isBase64Encoded: false },
    ],
  },
  {
    name: 'a function on a one-way route: what it answers goes nowhere',
    source: 'developer guide, "Set up route responses for WebSocket APIs"',
    api: { routes: { $default: toFunction('f'), next: mocked('next') } },
    functions: { f: returning({ statusCode: 200, body: 'lost' }) },
    talk: [{ send: 'text x' }, { send: 'text {"action":"next"}' }, { sees: 'text next' }],
    invoked: [{ body: 'x' }],
  },
  {
    name: 'a function on a two-way route: its body is the frame',
    api: { routes: { $default: { ...toFunction('f'), twoWay: true } } },
    functions: { f: returning({ statusCode: 200, body: 'héllo' }) },
    talk: [{ send: 'text x' }, { sees: 'text héllo' }],
  },
  {
    name: 'a two-way route of which a function answers no body sends nothing',
    api: { routes: { $default: { ...toFunction('f'), twoWay: true }, next: mocked('next') } },
    functions: { f: returning({ statusCode: 200 }) },
    talk: [{ send: 'text x' }, { send: 'text {"action":"next"}' }, { sees: 'text next' }],
  },
  {
    name: 'an empty body is an empty frame',
    api: { routes: { $default: { ...toFunction('f'), twoWay: true } } },
    functions: { f: returning({ statusCode: 200, body: '' }) },
    talk: [{ send: 'text ' }, { sees: 'text ' }],
  },
  {
    name: 'messages are answered in their order',
    api: { routes: { slow: { ...toFunction('slow'), twoWay: true }, $default: mocked('quick') } },
    functions: {
      slow: async () => {
        await Bun.sleep(10)
        return { payload: Buffer.from('{"statusCode":200,"body":"slow"}') }
      },
    },
    talk: [
      { send: 'text {"action":"slow"}' },
      { send: 'text x' },
      { send: 'text {"action":"slow"}' },
      { send: 'text y' },
      { sees: 'text slow' },
      { sees: 'text quick' },
      { sees: 'text slow' },
      { sees: 'text quick' },
    ],
  },
  {
    name: 'what was sent before a close is still told to the integration, and the close after it',
    api: { routes: { $default: toFunction('f'), $disconnect: toFunction('f') } },
    functions: {
      f: async (payload, call) => {
        await Bun.sleep(5)
        return echo(payload, call)
      },
    },
    talk: [{ send: 'text 1' }, { send: 'text 2' }, { send: 'close 1000' }, { sees: 'close 1000' }],
    invoked: [{ body: '1' }, { body: '2' }, { requestContext: { eventType: 'DISCONNECT' } }],
  },
  {
    name: 'a client that sends more than waits is read later, and nothing is lost',
    api: { routes: { $default: { ...toFunction('f'), twoWay: true } } },
    functions: {
      f: async (payload) => {
        await Bun.sleep(1)
        const { body } = JSON.parse(payload) as { body: string }
        return { payload: Buffer.from(JSON.stringify({ statusCode: 200, body })) }
      },
    },
    limits: { queuedMessagesMax: 2 },
    talk: [
      ...Array.from({ length: 10 }, (_, at) => ({ send: `text ${at}` })),
      ...Array.from({ length: 10 }, (_, at) => ({ sees: `text ${at}` })),
    ],
  },
]

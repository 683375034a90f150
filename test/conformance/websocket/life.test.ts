import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { KeyLookup } from '#base/caller.ts'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { readFacts, writeFacts } from '#data-plane/websocket/connection-facts.ts'
import type { WebSocketApiLimits } from '#data-plane/websocket/websocket-limits.ts'
import { RawClient } from '../http/support/raw-client.ts'
import { handshakeText } from '../http/support/websocket.ts'
import { ACCOUNT, REGION } from '../rest/support/definition.ts'
import { LocalFunctions, returning } from '../rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import { signed, userKey } from '../rest/support/signed.ts'
import { FrameClient } from './support/client.ts'
import {
  defineWebSocketApi,
  mocked,
  STAGE,
  toFunction,
  type WebSocketApiDefinition,
} from './support/definition.ts'

// What becomes of connections while time passes, stages change, integrations hang and clients flood.

const API = 'living'
const keys: Record<string, KeyLookup> = {
  GUEST: userKey('GUEST', { allow: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API}/${STAGE}/$connect` }),
  OTHER: userKey('OTHER', { allow: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API}/${STAGE}/GET/` }),
}
let house: House
beforeAll(async () => {
  house = await startHouse({ callers: { find: async (id) => keys[id] ?? 'unknown' } })
})
afterAll(() => house.stop())

function deploy(
  definition: WebSocketApiDefinition,
  limits: Partial<WebSocketApiLimits> = {},
): LocalFunctions {
  const functions = new LocalFunctions({ f: returning({ statusCode: 200 }) })
  house.functions = functions
  const { snapshot, stage } = defineWebSocketApi(API, definition)
  const webSocket = { ...awsLimits.webSocket, ...limits }
  house.planTable.swap(compileWebSocketApi(snapshot, stage, { limits: { ...awsLimits, webSocket } }).plan)
  return functions
}

const open = (fields: Readonly<Record<string, string>> = {}): Promise<FrameClient> =>
  FrameClient.open(house.port, `/${STAGE}`, { Host: hostOf(API), ...fields })

/** Once no connection is held, and every end is told. */
async function ended(): Promise<void> {
  while (house.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await house.connections.settled()
}

function eventsOf({ calls }: LocalFunctions): Record<string, unknown>[] {
  return calls.map(({ payload }) => {
    const { requestContext } = JSON.parse(Buffer.from(payload).toString('utf8')) as {
      requestContext: Record<string, unknown>
    }
    return requestContext
  })
}

const routes = { $disconnect: toFunction('f'), $default: mocked('x') }

for (const [what, limits] of [
  ['idle', { idleTimeoutMs: 20 }],
  ['old', { lifetimeMs: 20 }],
] as const) {
  test(`a client that is ${what} is told 1001, and its end once`, async () => {
    const functions = deploy({ routes }, limits)
    const client = await open()
    expect(await client.next()).toBe('close 1001 Going away')
    await client.send('close 1001')
    await ended()
    expect(eventsOf(functions)).toMatchObject([
      { eventType: 'DISCONNECT', disconnectStatusCode: 1001, disconnectReason: 'Going away' },
    ])
  })
}

test('a connection outlives its deployment, and is routed by the next one', async () => {
  deploy({ routes: { $default: mocked('first') } })
  const client = await open()
  await client.send('text x')
  expect(await client.next()).toBe('text first')
  deploy({ routes: { $default: mocked('second') } })
  await client.send('text x')
  expect(await client.next()).toBe('text second')
  client.finish('RST')
  await ended()
})

test('a message for a stage that is gone closes its connection', async () => {
  deploy({ routes })
  const client = await open()
  house.planTable.remove(API, STAGE)
  await client.send('text x')
  expect(await client.next()).toBe('close 1001 Going away')
  client.finish('RST')
  await ended()
})

test('a stage that ends while $connect is asked: its client is told so at once', async () => {
  const functions = deploy({ routes: { $connect: toFunction('f') } })
  house.functions = {
    invoke: async (call) => {
      house.planTable.remove(API, STAGE)
      return functions.invoke(call)
    },
  }
  const client = await open()
  expect(await client.next()).toBe('close 1001 Going away')
  client.finish('RST')
  await ended()
})

test('a client that leaves while $connect is asked: what began is ended', async () => {
  const functions = deploy({ routes: { $connect: toFunction('f'), $disconnect: toFunction('f') } })
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  house.functions = {
    invoke: async (call) => {
      asked.resolve()
      const result = await functions.invoke(call)
      await answer.promise
      return result
    },
  }
  const client = await RawClient.open(house.port)
  await client.send(handshakeText({ Host: hostOf(API) }, `GET /${STAGE} HTTP/1.1`))
  await asked.promise
  client.reset()
  // The kernel tells the gateway, which runs in this process.
  await new Promise((resolve) => setTimeout(resolve, 10))
  answer.resolve()
  while (functions.calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(eventsOf(functions).map(({ eventType }) => eventType)).toEqual(['CONNECT', 'DISCONNECT'])
  await ended()
})

test('a client that leaves while a backend is asked for $connect: the backend is told of its end, too', async () => {
  const told: string[] = []
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const backend = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const event = await request.text()
      request.signal.addEventListener('abort', () => told.push('given up'))
      told.push(event)
      asked.resolve()
      if (event === 'CONNECT') await answer.promise
      return new Response()
    },
  })
  const tell = {
    integrationType: 'HTTP',
    integrationMethod: 'POST',
    integrationUri: backend.url.href,
    requestTemplates: { $default: '$context.eventType' },
    templateSelectionExpression: '\\$default',
  } as const
  deploy({ routes: { $connect: { integration: tell }, $disconnect: { integration: tell } } })
  const client = await RawClient.open(house.port)
  await client.send(handshakeText({ Host: hostOf(API) }, `GET /${STAGE} HTTP/1.1`))
  await asked.promise
  client.reset()
  // The kernel tells the gateway, which runs in this process.
  await new Promise((resolve) => setTimeout(resolve, 10))
  answer.resolve()
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(told).toEqual(['CONNECT', 'DISCONNECT'])
  await ended()
  await backend.stop(true)
})

test('a client that floods a slow integration is not read further than its limits', async () => {
  const functions = deploy(
    { routes: { $default: { ...toFunction('f'), twoWay: true } } },
    { queuedMessagesMax: 4, queuedBytesMax: 1 << 20 },
  )
  const answer = Promise.withResolvers<void>()
  house.functions = { invoke: (call) => answer.promise.then(() => functions.invoke(call)) }
  const client = await open()
  const { messages } = house.connections.counts
  const sent = 200
  for (let at = 0; at < sent; at++) await client.send(`text ${'x'.repeat(1000)}`)
  await client.send('ping late')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(house.connections.counts.messages - messages).toBe(1)
  answer.resolve()
  expect(await client.next()).toBe('pong late')
  expect(house.connections.counts.messages - messages).toBeGreaterThanOrEqual(sent - 5)
  client.finish('RST')
  await ended()
  expect(functions.calls.length).toBe(sent)
})

test('AWS_IAM: a signature for $connect lets in, one for something else does not', async () => {
  deploy({
    routes: { $connect: { authorizationType: 'AWS_IAM' }, $default: mocked('$context.identity.userArn') },
  })
  const fieldsOf = (id: string): Record<string, string> =>
    Object.fromEntries(
      signed(API, id, { target: `raw:/${STAGE}` }).headers.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()]
      }),
    )
  const guest = await open(fieldsOf('GUEST'))
  expect(guest.status).toBe(101)
  await guest.send('text x')
  expect(await guest.next()).toBe(`text arn:aws:iam::${ACCOUNT}:user/GUEST`)
  guest.finish('RST')
  expect((await open(fieldsOf('OTHER'))).status).toBe(403)
  await ended()
})

test('what is known of a connection survives a text, without secrets', () => {
  const grant = { principalId: 'me', context: { __proto__: 'x', role: 'a' }, integrationLatencyMs: 1 }
  const facts = {
    connectionId: 'c',
    apiId: 'a',
    stage: 's',
    connectedAtMs: 1,
    sourceIp: '::1',
    userAgent: undefined,
    host: 'h:1',
    identity: { accessKey: 'AKIA', apiKey: 'secret', apiKeyId: 'k' },
    grant,
  }
  const text = writeFacts(facts)
  expect(text).not.toContain('secret')
  expect(text).not.toContain('AKIA')
  const read = readFacts(text)
  expect(read).toMatchObject({
    connectionId: 'c',
    host: 'h:1',
    identity: { apiKeyId: 'k' },
    grant: { principalId: 'me' },
  })
  expect(read.grant?.context?.['constructor']).toBeUndefined()
})

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { LocalFunctions, returning, throwing } from '../rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import { FrameClient } from './support/client.ts'
import { defineWebSocketApi, mocked, STAGE, toFunction } from './support/definition.ts'
import { normaliseEvent } from './support/normalise.ts'

// Access and execution logs of WebSocket APIs. Developer guide, "Configuring logging for a WebSocket API".

let house: House
beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({ ok: returning({ statusCode: 200 }), broken: throwing('boom') })
})
afterAll(() => house.stop())

const NAMES = [
  'requestId',
  'extendedRequestId',
  'eventType',
  'routeKey',
  'connectionId',
  'messageId',
  'connectedAt',
  'apiId',
  'stage',
  'status',
  'identity.sourceIp',
  'identity.userAgent',
  'error.message',
  'integration.status',
  'disconnectStatusCode',
  'disconnectReason',
]

/** The lines that a client leaves: one that connects, sends each message, and closes. */
async function linesOf(messages: readonly string[], execution: boolean): Promise<string[]> {
  const lines: string[] = []
  const sink = { write: (text: string) => void lines.push(...text.trimEnd().split('\n')) }
  const format = JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, `$context.${name}`])))
  const logs: StageLogs = {
    access: () => (execution ? undefined : sink),
    execution: () => (execution ? sink : undefined),
    accessLogFormat: undefined,
    tellsFaults: false,
  }
  const { snapshot, stage } = defineWebSocketApi('logged', {
    routes: {
      $connect: toFunction('ok'),
      $disconnect: toFunction('ok'),
      say: mocked('said'),
      broken: toFunction('broken'),
    },
    stage: {
      accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:chat', format },
      defaultRouteSettings: { loggingLevel: 'INFO', dataTraceEnabled: false },
      routeSettings: { say: { loggingLevel: 'INFO', dataTraceEnabled: true } },
    },
  })
  const { plan, diagnostics } = compileWebSocketApi(snapshot, stage, { logs })
  expect(diagnostics).toEqual([])
  house.planTable.swap(plan)
  const client = await FrameClient.open(house.port, `/${STAGE}`, {
    Host: hostOf('logged'),
    'User-Agent': 'curl',
  })
  for (const message of messages) {
    await client.send(`text ${message}`)
    await client.next()
  }
  await client.send('close 1000 bye')
  await client.next()
  while (house.connections.size > 0) await new Promise((resolve) => setImmediate(resolve))
  await house.connections.settled()
  return lines.map((line) => normaliseEvent(line, 'logged').replaceAll(/\d{13}/g, '<epoch>'))
}

test('a line of the access log for each event', async () => {
  const lines = await linesOf(['{"action":"say"}', '{"action":"broken"}', 'nobody'], false)
  const known = {
    requestId: '<id>',
    extendedRequestId: '<id>',
    connectionId: '<id>',
    messageId: '<id>',
    connectedAt: '<epoch>',
    apiId: '<api>',
    stage: 'prod',
    status: '200',
    'identity.sourceIp': '127.0.0.1',
    'identity.userAgent': 'curl',
    'error.message': '-',
    'integration.status': '-',
    disconnectStatusCode: '-',
    disconnectReason: '-',
  }
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...known, eventType: 'CONNECT', routeKey: '$connect', messageId: '-', 'integration.status': '200' },
    { ...known, eventType: 'MESSAGE', routeKey: 'say', 'integration.status': '200' },
    {
      ...known,
      eventType: 'MESSAGE',
      routeKey: 'broken',
      status: '502',
      'error.message': 'Internal server error',
    },
    { ...known, eventType: 'MESSAGE', routeKey: '-', status: '403', 'error.message': 'Forbidden' },
    {
      ...known,
      eventType: 'DISCONNECT',
      routeKey: '$disconnect',
      messageId: '-',
      'integration.status': '200',
      disconnectStatusCode: '1000',
      disconnectReason: 'bye',
    },
  ])
})

test('the execution log tells of each event', async () => {
  const lines = await linesOf(['{"action":"say"}', '{"action":"broken"}'], true)
  const texts = lines.map((line) => line.replace(/^\S+ \(<id>\) /, ''))
  expect(texts).toContain('WebSocket Request Route: [$connect]')
  expect(texts).toContain(
    'Client [UserAgent: curl, SourceIp: 127.0.0.1] is connecting to WebSocket API [<api>].',
  )
  expect(texts).toContain(
    'WebSocket API [<api>] received message from client [Connection Id: <id>]. Message: [{"action":"say"}]',
  )
  expect(texts).toContain('WebSocket API [<api>] received message from client [Connection Id: <id>].')
  expect(texts).toContain(
    'Client [Connection Id: <id>] disconnected from WebSocket API [<api>] with status code: [1000].',
  )
  expect(texts.filter((text) => text === 'Successfully completed execution').length).toBe(3)
  expect(texts.some((text) => text.includes('customer function error: boom'))).toBe(true)
})

test('counts are those of the metrics', async () => {
  const { counts } = house.connections
  const seen = (): number[] => [
    counts.connects,
    counts.messages,
    counts.integrationErrors,
    counts.clientErrors,
    counts.executionErrors,
  ]
  const before = seen()
  await linesOf(['{"action":"say"}', '{"action":"broken"}', 'nobody'], false)
  expect(seen().map((count, at) => count - (before[at] ?? 0))).toEqual([1, 3, 0, 1, 1])
})

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { startBackend, type Backend } from '../rest/support/backend.ts'
import { LocalFunctions } from '../rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import { locatedIn } from '../rest/support/play-case.ts'
import { eventCases } from './events.cases.ts'
import { handshakeCases } from './handshake.cases.ts'
import { integrationCases } from './integrations.cases.ts'
import { messageCases } from './messages.cases.ts'
import type { Turn, WebSocketCase } from './support/case.ts'
import { FrameClient } from './support/client.ts'
import { defineWebSocketApi, STAGE } from './support/definition.ts'
import { normaliseEvent, pathsOf } from './support/normalise.ts'

const suites: Readonly<Record<string, readonly WebSocketCase[]>> = {
  handshakes: handshakeCases,
  'events of functions': eventCases,
  messages: messageCases,
  integrations: integrationCases,
}

let house: House
let backend: Backend

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

let count = 0
for (const [suite, cases] of Object.entries(suites)) {
  describe(suite, () => {
    for (const each of cases) test(each.name, () => play(each))
  })
}

async function play(each: WebSocketCase): Promise<void> {
  const local = new LocalFunctions(each.functions ?? {})
  house.functions = local
  backend.answer = each.backend ?? {}
  backend.received.length = 0
  const apiId = `ws${++count}`
  const { snapshot, stage } = defineWebSocketApi(apiId, locatedIn(each.api, backend.port))
  const limits = { ...awsLimits, webSocket: { ...awsLimits.webSocket, ...each.limits } }
  const { plan, diagnostics } = compileWebSocketApi(snapshot, stage, { limits })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  house.planTable.swap(plan)
  const { target = '', host = hostOf(apiId), fields = {} } = each.connect ?? {}
  const client = await FrameClient.open(house.port, `/${STAGE}${target}`, { Host: host, ...fields })
  const shown = (text: string): string => normaliseEvent(text, apiId)
  try {
    await expectTalk(client, each, shown)
  } finally {
    client.finish('RST')
    await ended()
  }
  expectInvoked(each, local, shown)
  expectReceived(each, shown)
}

async function expectTalk(
  client: FrameClient,
  { header = {}, refused, talk = [] }: WebSocketCase,
  shown: (text: string) => string,
): Promise<void> {
  for (const [name, value] of Object.entries(header)) expect(client.header(name) ?? null).toBe(value)
  expect(client.status).toBe(refused?.status ?? 101)
  if (refused === undefined) await converse(client, talk, shown)
  else if (refused.body !== undefined) expect(shown(client.body)).toBe(refused.body)
}

async function converse(
  client: FrameClient,
  talk: readonly Turn[],
  shown: (text: string) => string,
): Promise<void> {
  for (const turn of talk) {
    if ('send' in turn) await client.send(turn.send)
    else if ('sees' in turn) expect(shown(await client.next())).toBe(turn.sees)
    else client.finish(turn.finish)
  }
}

/** Once the client is gone for the gateway, too, and its `$disconnect` is delivered. */
async function ended(): Promise<void> {
  while (house.connections.size > 0) await new Promise((resolve) => setImmediate(resolve))
  await house.connections.settled()
}

function expectInvoked(each: WebSocketCase, local: LocalFunctions, shown: (text: string) => string): void {
  if (each.invoked === undefined) return
  const payloads = local.calls.map(
    ({ payload }) => JSON.parse(shown(Buffer.from(payload).toString('utf8'))) as object,
  )
  expect(payloads).toMatchObject([...each.invoked] as object[])
  expect(payloads.length).toBe(each.invoked.length)
  for (const payload of payloads)
    for (const path of each.absent ?? []) expect(pathsOf(payload)).not.toContain(path)
}

function expectReceived(each: WebSocketCase, shown: (text: string) => string): void {
  if (each.received === undefined) return
  expect(backend.received.length).toBe(each.received.length)
  for (const [at, { header = {}, ...parts }] of each.received.entries()) {
    const got = backend.received[at]
    expect({ ...got, body: shown(got?.body ?? '') }).toMatchObject(parts)
    for (const [name, value] of Object.entries(header)) {
      const line = got?.headers.find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      expect(line === undefined ? null : shown(line.slice(name.length + 2))).toBe(value)
    }
  }
}

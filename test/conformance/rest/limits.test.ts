import { afterAll, beforeAll, expect, test } from 'bun:test'
import { awsLimits, noLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { lambdaProxy, type IntegrationDefinition } from './support/definition.ts'
import { echo, LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawReply } from './support/raw-http.ts'

// What bounds there are, and what is left of them where they are lifted.

let house: House
let backend: Backend
let count = 0

beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({ f: echo })
  backend = await startBackend()
})
afterAll(async () => {
  await house.stop()
  await backend.stop()
})

const body = 'x'.repeat(1000)
const proxy = (): IntegrationDefinition => ({
  type: 'HTTP_PROXY',
  uri: `http://127.0.0.1:${backend.port}/`,
  httpMethod: 'POST',
})

function send(
  integration: IntegrationDefinition,
  limits: DataPlaneLimits,
  request: { readonly method: string; readonly body?: string; readonly chunks?: readonly string[] },
): Promise<RawReply> {
  const apiId = `limits${++count}`
  house.deploy(apiId, { paths: { '/x': { ANY: { integration } } } }, { limits })
  return house.send(apiId, { target: '/x', ...request })
}

const held: DataPlaneLimits = { ...noLimits, heldBodyBytesMax: 100 }

for (const [kind, sent] of [
  ['of known length', { body }],
  ['in pieces', { chunks: [body.slice(0, 400), body.slice(400)] }],
] as const) {
  test(`a body that passes through has no bound where there is none, ${kind}`, async () => {
    backend.answer = { body: 'x'.repeat(5000) }
    const reply = await send(proxy(), held, { method: 'POST', ...sent })
    expect([reply.status, reply.body.length]).toEqual([200, 5000])
    expect(backend.received.at(-1)?.body).toBe(body)
  })

  test(`a body that is held has one all the same, ${kind}`, async () => {
    expect((await send(lambdaProxy('f'), held, { method: 'POST', ...sent })).status).toBe(413)
    expect((await send(lambdaProxy('f'), noLimits, { method: 'POST', ...sent })).status).toBe(200)
  })

  test(`a body that does not go on is held, too, ${kind}`, async () => {
    const get = { ...proxy(), httpMethod: 'GET' }
    expect((await send(get, held, { method: 'GET', ...sent })).status).toBe(413)
    expect((await send(get, noLimits, { method: 'GET', ...sent })).status).toBe(200)
  })
}

test('what a backend answers and a mapping reads is held', async () => {
  backend.answer = { body: 'x'.repeat(101) }
  const mapped: IntegrationDefinition = { ...proxy(), type: 'HTTP', integrationResponses: { 200: {} } }
  expect((await send(mapped, held, { method: 'POST' })).status).toBe(500)
  expect((await send(mapped, noLimits, { method: 'POST' })).status).toBe(200)
})

test('the default timeout of an integration is none where there is none; one of its own holds', async () => {
  backend.answer = { instead: 'silence' }
  const quick = { ...awsLimits, integrationTimeoutMsMax: 60 }
  expect((await send(proxy(), quick, { method: 'POST' })).status).toBe(504)
  expect((await send({ ...proxy(), timeoutInMillis: 60 }, noLimits, { method: 'POST' })).status).toBe(504)
})

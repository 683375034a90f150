import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { SigningKeys } from '#aws/sigv4.ts'
import { serviceCases, type ServiceCase } from './aws-services.cases.ts'
import { startBackend, type Backend, type Received } from './support/backend.ts'
import { normalise } from './support/case.ts'
import { startHouse, type House } from './support/house.ts'
import { signedScope } from './support/signed-scope.ts'

const KEYS: SigningKeys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret' }

let house: House
let backend: Backend
let count = 0

beforeAll(async () => {
  backend = await startBackend()
  const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${backend.port}` }
  house = await startHouse({ aws: { environment, own: async () => KEYS } })
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

for (const each of serviceCases) test(each.name, () => play(each))

async function play({
  uri,
  integration,
  api,
  request,
  answer = {},
  expect: expected,
}: ServiceCase): Promise<void> {
  const apiId = `service${++count}`
  backend.answer = answer
  backend.received.length = 0
  const diagnostics = house.deploy(apiId, {
    ...api,
    paths: {
      '/x/{id+}': {
        ANY: {
          integration: {
            type: 'AWS',
            httpMethod: 'POST',
            uri: `arn:aws:apigateway:${uri}`,
            integrationResponses: { 200: {} },
            ...integration,
          },
        },
      },
    },
  })
  expect(diagnostics).toEqual([])
  const reply = await house.send(apiId, request)
  const { status = 200, body } = expected
  expect({ status: reply.status, body: reply.body }).toEqual({ status, body: body ?? reply.body })
  for (const [name, value] of Object.entries(expected.header ?? {})) {
    expect([name, reply.header(name) ?? null]).toEqual([name, value])
  }
  const [got, ...more] = backend.received
  expect(more).toEqual([])
  if (expected.scope === undefined || got === undefined) {
    expect(got).toBe(expected.scope === undefined ? undefined : expect.anything())
    return
  }
  expect(signedScope(got, KEYS)).toBe(expected.scope)
  const { method, target, sent } = expected
  expect({ method: got.method, target: got.target, sent: got.body }).toEqual({
    method: method ?? got.method,
    target: target ?? got.target,
    sent: sent ?? got.body,
  })
  for (const [name, value] of Object.entries(expected.sentHeader ?? {})) {
    expect(shownHeader(got, name, apiId)).toEqual(value === null ? [] : [`${name}: ${value}`])
  }
}

function shownHeader({ headers }: Received, name: string, apiId: string): string[] {
  return headers
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => normalise(line).replaceAll(apiId, '<api>').replace(`127.0.0.1:${backend.port}`, '<host>'))
}

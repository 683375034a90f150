import { afterEach, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { FunctionUnavailable } from '#data-plane/ports.ts'
import { ResilienceState } from '#data-plane/resilience/resilience-state.ts'
import { TargetGroup } from '#data-plane/targets/target-group.ts'
import type { TrafficDocument } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import { startCountingBackend, type CountingBackend } from '../rest/support/counting-backend.ts'
import { startHouse, type House, type HouseOptions } from '../rest/support/house.ts'
import { defineHttpApi, toFunction, toUri, type RouteDefinition } from './support/definition.ts'

// What protects backends (docs/resilience.md) holds for routes of HTTP APIs as for methods of REST APIs.

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

const quick = { backoffMs: 1, backoffMsMax: 2 }

async function started(options: HouseOptions = {}): Promise<{ house: House; backend: CountingBackend }> {
  const backend = await startCountingBackend()
  const house = await startHouse({ resilience: new ResilienceState(), ...options })
  ending.push(
    () => house.stop(),
    () => backend.stop(),
  )
  return { house, backend }
}

interface Deployed {
  readonly api?: TrafficDocument
  readonly rules?: readonly TrafficRule[]
}

/** @returns what is told of it */
function deploy(house: House, route: RouteDefinition, { api, rules }: Deployed = {}): readonly string[] {
  const { snapshot, stage } = defineHttpApi('traffic', {
    routes: { 'GET /x': route },
    ...(api === undefined ? {} : { api: { traffic: api } }),
  })
  const { plan, diagnostics } = compileHttpApi(
    snapshot,
    stage,
    rules === undefined ? {} : { trafficRules: rules },
  )
  house.planTable.swap(plan)
  return diagnostics.map(({ message }) => message)
}

const get = { target: 'raw:/x' }

test('an HTTP backend is asked again; the route says it, or the API', async () => {
  for (const where of ['route', 'api'] as const) {
    const { house, backend } = await started()
    backend.answer = { status: 503 }
    const retry = { retry: { ...quick, attempts: 3 } }
    const told = deploy(
      house,
      { ...toUri(backend.url), ...(where === 'route' ? { traffic: retry } : {}) },
      where === 'api' ? { api: retry } : {},
    )
    expect(told).toEqual([])
    expect((await house.send('traffic', get)).status).toBe(503)
    expect(backend.count).toBe(3)
  }
})

test('what the operator says comes last', async () => {
  const { house, backend } = await started()
  backend.answer = { status: 503 }
  const rule = { api: '*', stage: '$default', httpMethod: 'GET', path: '/x', settings: { retry: false } }
  deploy(house, { ...toUri(backend.url), traffic: { retry: { ...quick, attempts: 3 } } }, { rules: [rule] })
  await house.send('traffic', get)
  expect(backend.count).toBe(1)
})

test('a function is run again', async () => {
  const { house } = await started()
  let calls = 0
  house.functions = {
    invoke: () =>
      ++calls === 1
        ? Promise.reject(new FunctionUnavailable('throttled', 'busy'))
        : Promise.resolve({ payload: Buffer.from('"run"') }),
  }
  deploy(house, { ...toFunction('f'), traffic: { retry: quick } })
  expect((await house.send('traffic', get)).body).toBe('run')
  expect(calls).toBe(2)
})

test('a service action is asked again, signed as before', async () => {
  const backend = await startCountingBackend()
  ending.push(() => backend.stop())
  const own = async () => ({ accessKeyId: 'A', secretAccessKey: 's' })
  const { house } = await started({ aws: { environment: { AWS_ENDPOINT_URL: backend.url }, own } })
  backend.answer = { status: 503 }
  const told = deploy(house, {
    integration: {
      integrationType: 'AWS_PROXY',
      integrationSubtype: 'SQS-PurgeQueue',
      requestParameters: { QueueUrl: 'q' },
    },
    traffic: { retry: { ...quick, attempts: 2, methods: ['GET', 'POST'] }, targets: 'pets' },
  })
  expect(told).toEqual(['x-gatehouse-traffic: targets has no effect on this integration'])
  expect((await house.send('traffic', get)).status).toBe(500)
  expect(backend.count).toBe(2)
})

test('a breaker that is open answers 503', async () => {
  const { house, backend } = await started()
  backend.answer = { reset: true }
  deploy(house, { ...toUri(backend.url), traffic: { circuitBreaker: { failures: 1, openMs: 60_000 } } })
  for (let i = 0; i < 3; i++) expect((await house.send('traffic', get)).status).toBe(503)
  expect(backend.count).toBe(1)
})

test('a concurrency limit answers 429', async () => {
  const { house, backend } = await started()
  const release = backend.hold()
  deploy(house, { ...toUri(backend.url), traffic: { concurrency: { limit: 1 } } })
  const first = house.send('traffic', get)
  await backend.reached(1)
  const second = await house.send('traffic', get)
  expect([second.status, second.body]).toEqual([429, '{"message":"Too Many Requests"}'])
  release()
  expect((await first).status).toBe(200)
})

test('several hosts for one uri', async () => {
  const other = await startCountingBackend()
  ending.push(() => other.stop())
  const targets = [{ address: new URL(other.url).host, weight: 1 }]
  const group = new TargetGroup({ name: 'pets', targets, connectTimeoutMs: 1000 })
  const { house } = await started({ targets: { find: ([name]) => (name === 'pets' ? group : undefined) } })
  deploy(house, { ...toUri('http://pets.internal/'), traffic: { targets: 'pets' } })
  expect((await house.send('traffic', get)).status).toBe(200)
  expect(other.count).toBe(1)
})

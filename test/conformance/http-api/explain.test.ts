import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '#base/clock.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import { LocalFunctions, returning } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import type { RawRequest } from '../rest/support/raw-http.ts'
import { defineHttpApi, toFunction } from './support/definition.ts'

// What owners are told of requests to HTTP APIs.

let house: House
let token: string

beforeAll(async () => {
  house = await startHouse()
  const issued = newPass(systemClock.now(), 600)
  house.explainer.allow(issued.pass)
  token = issued.token
  house.functions = new LocalFunctions({ ok: returning({ statusCode: 200, body: 'hello' }) })
  const routes = ['GET /pets', 'GET /pets/{id}', 'ANY /pets/{proxy+}', '$default']
  const { snapshot, stage } = defineHttpApi('told', {
    routes: Object.fromEntries(routes.map((key) => [key, toFunction('ok')])),
    api: { corsConfiguration: { allowOrigins: ['https://a.example'] } },
  })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
})
afterAll(() => house.stop())

async function explained(request: RawRequest): Promise<unknown> {
  const headers = [...(request.headers ?? []), `X-Gatehouse-Explain: ${token}`]
  const { status, body } = await house.send('told', { ...request, target: `raw:${request.target}`, headers })
  expect(status).toBe(200)
  return JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))
}

/** Method, target → what takes it, and why another route does not. */
const routings: readonly (readonly [string, string, string, object])[] = [
  ['GET', '/pets/1', '/pets/{id}', { resource: '/pets/{proxy+}', outcome: 'fits' }],
  ['GET', '/pets/', '/pets/{proxy+}', { resource: '/pets', outcome: 'does not fit' }],
  ['POST', '/pets/1', '/pets/{proxy+}', { resource: '/pets/{id}', outcome: 'fits' }],
  [
    'POST',
    '/pets',
    '$default',
    { resource: '/pets', outcome: 'fits', why: 'has no method POST; methods there: GET' },
  ],
  [
    'GET',
    '/',
    '$default',
    { resource: '$default', outcome: 'chosen', why: 'takes what no other route does' },
  ],
]
for (const [method, target, resource, considered] of routings) {
  test(`${method} ${target} is for ${resource}`, async () => {
    const told = await explained({ method, target })
    expect(told).toMatchObject({
      routing: { resource, considered: expect.arrayContaining([expect.objectContaining(considered)]) },
      answer: { status: 200 },
    })
  })
}

test('every step, and what it did', async () => {
  const told = (await explained({ target: '/pets' })) as { steps: { step: string; outcome: string }[] }
  expect(told.steps.map(({ step, outcome }) => `${step}: ${outcome}`)).toEqual([
    'payload limit: done',
    'receive body: done',
    'invoke integration: done',
    'CORS headers: done',
    'method response: done',
  ])
})

test('a preflight', async () => {
  const headers = ['Origin: https://b.example', 'Access-Control-Request-Method: GET']
  expect(await explained({ method: 'OPTIONS', target: '/pets', headers })).toMatchObject({
    steps: [{ step: 'CORS preflight', decided: { allowed: false } }],
    answer: { status: 204 },
  })
})

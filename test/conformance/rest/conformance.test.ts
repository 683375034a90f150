import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, type AddressInfo } from 'node:net'
import { bodyCases } from './bodies.cases.ts'
import { contentHandlingCases } from './content-handling.cases.ts'
import { contextCases } from './context.cases.ts'
import { corsCases } from './cors.cases.ts'
import { errorCases } from './errors.cases.ts'
import { headerCases } from './headers.cases.ts'
import { httpCases } from './http.cases.ts'
import { httpProxyCases } from './http-proxy.cases.ts'
import { lambdaAuthorizerCases } from './lambda-authorizer.cases.ts'
import { injectionCases } from './injection.cases.ts'
import { lambdaCases } from './lambda.cases.ts'
import { lambdaProxyAnswerCases } from './lambda-proxy-answers.cases.ts'
import { lambdaProxyCases } from './lambda-proxy.cases.ts'
import { mappingCases } from './mapping.cases.ts'
import { mockCases } from './mock.cases.ts'
import { routingCases } from './routing.cases.ts'
import { validationCases } from './validation.cases.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { normalise, type RestCase } from './support/case.ts'
import type { ApiDefinition } from './support/definition.ts'
import { LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

const suites: Readonly<Record<string, readonly RestCase[]>> = {
  routing: routingCases,
  errors: errorCases,
  'Lambda authorizers': lambdaAuthorizerCases,
  validation: validationCases,
  headers: headerCases,
  'content handling': contentHandlingCases,
  bodies: bodyCases,
  CORS: corsCases,
  mapping: mappingCases,
  injection: injectionCases,
  'context and stage variables': contextCases,
  MOCK: mockCases,
  HTTP: httpCases,
  HTTP_PROXY: httpProxyCases,
  'AWS (Lambda)': lambdaCases,
  'AWS_PROXY (Lambda)': lambdaProxyCases,
  'events and answers of functions': lambdaProxyAnswerCases,
}

let house: House
let backend: Backend
let nobody: number

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
  nobody = await freePort()
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

async function play({
  api,
  functions = {},
  backend: answer = {},
  request,
  expect: expected,
}: RestCase): Promise<void> {
  const local = new LocalFunctions(functions)
  house.functions = local
  backend.answer = answer
  backend.received.length = 0
  const apiId = `case${++count}`
  house.deploy(apiId, located(api))
  const reply = await house.send(apiId, request)
  const shown = { status: reply.status, body: normalise(reply.body).replaceAll(apiId, '<api>') }
  expect(shown).toEqual({ status: expected.status, body: expected.body ?? shown.body })
  if (expected.reason !== undefined) expect(reply.reason).toBe(expected.reason)
  if (expected.headers !== undefined) {
    const lines = reply.headers.filter((line) => !/^(date|connection):/i.test(line)).map(normalise)
    expect(lines).toEqual([...expected.headers])
  }
  for (const [name, value] of Object.entries(expected.header ?? {})) {
    const line = normalise(`${name}: ${reply.header(name) ?? '(absent)'}`).replaceAll(apiId, '<api>')
    expect(line).toBe(normalise(`${name}: ${value ?? '(absent)'}`))
  }
  if (expected.received !== undefined) {
    const [got] = backend.received
    expect(got).toBeDefined()
    const headers = (got?.headers ?? [])
      .filter((line) => !/^(host|connection):/i.test(line))
      .map((line) => normalise(line).replaceAll(apiId, '<api>'))
    const { host: _, header: __, ...received } = expected.received
    const body = normalise(got?.body ?? '').replaceAll(apiId, '<api>')
    expect({ ...got, headers, body }).toMatchObject(received)
    if (expected.received.host !== undefined) {
      const host = got?.headers.find((line) => line.startsWith('Host: '))?.slice(6)
      expect(host?.replace(`127.0.0.1:${backend.port}`, '<backend>')).toBe(expected.received.host)
    }
    for (const [name, value] of Object.entries(expected.received.header ?? {})) {
      const line = headers.find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      expect(line ?? `${name}: (absent)`).toBe(`${name}: ${value ?? '(absent)'}`)
    }
    if (expected.received.headers !== undefined) expect(headers).toEqual([...expected.received.headers])
  }
  if (expected.invoked !== undefined) {
    const payloads = local.calls.map(({ payload }) => {
      return normalise(Buffer.from(payload).toString('utf8')).replaceAll(apiId, '<api>')
    })
    expect(payloads.length).toBe(expected.invoked.length)
    for (const [at, payload] of payloads.entries()) {
      expect(JSON.parse(payload)).toMatchObject(expected.invoked[at] as Record<string, unknown>)
    }
  }
  if (expected.absent !== undefined || expected.shape !== undefined) {
    const shape = shapeOf(JSON.parse(Buffer.from(local.calls[0]?.payload ?? '{}').toString('utf8')))
    for (const path of expected.absent ?? []) expect(Object.keys(shape)).not.toContain(path)
    if (expected.shape !== undefined) expect(shape).toEqual(expected.shape)
  }
  if (expected.invocationType !== undefined)
    expect(local.calls[0]?.invocationType).toBe(expected.invocationType)
}

/** The type of every member by its path. */
function shapeOf(value: unknown, path: string = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [path]: value === null ? 'null' : typeof value }
  if (Array.isArray(value)) return { [path]: 'list' }
  const prefix = path === '' ? '' : `${path}.`
  return Object.assign({}, ...Object.entries(value).map(([name, member]) => shapeOf(member, prefix + name)))
}

/** The definition with real addresses in it. */
function located(api: ApiDefinition): ApiDefinition {
  const text = JSON.stringify(api)
    .replaceAll('http://backend.test', `http://127.0.0.1:${backend.port}`)
    .replaceAll('backend.test', `127.0.0.1:${backend.port}`)
    .replaceAll('http://nobody.test', `http://127.0.0.1:${nobody}`)
  return JSON.parse(text) as ApiDefinition
}

/** A port at which nobody listens. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

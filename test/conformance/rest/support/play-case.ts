import { expect } from 'bun:test'
import type { Backend } from './backend.ts'
import { normalise, type Expected } from './case.ts'
import type { LocalFunctions } from './functions.ts'
import type { RawReply } from './raw-http.ts'

/** Whether an answer, and what the backend and the functions got, are as a case says. */
export function expectAsTold(
  reply: RawReply,
  expected: Expected,
  backend: Backend,
  local: LocalFunctions,
  apiId: string,
): void {
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

/** The definition with real addresses in it; at that of nobody, a port below all that are given out, nobody listens. */
export function locatedIn<Definition>(api: Definition, backendPort: number): Definition {
  const text = JSON.stringify(api)
    .replaceAll('http://backend.test', `http://127.0.0.1:${backendPort}`)
    .replaceAll('backend.test', `127.0.0.1:${backendPort}`)
    .replaceAll('http://nobody.test', 'http://127.0.0.1:1')
  return JSON.parse(text) as Definition
}

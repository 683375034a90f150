import { expect } from 'bun:test'
import type { RawReply, RawRequest } from '../../conformance/rest/support/raw-http.ts'

/** As `frameworks/picture.mjs` has it. */
const picture = Uint8Array.from([
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  ...Array.from({ length: 256 }, (_, i) => i),
])
/** UTF-8, as the bytes of `RawRequest`. */
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** What a client sends to the application of a framework, and what it gets. */
export interface Row {
  readonly what: string
  readonly request: RawRequest
  readonly status: number
  /** Names and values that the answer has, beside others. */
  readonly headers?: readonly string[]
  /** The answer's JSON; a text of it; its bytes; or what is looked for in it. */
  readonly body?: object | string | RegExp | Uint8Array
}

const rows: readonly Row[] = [
  { what: 'the root', request: { target: '/' }, status: 200, body: 'root' },
  {
    what: 'path and query parameters, encoded',
    request: { target: '/pets/a%20b%2Fc?tag=x%26y' },
    status: 200,
    body: { id: 'a b/c', tag: 'x&y' },
  },
  {
    what: 'a repeated query parameter',
    request: { target: '/pets/1?tag=x&tag=y' },
    status: 200,
    body: { id: '1', tag: ['x', 'y'] },
  },
  {
    what: 'a repeated header',
    request: { target: '/header', headers: ['X-Many: a', 'X-Many: b'] },
    status: 200,
    body: /^\{"many":"a, ?b"\}$/,
  },
  {
    what: 'a JSON body',
    request: {
      method: 'POST',
      target: '/pets',
      headers: ['Content-Type: application/json'],
      body: latin1('{"a":"é"}'),
    },
    status: 201,
    body: { got: { a: 'é' } },
  },
  {
    what: 'a body that is no JSON',
    request: { method: 'POST', target: '/pets', headers: ['Content-Type: application/json'], body: '{"a":' },
    status: 400,
  },
  {
    what: 'a binary answer',
    request: { target: '/picture', headers: ['Accept: image/png'] },
    status: 200,
    headers: ['content-type', 'image/png'],
    body: picture,
  },
  {
    what: 'a binary request',
    request: {
      method: 'POST',
      target: '/bytes',
      headers: ['Content-Type: application/octet-stream'],
      body: '\x00\xff\x80',
    },
    status: 200,
    body: { bytes: [0, 255, 128] },
  },
  {
    what: 'cookies both ways',
    request: { target: '/cookies', headers: ['Cookie: x=y; z=1'] },
    status: 200,
    headers: ['set-cookie', 'a=1; Path=/', 'set-cookie', 'b=2; Path=/'],
    body: { got: 'x=y; z=1' },
  },
  { what: 'a redirect', request: { target: '/moved' }, status: 302, headers: ['location', '/elsewhere?a=b'] },
  { what: 'an error of its own', request: { target: '/teapot' }, status: 418, body: /short and stout/ },
  { what: 'a fault', request: { target: '/broken' }, status: 500 },
  { what: 'no such route', request: { target: '/nowhere' }, status: 404 },
  { what: 'no such method', request: { method: 'DELETE', target: '/pets/1' }, status: 404 },
]

/** Frameworks differ in what HTTP leaves open, and here alone. */
const OWN: Readonly<Record<string, Readonly<Record<string, Partial<Row>>>>> = {
  hono: { 'a body that is no JSON': { status: 500 } },
}

/** Each is `frameworks/{name}.mjs`. */
export const frameworks: readonly string[] = ['express', 'nest', 'hono', 'fastify']

export function rowsOf(framework: string): readonly Row[] {
  return rows.map((row) => ({ ...row, ...OWN[framework]?.[row.what] }))
}

export function expectAsRow(reply: RawReply, { status, headers = [], body }: Row): void {
  expect([reply.status, reply.body]).toEqual([status, expect.anything()])
  for (let at = 0; at < headers.length; at += 2) {
    expect(valuesOf(reply, headers[at] as string)).toContain(headers[at + 1] as string)
  }
  if (body === undefined) return
  const bytes = Buffer.from(reply.body, 'latin1')
  if (body instanceof Uint8Array) expect(bytes.equals(body)).toBe(true)
  else if (body instanceof RegExp) expect(bytes.toString()).toMatch(body)
  else if (typeof body === 'string') expect(bytes.toString()).toBe(body)
  else expect(JSON.parse(bytes.toString())).toEqual(body)
}

function valuesOf({ headers }: RawReply, name: string): string[] {
  const start = `${name}:`
  return headers
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((line) => line.slice(start.length).trim())
}

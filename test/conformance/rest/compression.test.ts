import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { awsLimits } from '#data-plane/limits.ts'
import { startBackend, type Backend, type BackendAnswer } from './support/backend.ts'
import {
  lambdaProxy,
  mock,
  STAGE,
  type ApiDefinition,
  type IntegrationDefinition,
} from './support/definition.ts'
import { echo, LocalFunctions, returning } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'

let house: House
let backend: Backend
let count = 0

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
  house.functions = new LocalFunctions({ echo, text: returning({ statusCode: 200, body: TEXT }) })
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

/** 100 bytes. */
const TEXT = 'all work and no play '.repeat(5).slice(0, 100)
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** An API of one method that answers everything; undefined: no `minimumCompressionSize`. */
function api(integration: IntegrationDefinition, minimumCompressionSize: number | undefined): ApiDefinition {
  return {
    api: minimumCompressionSize === undefined ? {} : { minimumCompressionSize },
    paths: { '/x': { ANY: { integration } } },
  }
}

const proxy = (): IntegrationDefinition => ({
  type: 'HTTP_PROXY',
  httpMethod: 'ANY',
  uri: `http://127.0.0.1:${backend.port}/`,
})

interface AnswerCase {
  readonly name: string
  readonly minimum?: number
  readonly method?: string
  readonly acceptEncoding?: string
  /** A backend behind HTTP_PROXY that answers so; TEXT where no body is given. */
  readonly backend?: BackendAnswer
  readonly integration?: IntegrationDefinition
  readonly status?: number
  readonly coding?: 'gzip' | 'deflate'
  /** Other headers; null: absent. */
  readonly header?: Readonly<Record<string, string | null>>
  readonly body?: string
}

const asked: AnswerCase = { name: '', minimum: 100, acceptEncoding: 'gzip' }
const VARY = { vary: 'Accept-Encoding' }

/** Developer guide, "Receive an API response with a compressed payload", "Enable payload compression for an API". */
const answers: readonly AnswerCase[] = [
  { ...asked, name: 'of the minimum’s size', coding: 'gzip', header: VARY },
  { ...asked, name: 'below the minimum', minimum: 101, header: { vary: null } },
  { ...asked, name: 'a minimum of 0', minimum: 0, backend: { body: 'x' }, coding: 'gzip', body: 'x' },
  { ...asked, name: 'nothing is not compressed', minimum: 0, backend: { body: '' }, body: '' },
  { name: 'compression is off', acceptEncoding: 'gzip', header: { vary: null } },
  { name: 'not asked for', minimum: 100, header: VARY },
  { ...asked, name: 'deflate', acceptEncoding: 'deflate', coding: 'deflate' },
  { ...asked, name: 'the first of equals', acceptEncoding: 'deflate,gzip', coding: 'deflate' },
  { ...asked, name: 'the first of equals is not spoken', acceptEncoding: 'br, gzip', header: VARY },
  { ...asked, name: 'others after it', acceptEncoding: 'gzip, deflate, br', coding: 'gzip' },
  { ...asked, name: 'the most wanted', acceptEncoding: 'deflate;q=0.5,gzip;q=1.0', coding: 'gzip' },
  { ...asked, name: 'with identity', acceptEncoding: 'gzip;q=1.0,identity;q=0.5,*;q=0', coding: 'gzip' },
  { ...asked, name: 'identity is wanted more', acceptEncoding: 'gzip;q=0.5,identity' },
  { ...asked, name: 'refused', acceptEncoding: 'gzip;q=0' },
  { ...asked, name: 'a star names nothing', acceptEncoding: '*' },
  { ...asked, name: 'an empty Accept-Encoding', acceptEncoding: '' },
  {
    ...asked,
    name: 'of unknown length, however little',
    backend: { body: ['a', 'b'] },
    coding: 'gzip',
    body: 'ab',
  },
  {
    ...asked,
    name: 'already in a coding',
    backend: { body: TEXT, headers: ['Content-Encoding', 'br'] },
    header: { 'content-encoding': 'br', vary: null },
  },
  {
    ...asked,
    name: 'not to be transformed',
    backend: { body: TEXT, headers: ['Cache-Control', 'no-transform'] },
    header: { vary: null },
  },
  { ...asked, name: 'a part', backend: { status: 206, body: TEXT }, status: 206 },
  { ...asked, name: 'no body', minimum: 0, backend: { status: 204 }, status: 204, body: '' },
  {
    ...asked,
    name: 'an error of the backend',
    backend: { status: 404, body: TEXT },
    status: 404,
    coding: 'gzip',
  },
  {
    ...asked,
    name: 'an error of the gateway',
    minimum: 0,
    integration: { ...mock(''), requestTemplates: { 'application/json': 'no JSON' } },
    status: 500,
    body: '{"message": "Internal server error"}',
  },
  {
    ...asked,
    name: 'a strong ETag',
    backend: { body: TEXT, headers: ['ETag', '"v1"', 'Vary', 'Origin', 'Accept-Ranges', 'bytes'] },
    coding: 'gzip',
    header: { etag: 'W/"v1"', vary: 'Origin, Accept-Encoding', 'accept-ranges': null },
  },
  { ...asked, name: 'MOCK, after its template', integration: mock(TEXT), coding: 'gzip' },
  { ...asked, name: 'AWS_PROXY', integration: lambdaProxy('text'), coding: 'gzip' },
  {
    ...asked,
    name: 'HEAD of what GET would get compressed',
    method: 'HEAD',
    backend: { headers: ['Content-Length', '100'] },
    coding: 'gzip',
    header: { 'content-length': null, ...VARY },
    body: '',
  },
  {
    ...asked,
    name: 'HEAD of what GET would get as it is',
    method: 'HEAD',
    backend: { headers: ['Content-Length', '99'] },
    header: { 'content-length': '99', vary: null },
    body: '',
  },
]

describe('answers', () => {
  for (const each of answers) {
    test(each.name, async () => {
      const apiId = `code${++count}`
      const { minimum, method = 'GET', acceptEncoding, coding, status = 200, body = TEXT, header } = each
      backend.answer = { body: TEXT, ...each.backend }
      house.deploy(apiId, api(each.integration ?? proxy(), minimum))
      const reply = await fetch(`http://127.0.0.1:${house.port}/${STAGE}/x`, {
        method,
        headers: {
          Host: hostOf(apiId),
          'Accept-Encoding': acceptEncoding ?? 'identity',
        },
        decompress: false,
      })
      expect(reply.status).toBe(status)
      const expected = { 'content-encoding': coding ?? null, ...header }
      for (const [name, value] of Object.entries(expected)) {
        expect(`${name}: ${reply.headers.get(name)}`).toBe(`${name}: ${value}`)
      }
      const bytes = await reply.bytes()
      const decode =
        coding === undefined || body === ''
          ? (plain: Uint8Array) => plain
          : { gzip: gunzipSync, deflate: inflateSync }[coding]
      expect(latin1(decode(bytes))).toBe(body)
    })
  }

  test('of megabytes, through a client of its own: curl where there is one, and fetch', async () => {
    const body = JSON.stringify(Array.from({ length: 60_000 }, (_, id) => ({ id, name: `pet ${id % 97}` })))
    backend.answer = { body }
    house.deploy('large', api(proxy(), 1000))
    const url = `http://127.0.0.1:${house.port}/_aws/execute-api/large/${STAGE}/x`
    const reply = await fetch(url)
    expect(reply.headers.get('content-encoding')).toBe('gzip')
    expect(await reply.text()).toBe(body)
    if (Bun.which('curl') === null) return
    const output = await curl('-sS', '-i', '--compressed', url)
    expect(output.slice(0, output.indexOf('\r\n\r\n')).toLowerCase()).toContain('content-encoding: ')
    expect(output.slice(output.indexOf('\r\n\r\n') + 4)).toBe(body)
  })
})

async function curl(...options: string[]): Promise<string> {
  const child = spawn('curl', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('latin1')
  for await (const text of child.stdout) output += text as string
  return output
}

interface RequestCase {
  readonly name: string
  readonly encoding: string | readonly string[]
  readonly body: Uint8Array
  /** What the backend gets; undefined: the client gets `status`. */
  readonly received?: string
  readonly status?: number
}

const unsupported = { status: 415 }

/** Developer guide, "Call an API method with a compressed payload". */
const requests: readonly RequestCase[] = [
  { name: 'gzip', encoding: 'gzip', body: gzipSync(TEXT), received: TEXT },
  { name: 'deflate', encoding: 'deflate', body: deflateSync(TEXT), received: TEXT },
  { name: 'identity', encoding: 'identity', body: Buffer.from(TEXT), received: TEXT },
  {
    name: 'one in the other',
    encoding: 'deflate, gzip',
    body: gzipSync(deflateSync(TEXT)),
    received: TEXT,
  },
  {
    name: 'on two lines',
    encoding: ['deflate', 'gzip'],
    body: gzipSync(deflateSync(TEXT)),
    received: TEXT,
  },
  { name: 'no body, whatever the header says', encoding: 'x', body: Buffer.alloc(0), received: '' },
  { name: 'a coding that is not spoken', encoding: 'br', body: brotliCompressSync(TEXT), ...unsupported },
  { name: 'not in its coding', encoding: 'gzip', body: Buffer.from(TEXT), ...unsupported },
  { name: 'cut short', encoding: 'gzip', body: gzipSync(TEXT).subarray(0, 15), ...unsupported },
  {
    name: 'something after it',
    encoding: 'deflate',
    body: Buffer.concat([deflateSync(TEXT), Buffer.from('x')]),
    ...unsupported,
  },
  {
    name: 'of the limit’s size',
    encoding: 'gzip',
    body: gzipSync(Buffer.alloc(1000, 'x')),
    received: 'x'.repeat(1000),
  },
  { name: 'larger than the limit', encoding: 'gzip', body: gzipSync(Buffer.alloc(1001)), status: 413 },
  { name: 'a bomb', encoding: 'gzip, gzip', body: gzipSync(gzipSync(Buffer.alloc(5_000_000))), status: 413 },
]

const limits = { ...awsLimits, requestBodyBytesMax: 1000, responseBodyBytesMax: 100_000 }

describe('request bodies', () => {
  for (const { name, encoding, body, received, status = 200 } of requests) {
    for (const chunked of [false, true]) {
      test(`${name}${chunked ? ', chunked' : ''}`, async () => {
        const apiId = `request${++count}`
        backend.answer = {}
        backend.received.length = 0
        const encodings = typeof encoding === 'string' ? [encoding] : encoding
        const text = latin1(body)
        const request = {
          method: 'POST',
          target: '/x',
          headers: encodings.map((value) => `Content-Encoding: ${value}`),
          ...(chunked && text !== ''
            ? { chunks: [text.slice(0, 9), text.slice(9)].filter((c) => c !== '') }
            : { body: text }),
        }
        // A streaming body of a coding is refused before or while it goes to the backend: the client sees no difference.
        house.deploy(apiId, api(proxy(), undefined), { limits })
        const streamed = await house.send(apiId, request)
        expect(streamed.status).toBe(status)
        if (received !== undefined) {
          expect(backend.received[0]?.body).toBe(received)
          expect(backend.received[0]?.headers.filter((line) => /^content-encoding/i.test(line))).toEqual([])
        }
        // The same where the body is read whole; functions see the header that the client sent.
        house.deploy(apiId, api(lambdaProxy('echo'), undefined), { limits })
        const whole = await house.send(apiId, request)
        expect(whole.status).toBe(streamed.status)
        if (received === undefined) return
        const event = JSON.parse(whole.body) as { body: string | null; headers: Record<string, string> }
        expect(event.body ?? '').toBe(received)
        expect(event.headers['Content-Encoding']).toBe(encodings.at(-1) as string)
      })
    }
  }
})

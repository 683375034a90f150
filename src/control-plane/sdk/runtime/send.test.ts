import { describe, expect, test } from 'bun:test'
import { connect } from '../typescript/connect.ts'
import { decodeBody, expandPath } from './send.ts'
import type { Answer, ClientOptions } from './types.ts'

/** Sends one call of a client. @returns what it would have put on the wire */
async function sent(input: object, options: ClientOptions = {}): Promise<Request> {
  let request: Request | undefined
  const recorder = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    request = new Request(url as string, init)
    return new Response()
  }
  const operation = {
    name: 'call',
    method: 'POST',
    path: '/x',
    contentType: 'application/json',
    statuses: [],
    isSigned: true,
  }
  const defaults = { invokeUrl: 'https://api.example/dev/', region: 'eu-west-1' }
  await connect(defaults, [operation], { ...options, fetch: recorder as typeof fetch })['call']?.(input)
  return request as Request
}

const form = (): FormData => {
  const made = new FormData()
  made.set('a', 'b')
  return made
}
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' }

describe('bodies', () => {
  const cases: readonly (readonly [input: object, type: string | null, text: string])[] = [
    [{}, null, ''],
    [{ body: { a: 1 } }, 'application/json', '{"a":1}'],
    [{ body: 'text' }, 'application/json', '"text"'],
    [{ body: null }, 'application/json', 'null'],
    [{ body: 'text', contentType: 'text/plain' }, 'text/plain', 'text'],
    [{ body: new Uint8Array([65, 66]), contentType: 'image/png' }, 'image/png', 'AB'],
    [{ body: { a: 1 }, contentType: 'application/hal+json' }, 'application/hal+json', '{"a":1}'],
    [{ body: new URLSearchParams({ a: 'b c' }) }, 'application/x-www-form-urlencoded;charset=UTF-8', 'a=b+c'],
  ]
  for (const keys of [undefined, credentials]) {
    test.each(cases)(`%j ${keys === undefined ? 'unsigned' : 'signed'}`, async (input, type, text) => {
      const request = await sent(input, { credentials: keys })
      expect([request.headers.get('content-type'), await request.text()]).toEqual([type, text])
      expect(request.headers.has('authorization')).toBe(keys !== undefined)
    })

    test(`a form ${keys === undefined ? 'unsigned' : 'signed'} is read back`, async () => {
      const request = await sent({ body: form() }, { credentials: keys })
      expect([...(await request.formData())]).toEqual([['a', 'b']])
    })
  }
})

test('signatures name key, region and service; addresses have one slash', async () => {
  const request = await sent({}, { credentials: () => ({ ...credentials, sessionToken: 'T' }) })
  expect(request.url).toBe('https://api.example/dev/x')
  expect(request.headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  )
})

test.each([
  ['/a/{b}', { b: 'c/d e?' }, '/a/c%2Fd%20e%3F'],
  ['/{b+}', { b: 'c/d e?' }, '/c/d%20e%3F'],
  ['/a b/{b}', { b: 0 }, '/a%20b/0'],
])('%s with %j', (template, values: Readonly<Record<string, string | number>>, path) => {
  expect(expandPath(template, values)).toBe(path)
})

test.each([
  ['/{b}', {}],
  ['/{b}', { b: '' }],
  ['/{b}', { b: '..' }],
  ['/{b+}', { b: 'a/../b' }],
  ['/{toString}', {}],
])('%s with %j is refused', (template, values: Readonly<Record<string, string>>) => {
  expect(() => expandPath(template, values)).toThrow(TypeError)
})

test.each([
  ['application/json; charset=utf-8', '{"a":1}', { a: 1 }],
  ['application/problem+json', '[]', []],
  ['application/json', 'no json', 'no json'],
  ['application/json', '', undefined],
  ['text/csv', '1', '1'],
  ['application/xml', '<a/>', '<a/>'],
  ['image/png', 'A', new Uint8Array([65])],
])('an answer of %s: %s', async (type, text, wanted: unknown) => {
  expect(await decodeBody(new Response(text, { headers: { 'content-type': type } }))).toEqual(wanted)
})

test('statuses that are declared are answers, others are thrown', async () => {
  const call = (status: number, statuses: readonly number[]): Promise<Answer> | undefined => {
    const operation = { name: 'f', method: 'GET', path: '/', contentType: '', statuses, isSigned: false }
    const answered = (async () => new Response('x', { status })) as unknown as typeof fetch
    const defaults = { invokeUrl: 'https://api.example', region: 'us-east-1' }
    return connect(defaults, [operation], { fetch: answered })['f']?.()
  }
  expect(await call(404, [200, 404])).toMatchObject({ status: 404, body: 'x' })
  expect(await call(202, [404])).toMatchObject({ status: 202 })
  const thrown = (error: unknown): unknown => error
  expect(await call(202, [200])?.catch(thrown)).toMatchObject({ name: 'ApiError', status: 202, body: 'x' })
  expect(await call(500, [])?.catch(thrown)).toMatchObject({ status: 500, message: 'GET / answered 500' })
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { defineHttpApi, toFunction } from '../conformance/http-api/support/definition.ts'
import { echo, LocalFunctions } from '../conformance/rest/support/functions.ts'
import { hostOf, startHouse, type House } from '../conformance/rest/support/house.ts'

// Whatever a client sends, a function can read the whole of it out of its event, and finds nothing else there.

type Pair = readonly [name: string, value: string]

const text = fc.constantFrom(
  '',
  '1',
  'x y',
  'a,b',
  'é',
  '%',
  '+',
  '&',
  ';',
  '=',
  '/',
  '"\\',
  '\n',
  '😀',
  '__proto__',
)
const queryName = fc.constantFrom('a', 'b', 'A', 'a[]', '__proto__', 'é', '1')
const headerName = fc.constantFrom('x-a', 'X-A', 'x-b', '__proto__', 'constructor', 'Accept')
const headerValue = fc.constantFrom('1', 'x y', 'a,b', '"q;"', '=?', '{}')
const cookie = fc.constantFrom('a=1', 'b=', 'c', 'd="x y"', 'e=1,2', 'a=2', 'f=g=h')

const request = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'DELETE'),
  path: fc.array(
    text.filter((each) => each !== ''),
    { minLength: 1, maxLength: 4 },
  ),
  query: fc.array(fc.tuple(queryName, text), { maxLength: 6 }),
  headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 6 }),
  /** Header lines, each with some. */
  cookies: fc.array(fc.array(cookie, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  body: fc.uint8Array({ maxLength: 40 }),
  isText: fc.boolean(),
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

/** What the gateway itself says in an event's headers, in lower case. */
const OWN: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'host',
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
])

async function eventOf(
  house: House,
  apiId: string,
  payloadFormatVersion: '1.0' | '2.0',
  { method, path, query, headers, cookies, body, isText }: Request,
): Promise<Record<string, unknown>> {
  const functions = new LocalFunctions({ f: echo })
  house.functions = functions
  const { snapshot, stage } = defineHttpApi(apiId, {
    routes: { 'ANY /r/{rest+}': toFunction('f', { payloadFormatVersion }) },
  })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
  const { status } = await house.send(apiId, {
    method,
    target: `raw:${targetOf(path, query)}`,
    headers: [
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...cookies.map((each) => `Cookie: ${each.join('; ')}`),
      `Content-Type: ${isText ? 'text/plain' : 'application/octet-stream'}`,
    ],
    body: Buffer.from(body).toString('latin1'),
  })
  expect(status).toBe(200)
  house.planTable.remove(apiId, '$default')
  return JSON.parse(Buffer.from(functions.calls[0]?.payload ?? []).toString('utf8')) as Record<
    string,
    unknown
  >
}

function targetOf(path: readonly string[], query: readonly Pair[]): string {
  const written = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  return `/r/${path.map((each) => encodeURIComponent(each)).join('/')}${written.length === 0 ? '' : `?${written.join('&')}`}`
}

/** All values of each name, in order. */
function grouped(pairs: readonly Pair[]): [string, string[]][] {
  return [...Map.groupBy(pairs, ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)])
}

/** Its own members alone, `__proto__` among them, in order of names. */
function members(value: unknown): [string, unknown][] {
  return Object.entries((value ?? {}) as object).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function byName<Value>(pairs: readonly (readonly [string, Value])[]): [string, Value][] {
  return pairs
    .map(([name, value]) => [name, value] as [string, Value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function bodyOf({ body, isBase64Encoded }: Record<string, unknown>): Buffer {
  return Buffer.from((body ?? '') as string, isBase64Encoded === true ? 'base64' : 'utf8')
}

function clients(headers: unknown): [string, unknown][] {
  return members(headers).filter(([name]) => !OWN.has(name.toLowerCase()))
}

async function everyRequest(
  payloadFormatVersion: '1.0' | '2.0',
  check: (event: Record<string, unknown>, sent: Request, apiId: string) => void,
): Promise<void> {
  const house = await startHouse()
  let count = 0
  try {
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const apiId = `event${++count}`
        const event = await eventOf(house, apiId, payloadFormatVersion, sent)
        check(event, sent, apiId)
        // Text that is no UTF-8 has no JSON: such bodies are sent with another type.
        const isUtf8 = Buffer.from(Buffer.from(sent.body).toString('utf8')).equals(Buffer.from(sent.body))
        if (!sent.isText || isUtf8) expect(bodyOf(event)).toEqual(Buffer.from(sent.body))
        expect(event['isBase64Encoded']).toBe(!sent.isText && sent.body.length > 0)
        expect(event['pathParameters']).toEqual({ rest: sent.path.join('/') })
      }),
      { numRuns: 300 },
    )
  } finally {
    await house.stop()
  }
}

test('events 2.0 tell the whole request and nothing else', async () => {
  await everyRequest('2.0', (event, { method, path, query, headers, cookies }, apiId) => {
    const [, rawQuery = ''] = targetOf(path, query).split('?')
    expect(event['rawQueryString']).toBe(rawQuery)
    // A slash within a segment stays escaped, so that segments can be told from each other.
    const rawPath = `/r/${path.map((each) => each.replaceAll('/', '%2F')).join('/')}`
    expect(event).toMatchObject({ rawPath, requestContext: { http: { method, path: rawPath } } })
    expect(members(event['queryStringParameters'])).toEqual(
      byName(grouped(query).map(([name, values]) => [name, values.join(',')])),
    )
    const lower = headers.map(([name, value]): Pair => [name.toLowerCase(), value])
    expect(clients(event['headers'])).toEqual(
      byName(grouped(lower).map(([name, values]) => [name, values.join(',')])),
    )
    expect((event['headers'] as Record<string, string>)['host']).toBe(hostOf(apiId))
    expect((event['cookies'] ?? []) as string[]).toEqual(cookies.flat())
  })
}, 60_000)

test('events 1.0 tell the whole request and nothing else', async () => {
  await everyRequest('1.0', (event, { method, path, query, headers, cookies }) => {
    expect(event).toMatchObject({ httpMethod: method, path: targetOf(path, []) })
    const queries = grouped(query)
    expect(members(event['multiValueQueryStringParameters'])).toEqual(byName(queries))
    expect(members(event['queryStringParameters'])).toEqual(
      byName(queries.map(([name, values]) => [name, values.at(-1)])),
    )
    const lines = [...headers, ...cookies.map((each): Pair => ['cookie', each.join('; ')])]
    const lists = grouped(lines.map(([name, value]) => [name.toLowerCase(), value]))
    const lowered = (of: unknown): [string, unknown][] =>
      byName(clients(of).map(([name, value]) => [name.toLowerCase(), value]))
    expect(lowered(event['multiValueHeaders'])).toEqual(byName(lists))
    expect(lowered(event['headers'])).toEqual(byName(lists.map(([name, values]) => [name, values.at(-1)])))
  })
}, 60_000)

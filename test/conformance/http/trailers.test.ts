import { afterAll, describe, expect, test } from 'bun:test'
import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import { startProxy, type Proxy } from './support/proxy.ts'
import { RawBackend } from './support/raw-backend.ts'
import { converse, deliveries, RawClient, segments, type Delivery } from './support/raw-client.ts'

const backend = new RawBackend(() => {})
const proxy: Proxy = startProxy(backend.origin)

afterAll(async () => {
  await proxy.stop()
  backend.stop()
})

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const manyLines = (count: number): string => 'X-N: 1\r\n'.repeat(count)

interface TrailerCase {
  readonly name: string
  /** Lines after the last chunk; each ends its line. */
  readonly sent: string
  /** What goes on; undefined: the message is broken. */
  readonly passed?: string
}

const cases: readonly TrailerCase[] = [
  { name: 'none', sent: '', passed: '' },
  { name: 'one', sent: 'X-Sum: abc\r\n', passed: 'X-Sum: abc\r\n' },
  {
    name: 'order, spelling, duplicates',
    sent: 'b: 1\r\nA: 2\r\nB: 3\r\n',
    passed: 'b: 1\r\nA: 2\r\nB: 3\r\n',
  },
  { name: 'blanks around the value', sent: 'X: \t a b \t\r\n', passed: 'X: a b\r\n' },
  { name: 'an empty value', sent: 'X:\r\n', passed: 'X: \r\n' },
  { name: 'bytes beyond ASCII', sent: 'X: \xe9\xff\r\n', passed: 'X: \xe9\xff\r\n' },
  {
    name: 'without framing, routing, authentication and content fields',
    sent:
      'Content-Length: 5\r\ntransfer-encoding: chunked\r\nHOST: x\r\nAuthorization: Bearer x\r\nX-Forwarded-For: x\r\n' +
      'X-Kept: 1\r\nSet-Cookie: a=b\r\nCookie: a=b\r\nContent-Encoding: gzip\r\nConnection: close\r\nTrailer: X\r\n',
    passed: 'X-Kept: 1\r\n',
  },
  { name: '50 lines', sent: manyLines(50), passed: manyLines(50) },
  { name: '51 lines', sent: manyLines(51) },
  { name: 'more than 8 KB', sent: `X: ${'v'.repeat(8192)}\r\n` },
  { name: 'a name that is none', sent: 'X Y: 1\r\n' },
  { name: 'no name', sent: ': 1\r\n' },
  { name: 'no colon', sent: 'X\r\n' },
  { name: 'a blank before the colon', sent: 'X : 1\r\n' },
  { name: 'a folded line', sent: 'X: 1\r\n 2\r\n' },
  { name: 'a bare line feed', sent: 'X: 1\nY: 2\r\n' },
  { name: 'a control character', sent: 'X: \0\r\n' },
]

describe('of an answer, to a client that takes them', () => {
  for (const delivery of deliveries) {
    for (const { name, sent, passed } of cases) {
      if (delivery === 'by byte' && sent.length > 1000) continue
      test(`${name}, ${delivery}`, async () => {
        backend.script = (connection) =>
          connection.sendPieces(segments(`${CHUNKED}1\r\nh\r\n0\r\n${sent}\r\n`, delivery))
        const text = await converse(
          proxy.server.port,
          'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n',
          'whole',
        )
        if (passed === undefined) expect(text).not.toContain('\r\n0\r\n')
        else expect(text).toEndWith(`1\r\nh\r\n0\r\n${passed}\r\n`)
      })
    }
  }
})

describe('of a request', () => {
  for (const delivery of deliveries) {
    for (const { name, sent, passed } of cases) {
      if (delivery === 'by byte' && sent.length > 1000) continue
      test(`${name}, ${delivery}`, async () => {
        backend.script = async (connection) => {
          await connection.until((received) => /\r\n0\r\n(?:.+\r\n)*\r\n$/.test(received))
          if (!connection.closed) connection.send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        }
        const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n0\r\n${sent}\r\n`
        const text = await withClose(chunked, delivery)
        if (passed === undefined) {
          expect(text.slice(0, 12)).toBe('HTTP/1.1 400')
          return
        }
        expect(text.slice(0, 12)).toBe('HTTP/1.1 204')
        const received = backend.connections.at(-1)?.received
        expect(received).toEndWith(`1\r\nh\r\n0\r\n${passed}\r\n`)
      })
    }
  }

  async function withClose(text: string, delivery: Delivery): Promise<string> {
    const client = await RawClient.open(proxy.server.port)
    await client.send(...segments(text, delivery))
    const answered = await client.until((received) => received.includes('\r\n\r\n'))
    client.reset()
    return answered
  }
})

test('the next request begins after them', async () => {
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: async ({ target, body }) => ({
      status: 200,
      headers: new Headers(['X-Target', target]),
      body: new WholeBody(await body.bytes(100)),
    }),
  })
  const first = 'POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: 1\r\n\r\n'
  const text = await converse(server.port, `${first}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`, 'whole')
  expect(text.match(/X-Target: .*/g)).toEqual(['X-Target: /1', 'X-Target: /2'])
  await server.stop()
})

/** A body that ends with trailers. */
function trailed(length: number | undefined, trailers: Headers): Body {
  return {
    length,
    start: (sink) => {
      sink.data(Buffer.from('hi'))
      sink.end(trailers)
    },
    pause() {},
    resume() {},
    cancel() {},
    bytes: () => Buffer.from('hi'),
  }
}

/** Who gets trailers: [what, request, the body's length, its end on the wire]. */
test.each<[what: string, request: string, length: number | undefined, end: string]>([
  ['TE: trailers', 'HTTP/1.1\r\nTE: trailers', undefined, '0\r\nX: 1\r\n\r\n'],
  ['among others', 'HTTP/1.1\r\nTE: deflate;q=0.5, Trailers', undefined, '0\r\nX: 1\r\n\r\n'],
  ['not asked for', 'HTTP/1.1', undefined, '\r\n0\r\n\r\n'],
  ['another TE', 'HTTP/1.1\r\nTE: deflate', undefined, '\r\n0\r\n\r\n'],
  ['a length instead of chunks', 'HTTP/1.1\r\nTE: trailers', 2, '\r\n\r\nhi'],
  ['HTTP/1.0', 'HTTP/1.0\r\nTE: trailers', undefined, '\r\n\r\nhi'],
])('a handler’s trailers: %s', async (_, request, length, end) => {
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: () => ({
      status: 200,
      headers: new Headers(),
      body: trailed(length, new Headers(['X', '1', 'Host', 'x'])),
    }),
  })
  const [version = '', ...fields] = request.split('\r\n')
  const lines = ['Host: a', ...fields].join('\r\n')
  expect(await converse(server.port, `GET / ${version}\r\n${lines}\r\n\r\n`, 'whole')).toEndWith(end)
  await server.stop()
})

test('a trailer that cannot be written cuts the answer', async () => {
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: () => ({
      status: 200,
      headers: new Headers(),
      body: trailed(undefined, new Headers(['X', 'a\r\nSet-Cookie: b'])),
    }),
  })
  const text = await converse(server.port, 'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n', 'whole')
  expect(text).not.toContain('Set-Cookie')
  expect(text).not.toContain('\r\n0\r\n')
  await server.stop()
})

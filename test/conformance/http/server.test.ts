import { afterEach, expect, test } from 'bun:test'
import { emptyBody, textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body, BodySink, HttpHandler, HttpReply, HttpRequest } from '#http/message.ts'
import { BindError, startHttpServer, type HttpServer, type HttpServerOptions } from '#http/server.ts'
import { field, parseAnswers } from './support/answers.ts'
import { eventually } from './support/proxy.ts'
import { converse, deliveries, RawClient, segments } from './support/raw-client.ts'

let server: HttpServer

function start(handler: HttpHandler, options: Partial<HttpServerOptions> = {}): void {
  server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler, ...options })
}

afterEach(async () => {
  await server.stop({ graceMs: 1000 })
  expect(server.connections).toBe(0)
})

const reply = (body: Body, raw: string[] = [], status = 200): HttpReply => ({
  status,
  headers: new Headers(raw),
  body,
})
const fine = (): HttpReply => reply(textBody('fine'))
const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: h\r\n'

/** A body that comes in pieces, at once or one a turn of the event loop. */
class Pieces implements Body {
  readonly length: number | undefined
  readonly #pieces: readonly string[]
  readonly #later: boolean
  cancelled = false

  constructor(pieces: readonly string[], later: boolean, length?: number) {
    this.#pieces = pieces
    this.#later = later
    this.length = length
  }

  start(sink: BodySink): void {
    void this.#deliver(sink)
  }

  async #deliver(sink: BodySink): Promise<void> {
    for (const piece of this.#pieces) {
      if (this.#later) await new Promise((resolve) => setImmediate(resolve))
      if (piece === '<fail>') {
        sink.fail(new Error('broken'))
        return
      }
      sink.data(Buffer.from(piece))
    }
    sink.end()
  }

  pause(): void {}
  resume(): void {}
  cancel(): void {
    this.cancelled = true
  }
  bytes(): Uint8Array {
    return Buffer.from(this.#pieces.join(''))
  }
}

test('an answer has Date, Connection and its framing, and no field of ours that a handler set', async () => {
  start(() =>
    reply(textBody('body'), [
      'A',
      '1',
      'content-length',
      '99',
      'Transfer-Encoding',
      'chunked',
      'connection',
      'x',
      'TE',
      'y',
      'Keep-Alive',
      'z',
    ]),
  )
  const [answer] = parseAnswers(await converse(server.port, GET, 'whole'))
  expect(answer?.fields.map(([name]) => name)).toEqual(['a', 'date', 'content-length', 'connection'])
  expect(answer?.body).toBe('body')
  expect(Math.abs(Date.parse(field(answer, 'date') as string) - Date.now())).toBeLessThan(3000)
})

test('a Date that the handler gives is kept', async () => {
  start(() => reply(emptyBody, ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT']))
  const [answer] = parseAnswers(await converse(server.port, GET, 'whole'))
  expect(answer?.fields.filter(([name]) => name === 'date').length).toBe(1)
})

for (const later of [false, true]) {
  const how = later ? 'later' : 'at once'
  test(`a body of unknown length, ${how}, is chunked, and ends the connection of HTTP/1.0`, async () => {
    start(() => reply(new Pieces(['one', '', 'two'], later)))
    const [chunked, more] = parseAnswers(await converse(server.port, `${GET}${GET}`, 'whole'))
    expect([chunked?.body, chunked?.complete, field(chunked, 'transfer-encoding')]).toEqual([
      'onetwo',
      true,
      'chunked',
    ])
    expect(more?.body).toBe('onetwo')
    const old = await converse(server.port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 'whole')
    expect(old).toMatch(/\r\nConnection: close\r\n\r\nonetwo$/)
  })

  for (const [name, pieces, length] of [
    ['fails', ['one', '<fail>'], undefined],
    ['is shorter than its length', ['one'], 4],
    ['is longer than its length', ['one', 'two'], 4],
  ] as const) {
    test(`a body that ${name}, ${how}, cuts the answer`, async () => {
      const outcomes: [number, boolean][] = []
      start(() => ({
        ...reply(new Pieces(pieces, later, length)),
        onSent: (...outcome) => outcomes.push(outcome),
      }))
      const client = await RawClient.open(server.port)
      await client.send(GET)
      const received = await client.rest()
      expect(received.endsWith('0\r\n\r\n')).toBe(false)
      expect(received).not.toContain('onetwo')
      expect(outcomes.map(([, complete]) => complete)).toEqual([false])
    })
  }
}

test('answers to HEAD, and of 204 and 304, have no body', async () => {
  const bodies: Pieces[] = []
  start(({ target }) => {
    const body = new Pieces(['body'], false, target === '/chunked' ? undefined : 4)
    bodies.push(body)
    return reply(body, [], Number(target.slice(1)) || 200)
  })
  const send = ['HEAD /', 'HEAD /chunked', 'GET /204', 'GET /304', 'GET /'].map(
    (line) => `${line} HTTP/1.1\r\nHost: h\r\n\r\n`,
  )
  const answers = parseAnswers(await converse(server.port, send.join(''), 'whole'), [
    'HEAD',
    'HEAD',
    'GET',
    'GET',
    'GET',
  ])
  expect(answers.map((answer) => [answer.status, field(answer, 'content-length'), answer.body])).toEqual([
    [200, '4', ''],
    [200, undefined, ''],
    [204, undefined, ''],
    [304, undefined, ''],
    [200, '4', 'body'],
  ])
  expect(bodies.map(({ cancelled }) => cancelled)).toEqual([true, true, true, true, false])
})

const unwritable: readonly [name: string, HttpReply][] = [
  ['a line end in a value', reply(emptyBody, ['A', 'b\r\nSet-Cookie: c'])],
  ['a bare LF in a value', reply(emptyBody, ['A', 'b\nSet-Cookie: c'])],
  ['NUL in a value', reply(emptyBody, ['A', '\x00Set-Cookie'])],
  ['a character beyond latin1', reply(emptyBody, ['A', '\u010d\u010aSet-Cookie'])],
  ['a colon in a name', reply(emptyBody, ['Set-Cookie: c', 'd'])],
  ['an empty name', reply(emptyBody, ['', 'Set-Cookie'])],
  ['status 101', reply(emptyBody, [], 101)],
  ['status 99.5', reply(emptyBody, [], 99.5)],
  ['status 1000', reply(emptyBody, [], 1000)],
]
for (const [name, bad] of unwritable) {
  test(`${name} is a 500, not another answer`, async () => {
    start(() => bad)
    const received = await converse(server.port, GET, 'whole')
    expect(parseAnswers(received).map(({ status, body }) => [status, body])).toEqual([
      [500, '{"message":"Internal server error"}'],
    ])
    expect(received).not.toContain('Set-Cookie')
  })
}

test('a reason that cannot be written gives way to the usual one', async () => {
  start(() => ({ ...fine(), reason: 'no\r\nA: b' }))
  expect(await converse(server.port, GET, 'whole')).toStartWith('HTTP/1.1 200 OK\r\n')
})

// Expect: 100-continue

const EXPECT = `${POST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`

test('100 is sent when the handler begins to read', async () => {
  start(async (request) => reply(new WholeBody(await request.body.bytes(10))))
  const client = await RawClient.open(server.port)
  await client.send(EXPECT)
  expect(await client.until((text) => text.endsWith('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  await client.send('hello')
  client.finish()
  expect(parseAnswers(await client.rest()).map(({ status, body }) => [status, body])).toEqual([
    [100, ''],
    [200, 'hello'],
  ])
})

test('a handler that does not read lets the client keep its body, and closes', async () => {
  start(fine)
  const client = await RawClient.open(server.port)
  await client.send(EXPECT)
  const [answer, ...more] = parseAnswers(await client.rest())
  expect([answer?.status, field(answer, 'connection'), more.length]).toEqual([200, 'close', 0])
})

test('HTTP/1.0 is never sent 100', async () => {
  start(async (request) => reply(new WholeBody(await request.body.bytes(10))))
  const received = await converse(server.port, `${EXPECT.replace('1.1', '1.0')}hello`, 'by byte')
  expect(parseAnswers(received).map(({ status, body }) => [status, body])).toEqual([[200, 'hello']])
})

// Bodies that nobody reads

test('an unread body of ordinary size is dropped, and the connection goes on', async () => {
  start(fine)
  const client = await RawClient.open(server.port)
  await client.send(`${POST}Content-Length: 1000\r\n\r\n`)
  await client.until((text) => text.endsWith('fine'))
  await client.send('x'.repeat(1000) + GET)
  client.finish()
  expect(parseAnswers(await client.rest()).map(({ status }) => status)).toEqual([200, 200])
})

test('an unread body that is announced as large ends the connection', async () => {
  start(fine)
  const client = await RawClient.open(server.port)
  await client.send(`${POST}Content-Length: 1000000000\r\n\r\n`)
  expect(parseAnswers(await client.rest()).length).toBe(1)
})

test('an unread body that turns out to be large ends the connection', async () => {
  start(fine, { limits: { discardedBodyBytesMax: 1000 } })
  const client = await RawClient.open(server.port)
  await client.send(`${POST}Transfer-Encoding: chunked\r\n\r\n`)
  await client.until((text) => text.endsWith('fine'))
  await client.send(`3e9\r\n${'x'.repeat(1001)}`)
  expect(parseAnswers(await client.rest()).length).toBe(1)
})

test('reading on after the answer fails', async () => {
  const read = Promise.withResolvers<unknown>()
  start((request) => {
    ;(request.body.bytes(1000) as Promise<Uint8Array>).catch(read.resolve)
    return fine()
  })
  const received = await converse(server.port, `${POST}Content-Length: 5\r\n\r\nhel`, 'whole')
  expect(parseAnswers(received).length).toBe(1)
  expect(await read.promise).toMatchObject({ failure: 'aborted' })
})

test('a body past the limit of its reader is a failure of the reader', async () => {
  start(async (request) => {
    try {
      return reply(new WholeBody(await request.body.bytes(3)))
    } catch (error) {
      return reply(textBody((error as Error).name), [], 413)
    }
  })
  const long = `${POST}Content-Length: 5\r\n\r\nhello`
  const chunked = `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`
  for (const delivery of ['whole', 'by byte'] as const) {
    const received = await converse(server.port, `${long}${chunked}${GET}`, delivery)
    expect(parseAnswers(received).map(({ status }) => status)).toEqual([413, 413, 200])
  }
})

test('a body is held back while its reader pauses', async () => {
  const size = 20_000_000
  let paused: Body | undefined
  let got = 0
  start(
    (request) =>
      new Promise((resolve) => {
        request.body.start({
          data: (chunk) => {
            got += chunk.length
            if (paused !== undefined) return
            paused = request.body
            request.body.pause()
          },
          end: () => resolve(reply(textBody(String(got)))),
          fail: () => resolve(reply(textBody('failed'))),
        })
      }),
  )
  const client = await RawClient.open(server.port)
  await client.send(`${POST}Content-Length: ${size}\r\n\r\n`)
  const chunk = Buffer.alloc(1024 * 1024)
  let written = 0
  const write = async (): Promise<number> => {
    const taken = client.write(chunk.subarray(0, Math.min(chunk.length, size - written)))
    written += taken
    await new Promise((resolve) => setTimeout(resolve, 1))
    return taken
  }
  for (let refused = 0; refused < 20 && written < size;) refused = (await write()) === 0 ? refused + 1 : 0
  expect(written).toBeLessThan(size)
  expect(got).toBeLessThan(2_000_000)
  paused?.resume()
  while (written < size) await write()
  client.finish()
  expect(parseAnswers(await client.rest())[0]?.body).toBe(String(size))
})

// Deadlines

const slow: readonly [name: string, send: string, limits: HttpServerOptions['limits'], statuses: number[]][] =
  [
    ['a head that does not end', 'GET / HTTP/1.1\r\nHo', { headersTimeoutMs: 10 }, [408]],
    ['a body that does not end', `${POST}Content-Length: 9\r\n\r\nhalf`, { bodyTimeoutMs: 10 }, [408]],
    ['a connection without a request', '', { idleTimeoutMs: 10 }, []],
    ['a connection without a further request', GET, { idleTimeoutMs: 100 }, [200]],
  ]
for (const [name, send, limits, statuses] of slow) {
  test(`${name} is ended`, async () => {
    start(async (request) => reply(new WholeBody(await request.body.bytes(1000))), { limits })
    const client = await RawClient.open(server.port)
    if (send !== '') await client.send(send)
    expect(parseAnswers(await client.rest()).map(({ status }) => status)).toEqual(statuses)
  })
}

test('bytes that trickle in do not extend the deadline of a head', async () => {
  start(fine, { limits: { headersTimeoutMs: 100 } })
  const client = await RawClient.open(server.port)
  await client.send('GET / HTTP/1.1\r\nA: ')
  const trickle = setInterval(() => void client.send('a'), 20)
  expect(parseAnswers(await client.rest())[0]?.status).toBe(408)
  clearInterval(trickle)
})

test('a client that takes nothing of its answer is cut', async () => {
  const outcomes: boolean[] = []
  start(
    () => ({
      ...reply(new WholeBody(Buffer.alloc(30_000_000))),
      onSent: (_, complete) => outcomes.push(complete),
    }),
    {
      limits: { writeTimeoutMs: 50 },
    },
  )
  const client = await RawClient.open(server.port)
  client.pause()
  await client.send(GET)
  await eventually(() => outcomes.length === 1)
  expect(outcomes).toEqual([false])
  expect(server.connections).toBe(0)
  client.resume()
  await client.rest()
})

test('a client that takes no answers is not served further requests', async () => {
  let served = 0
  const big = new WholeBody(Buffer.alloc(1_000_000))
  start(() => (served++, reply(big)))
  const client = await RawClient.open(server.port)
  client.pause()
  await client.send(GET.repeat(500))
  await eventually(() => served > 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(served).toBeLessThan(50)
  client.reset()
})

// A client that waits for its answer must get it: what is wrong already is refused before the line ends.

const early: readonly [send: string, status: number][] = [
  ['GET /a\x00', 400],
  ['GET /a HTTP/5.6', 505],
  ['GET /a HTTP/1.1X', 400],
  ['GET /a HTTP/1.1\r\nHost: h\r\n folded', 400],
  ['GET /a HTTP/1.1\r\nHost: h\r\nA b', 400],
  ['GET /a HTTP/1.1\r\nHost: h\r\nA: \x00', 400],
  [`GET /${'a'.repeat(11_000)}`, 414],
  [`${'M'.repeat(40)}`, 501],
  [`GET /a HTTP/1.1\r\nHost: h\r\nA: ${'a'.repeat(11_000)}`, 431],
  [`${POST}Transfer-Encoding: chunked\r\n\r\n5x`, 400],
]
for (const [send, status] of early) {
  test(`${JSON.stringify(send.slice(0, 60))} is refused at once`, async () => {
    start(async (request) => reply(new WholeBody(await request.body.bytes(1000))))
    for (const delivery of deliveries) {
      if (delivery === 'by byte' && send.length > 1000) continue
      const client = await RawClient.open(server.port)
      await client.send(...segments(send, delivery))
      expect(parseAnswers(await client.rest()).map((answer) => answer.status)).toEqual([status])
    }
  })
}

// Whole lives

test('a taken port, and one that needs rights, are typed errors', () => {
  start(fine)
  const taken = (): unknown => startHttpServer({ hostname: '127.0.0.1', port: server.port, handler: fine })
  expect(taken).toThrow(BindError)
  expect(taken).toThrow(/EADDRINUSE/)
})

test('the layer above is told what the engine refuses', async () => {
  const errors: unknown[] = []
  start(fine, { onProtocolError: (error) => errors.push(error) })
  await converse(server.port, 'nonsense\r\n\r\n', 'whole')
  expect(errors).toEqual([{ status: 400, remoteAddress: '127.0.0.1' }])
})

test('a request tells its peer and its version, and not of an abort once it is answered', async () => {
  let seen: HttpRequest | undefined
  let aborted = 0
  start((request) => {
    seen = request
    request.onAbort(() => aborted++)
    return fine()
  })
  await converse(server.port, GET, 'whole')
  expect([seen?.peer.address, seen?.version, seen?.peer.secure, seen?.aborted, aborted]).toEqual([
    '127.0.0.1',
    '1.1',
    false,
    false,
    0,
  ])
})

test('stopping lets the answer under way finish, closes idle connections and accepts no more', async () => {
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  start(async () => {
    begun.resolve()
    await finish.promise
    return fine()
  })
  const idle = await RawClient.open(server.port)
  const busy = await RawClient.open(server.port)
  await busy.send(GET + GET)
  await begun.promise
  const stopped = server.stop({ graceMs: 5000 })
  await idle.rest()
  expect(await RawClient.open(server.port).catch(() => 'refused')).toBe('refused')
  finish.resolve()
  const [answer, ...more] = parseAnswers(await busy.rest())
  expect([answer?.body, field(answer, 'connection'), more.length]).toEqual(['fine', 'close', 0])
  await stopped
})

test('stopping cuts what is not done in time', async () => {
  const begun = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  start((request) => {
    begun.resolve()
    request.onAbort(aborted.resolve)
    return new Promise<HttpReply>(() => {})
  })
  const client = await RawClient.open(server.port)
  await client.send(GET)
  await begun.promise
  await server.stop({ graceMs: 20 })
  await aborted.promise
  expect(await client.rest()).toBe('')
})

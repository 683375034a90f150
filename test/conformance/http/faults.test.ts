import { afterEach, expect, test } from 'bun:test'
import { parseAnswers } from './support/answers.ts'
import { BlackHole } from './support/black-hole.ts'
import { eventually, startProxy, type Proxy, type ProxyOptions } from './support/proxy.ts'
import { RawBackend, type Script } from './support/raw-backend.ts'
import { RawClient } from './support/raw-client.ts'

let backend: RawBackend
let proxy: Proxy

function start(script: Script, options: ProxyOptions = {}): void {
  backend = new RawBackend(script)
  proxy = startProxy(backend.origin, options)
}

/** Whatever went wrong, nothing is left of it. */
afterEach(async () => {
  await proxy.stop()
  expect(proxy.server.connections).toBe(0)
  expect(proxy.client.connections).toBe(0)
  await eventually(() => backend.connections.every(({ closed }) => closed))
  backend.stop()
})

const GET = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'
const GET_ON = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const post = (method: string, length: number, body: string): string =>
  `${method} / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n${body}`

async function ask(text: string): Promise<string> {
  const client = await RawClient.open(proxy.server.port)
  await client.send(text)
  return client.rest()
}

interface BackendFault {
  readonly name: string
  readonly script: Script
  readonly options?: ProxyOptions
  /** A GET when absent. */
  readonly request?: string
  /** Kind of the failure that the handler is told; the client is answered. */
  readonly failure?: string
  /** The client sees an answer that breaks off. */
  readonly cut?: true
  /** What is the answer's status, where nothing fails. */
  readonly status?: number
  /** The connection may serve another request. */
  readonly kept?: true
}

const quick: ProxyOptions = { request: { timeoutMs: 150 } }
const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'
const halfChunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'
const halfUntilClose = 'HTTP/1.0 200 OK\r\n\r\nhalf'
/** The client has what was sent: a reset cannot overtake it. */
let passedOn: PromiseWithResolvers<void>

const sendThenFinish =
  (text: string): Script =>
  (c) => {
    c.send(text)
    c.finish()
  }
const sendThenReset =
  (text: string): Script =>
  async (c) => {
    c.send(text)
    await passedOn.promise
    c.reset()
  }
/** Sends the second text when the client has the first. */
const sendAfter =
  (first: string, second: string): Script =>
  async (c) => {
    c.send(first)
    await passedOn.promise
    c.send(second)
  }
/** Sends a text again and again. */
const sendForEver =
  (first: string, text: string, everyMs: number): Script =>
  async (c) => {
    c.send(first)
    while (!c.closed) {
      c.send(text)
      await new Promise((resolve) => (everyMs === 0 ? setImmediate(resolve) : setTimeout(resolve, everyMs)))
    }
  }

const backendFaults: readonly BackendFault[] = [
  // No answer
  { name: 'closes without an answer', script: (c) => c.finish(), failure: 'reset' },
  { name: 'resets without an answer', script: (c) => c.reset(), failure: 'reset' },
  { name: 'never answers', script: () => {}, options: quick, failure: 'first-byte-timeout' },
  {
    name: 'stops within the head',
    script: (c) => c.send('HTTP/1.1 200 OK\r\nA:'),
    options: quick,
    failure: 'first-byte-timeout',
  },
  { name: 'closes within the head', script: sendThenFinish('HTTP/1.1 200 OK\r\nA:'), failure: 'reset' },
  {
    name: 'drips the head',
    script: sendForEver('HTTP/1.1 200 OK\r\nA:', 'x', 5),
    options: quick,
    failure: 'first-byte-timeout',
  },
  {
    name: 'sends an interim answer only',
    script: (c) => c.send('HTTP/1.1 102 X\r\n\r\n'),
    options: quick,
    failure: 'first-byte-timeout',
  },
  // No HTTP
  { name: 'answers garbage', script: (c) => c.send('SSH-2.0-x\r\n'), failure: 'malformed' },
  { name: 'answers zeros', script: (c) => c.send('\0'.repeat(1000)), failure: 'malformed' },
  { name: 'answers in HTTP/2', script: (c) => c.send('\0\0\0\x04\0\0\0\0\0'), failure: 'malformed' },
  { name: 'answers in HTTP/0.9', script: sendThenFinish('<html>'), failure: 'malformed' },
  { name: 'switches protocols', script: (c) => c.send('HTTP/1.1 101 X\r\n\r\n'), failure: 'malformed' },
  // Too much
  {
    name: 'sends interim answers without end',
    script: sendForEver('', 'HTTP/1.1 102 X\r\n\r\n', 0),
    failure: 'malformed',
  },
  {
    name: 'sends header lines without end',
    script: sendForEver('HTTP/1.1 200 OK\r\n', 'A: b\r\n'.repeat(100), 0),
    failure: 'too-large',
  },
  {
    name: 'sends one header line without end',
    script: sendForEver('HTTP/1.1 200 OK\r\nA: ', 'x'.repeat(1000), 0),
    failure: 'too-large',
  },
  {
    name: 'sends a reason without end',
    script: sendForEver('HTTP/1.1 200 ', 'x'.repeat(1000), 0),
    failure: 'too-large',
  },
  {
    name: 'tells a larger body than allowed',
    script: (c) => c.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
    options: { request: { responseBodyBytesMax: 999 } },
    failure: 'too-large',
  },
  {
    name: 'sends a larger body than allowed',
    script: sendAfter(halfChunked, `3e8\r\n${'x'.repeat(1000)}\r\n`),
    options: { request: { responseBodyBytesMax: 999 } },
    cut: true,
  },
  {
    name: 'sends a larger body than allowed at once',
    script: (c) => c.send(`${halfChunked}3e8\r\n${'x'.repeat(1000)}\r\n`),
    options: { request: { responseBodyBytesMax: 999 } },
    failure: 'too-large',
  },
  // Half a body
  { name: 'closes within the body', script: sendThenFinish(half), cut: true },
  { name: 'closes within chunks', script: sendThenFinish(halfChunked), cut: true },
  { name: 'closes within a chunk', script: sendThenFinish(`${halfChunked}4\r\nx`), cut: true },
  { name: 'resets within the body', script: sendThenReset(half), cut: true },
  { name: 'resets within chunks', script: sendThenReset(halfChunked), cut: true },
  { name: 'resets a body that ends with the connection', script: sendThenReset(halfUntilClose), cut: true },
  {
    name: 'closes a body that ends with the connection',
    script: sendThenFinish(halfUntilClose),
    status: 200,
  },
  { name: 'stops within the body', script: (c) => c.send(half), options: quick, cut: true },
  { name: 'stops within chunks', script: (c) => c.send(halfChunked), options: quick, cut: true },
  {
    name: 'stops before the connection’s end',
    script: (c) => c.send(halfUntilClose),
    options: quick,
    cut: true,
  },
  { name: 'breaks its chunks', script: sendAfter(halfChunked, 'zz\r\n'), cut: true },
  // Nothing of the answer was passed on yet.
  { name: 'breaks its chunks at once', script: (c) => c.send(`${halfChunked}zz\r\n`), failure: 'malformed' },
  {
    name: 'goes on too long',
    script: sendForEver(halfChunked, '1\r\nx\r\n', 10),
    options: { request: { timeouts: { totalMs: 100 } } },
    cut: true,
  },
  // More than one answer
  { name: 'answers twice at once', script: (c) => c.send(OK + OK), status: 200 },
  { name: 'sends a byte too many', script: (c) => c.send(`${OK}\n`), status: 200 },
  { name: 'closes with its answer', script: sendThenFinish(OK), status: 200 },
  { name: 'answers well', script: (c) => c.send(OK), status: 200, kept: true },
  // An answer before the request is whole: what is missing of it is not wanted, and the connection of no more use
  ...['413 Too Much', '200 OK'].map((line): BackendFault => ({
    name: `answers ${line.slice(0, 3)} before the request is whole`,
    script: (c) => c.send(`HTTP/1.1 ${line}\r\nContent-Length: 2\r\n\r\nno`),
    request: post('POST', 1_000_000, 'x'.repeat(1000)),
    status: Number(line.slice(0, 3)),
  })),
  {
    name: 'answers before the request is whole, and closes',
    script: sendThenFinish('HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'),
    request: post('POST', 1_000_000, 'x'.repeat(1000)),
    status: 413,
  },
]

for (const { name, script, options, request, failure, cut, status, kept } of backendFaults) {
  test(`the backend ${name}`, async () => {
    passedOn = Promise.withResolvers<void>()
    start(script, options)
    const client = await RawClient.open(proxy.server.port)
    await client.send(request ?? GET)
    void client.until((text) => text.includes('half')).then(() => passedOn.resolve())
    const [answer, ...more] = parseAnswers(await client.rest())
    expect(more).toEqual([])
    expect(answer?.complete).toBe(cut === undefined)
    expect(answer?.status).toBe(status ?? (cut === undefined ? 502 : 200))
    expect(proxy.failures).toEqual(failure === undefined ? [] : [failure])
    expect(proxy.sent.map(({ complete }) => complete)).toEqual([cut === undefined])
    expect(proxy.client.connections).toBe(kept === true ? 1 : 0)
    if (kept === undefined) await eventually(() => backend.connections.every(({ closed }) => closed))
    expect(backend.connections.length).toBe(1)
  })
}

// Backends that are not reached

interface Unreachable {
  readonly name: string
  readonly origin: () => string | Promise<string>
  readonly options?: ProxyOptions
  readonly failure: string
}

let hole: BlackHole | undefined
afterEach(async () => {
  await hole?.close()
  hole = undefined
})

const unreachable: readonly Unreachable[] = [
  {
    name: 'that refuses the connection',
    origin: () => {
      const gone = new RawBackend(() => {})
      gone.stop()
      return gone.origin
    },
    failure: 'connect',
  },
  {
    name: 'that never accepts',
    origin: async () => `http://127.0.0.1:${(hole = await BlackHole.open('127.0.0.1')).port}`,
    options: quick,
    failure: 'connect-timeout',
  },
  { name: 'whose name does not exist', origin: () => 'http://no-such-name.invalid', failure: 'dns' },
  { name: 'whose origin is none', origin: () => 'ftp://h', failure: 'malformed' },
  { name: 'whose socket is not there', origin: () => 'unix:/no/such.sock', failure: 'connect' },
]
for (const { name, origin, options, failure } of unreachable) {
  test(`a backend ${name}`, async () => {
    start((c) => c.finish())
    const elsewhere = await origin()
    await proxy.stop()
    proxy = startProxy(elsewhere, options)
    expect(parseAnswers(await ask(GET))[0]?.body).toBe(failure)
    expect(proxy.failures).toEqual([failure])
    expect(proxy.client.connections).toBe(0)
  })
}

// Kept connections that die. RFC 9110 §9.2.2 allows only what changes nothing twice to be sent again; nginx does the same.

const stale: readonly [method: string, body: string, repeated: boolean][] = [
  ['GET', '', true],
  ['OPTIONS', '', true],
  ['PUT', 'hi', true],
  ['DELETE', '', true],
  ['POST', 'hi', false],
  ['PATCH', 'hi', false],
]
for (const how of ['reset', 'finish'] as const) {
  for (const [method, body, repeated] of stale) {
    const becomes = repeated ? 'replaced' : 'a failure'
    test(`a kept connection that dies under ${method} (${how}) is ${becomes}`, async () => {
      start((connection) => {
        if (backend.connections.length === 1 && connection.requests > 1) connection[how]()
        else connection.send(OK)
      })
      const client = await RawClient.open(proxy.server.port)
      await client.send(GET_ON)
      await client.until((text) => text.endsWith('ok'))
      await client.send(post(method, body.length, body))
      client.finish()
      const [, answer] = parseAnswers(await client.rest())
      expect(answer?.status).toBe(repeated ? 200 : 502)
      expect(proxy.failures).toEqual(repeated ? [] : ['reset'])
      expect(backend.connections.length).toBe(repeated ? 2 : 1)
      expect(backend.connections[1]?.received.endsWith(`\r\n\r\n${body}`)).toBe(repeated ? true : undefined)
      expect(proxy.client.connections).toBe(repeated ? 1 : 0)
    })
  }
}

test('a request whose answer has begun is not repeated', async () => {
  start((connection) => {
    if (connection.requests > 1) sendThenFinish('HTTP/1.1 2')(connection, '')
    else connection.send(OK)
  })
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET_ON)
  await client.until((text) => text.endsWith('ok'))
  await client.send(GET)
  expect(parseAnswers(await client.rest()).map(({ body }) => body)).toEqual(['ok', 'reset'])
  expect(backend.connections.length).toBe(1)
})

test('a kept connection that the backend closes is no longer there', async () => {
  start((connection) => connection.send(OK))
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET_ON)
  await client.until((text) => text.endsWith('ok'))
  expect(proxy.client.connections).toBe(1)
  backend.connections[0]?.finish()
  await eventually(() => proxy.client.connections === 0)
  await client.send(post('POST', 2, 'hi'))
  client.finish()
  expect(parseAnswers(await client.rest()).map(({ body }) => body)).toEqual(['ok', 'ok'])
  expect(backend.connections.length).toBe(2)
})

test('a request is repeated once only', async () => {
  start((connection) => {
    if (connection.requests > 1 || backend.connections.length > 1) connection.reset()
    else connection.send(OK)
  })
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET_ON)
  await client.until((text) => text.endsWith('ok'))
  await client.send(GET)
  expect(parseAnswers(await client.rest()).map(({ body }) => body)).toEqual(['ok', 'reset'])
  expect(backend.connections.length).toBe(2)
})

test('bytes on an idle connection end it', async () => {
  start((connection) => connection.send(OK))
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET_ON)
  await client.until((text) => text.endsWith('ok'))
  const [first] = backend.connections
  first?.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
  await first?.until(() => false)
  await client.send(GET)
  expect(parseAnswers(await client.rest()).map(({ body }) => body)).toEqual(['ok', 'ok'])
  expect(backend.connections.length).toBe(2)
})

test('a backend that reads slowly slows the client, and loses nothing', async () => {
  // More than the kernel's buffers hold on the way.
  const size = 48_000_000
  start((connection) => connection.pause())
  const client = await RawClient.open(proxy.server.port)
  await client.send(post('POST', size, ''))
  await eventually(() => backend.connections[0]?.requests === 1)
  const [connection] = backend.connections
  const headBytes = connection?.received.length ?? 0
  const chunk = Buffer.alloc(1024 * 1024, 'b')
  let written = 0
  const write = async (): Promise<number> => {
    const taken = client.write(chunk.subarray(0, Math.min(chunk.length, size - written)))
    written += taken
    await new Promise((resolve) => setTimeout(resolve, 1))
    return taken
  }
  for (let refused = 0; refused < 30 && written < size;) refused = (await write()) === 0 ? refused + 1 : 0
  expect(written).toBeLessThan(size)
  connection?.resume()
  while (written < size) await write()
  await connection?.until((text) => text.length === headBytes + size)
  connection?.send(OK)
  await client.until((text) => text.endsWith('ok'))
  client.finish()
  expect(parseAnswers(await client.rest()).map(({ body }) => body)).toEqual(['ok'])
}, 60_000)

/** More than the kernel's buffers hold on the way; no two places of it look the same. */
function longText(): string {
  let text = ''
  for (let i = 0; text.length < 24_000_000; i++) text += `${i.toString(36)} `
  return text
}

for (const chunked of [false, true]) {
  const how = chunked ? 'in chunks' : 'by length'
  test(`a client that reads slowly slows the backend, and loses nothing (${how})`, async () => {
    const text = longText()
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${text.length}`
    let wire = text
    if (chunked) {
      wire = ''
      for (let at = 0, size = 1; at < text.length; at += size, size = (size * 7) % 30_011) {
        const data = text.slice(at, at + size)
        wire += `${data.length.toString(16)}\r\n${data}\r\n`
      }
      wire += '0\r\n\r\n'
    }
    let written = 0
    start(async (connection) => {
      connection.send(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`)
      while (written < wire.length && !connection.closed) {
        const taken = connection.send(wire.slice(written, written + 100_000))
        written += taken
        await new Promise((resolve) => (taken === 0 ? setTimeout(resolve, 1) : setImmediate(resolve)))
      }
    })
    const client = await RawClient.open(proxy.server.port)
    client.pause()
    await client.send(GET)
    let before = -1
    while (written !== before) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    expect(written).toBeLessThan(wire.length)
    client.resume()
    const [answer] = parseAnswers(await client.rest())
    expect(answer?.body === text).toBe(true)
    expect(proxy.sent).toEqual([{ bytes: text.length, complete: true }])
  }, 60_000)
}

// The client leaves

interface Leaving {
  readonly name: string
  readonly script?: Script
  /** `unix:` and other places than the scripted backend. */
  readonly origin?: () => Promise<string>
  readonly request: string
  /** When it leaves; the scripted backend has its connection by then, if there is to be one. */
  readonly when: (client: RawClient) => unknown
  /** What the handler is told, of the exchange or of the request's body; nothing when there was no request, or an answer. */
  readonly failure?: string
  /** The last bytes of the request that the backend got; undefined when it got no connection. */
  readonly received?: string
  /** An answer was begun. */
  readonly answered?: true
}

const backendHas = (text: string) => (): Promise<void> =>
  eventually(() => backend.connections[0]?.received.endsWith(text) === true)
const chunkedPost = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n'

const leavings: readonly Leaving[] = [
  {
    name: 'before its request is whole',
    request: 'GET / HTTP/1.1\r\nHo',
    when: () => eventually(() => proxy.server.connections === 1),
  },
  {
    name: 'while the backend is being connected',
    origin: async () => `http://127.0.0.1:${(hole = await BlackHole.open('127.0.0.1')).port}`,
    request: GET,
    when: () => eventually(() => proxy.client.connections === 1),
    failure: 'aborted',
  },
  {
    name: 'while it waits',
    request: GET,
    when: backendHas('\r\n\r\n'),
    failure: 'aborted',
    received: '\r\n\r\n',
  },
  {
    name: 'within its body',
    request: post('POST', 1000, 'some'),
    when: backendHas('some'),
    failure: 'reset',
    received: 'some',
  },
  {
    name: 'within its chunks',
    request: chunkedPost,
    when: backendHas('some\r\n'),
    failure: 'reset',
    received: 'some\r\n',
  },
  {
    name: 'within the answer’s head',
    script: (c) => c.send('HTTP/1.1 200 OK\r\nA:'),
    request: GET,
    when: backendHas('\r\n\r\n'),
    failure: 'aborted',
    received: '\r\n\r\n',
  },
  {
    name: 'within the answer',
    script: sendForEver(halfChunked, '4\r\nmore\r\n', 1),
    request: GET,
    when: (client) => client.until((text) => text.includes('more')),
    received: '\r\n\r\n',
    answered: true,
  },
  {
    name: 'within an answer that rests',
    script: (c) => c.send(half),
    request: GET,
    when: (client) => client.until((text) => text.includes('half')),
    received: '\r\n\r\n',
    answered: true,
  },
  {
    name: 'within both bodies',
    script: (c) => c.send(half),
    request: post('POST', 1000, 'some'),
    when: (client) => client.until((text) => text.includes('half')),
    received: 'some',
    answered: true,
  },
]

for (const { name, script, origin, request, when, failure, received, answered } of leavings) {
  test(`a client that leaves ${name} ends the exchange with the backend`, async () => {
    start(script ?? (() => {}))
    if (origin !== undefined) {
      const elsewhere = await origin()
      await proxy.stop()
      proxy = startProxy(elsewhere)
    }
    const client = await RawClient.open(proxy.server.port)
    await client.send(request)
    await when(client)
    client.reset()
    await eventually(() => proxy.server.connections === 0 && proxy.client.connections === 0)
    await eventually(() => backend.connections.every(({ closed }) => closed))
    expect(backend.connections.length).toBe(received === undefined ? 0 : 1)
    expect(backend.connections[0]?.received.slice(-(received?.length ?? 0))).toBe(received)
    if (failure !== undefined) await eventually(() => proxy.failures.length > 0)
    expect(proxy.failures).toEqual(failure === undefined ? [] : [failure])
    const answers = failure === undefined && answered === undefined ? [] : [false]
    await eventually(() => proxy.sent.length === answers.length)
    expect(proxy.sent.map(({ complete }) => complete)).toEqual(answers)
  })
}

test('FIN within a body is no end of it', async () => {
  start(() => {})
  const client = await RawClient.open(proxy.server.port)
  await client.send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n')
  await eventually(() => backend.connections[0]?.received.endsWith('some\r\n') === true)
  client.finish()
  await backend.connections[0]?.until(() => false)
  expect(backend.connections[0]?.received).not.toContain('\r\n0\r\n')
  expect(await client.rest()).toBe('')
})

test('a client that has closed its half still gets its answer', async () => {
  start(async (connection) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    connection.send(OK)
  })
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET_ON)
  client.finish()
  expect(parseAnswers(await client.rest())[0]?.body).toBe('ok')
})

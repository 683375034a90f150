import { afterEach, expect, test } from 'bun:test'
import { field, parseAnswers } from './support/answers.ts'
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
  /** Kind of the failure that the handler is told; the client is answered. */
  readonly failure?: string
  /** The client sees an answer that breaks off. */
  readonly cut?: true
}

const quick: ProxyOptions = { request: { timeoutMs: 60 } }
const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'

const backendFaults: readonly BackendFault[] = [
  { name: 'closes without an answer', script: (c) => c.finish(), failure: 'reset' },
  { name: 'resets without an answer', script: (c) => c.reset(), failure: 'reset' },
  { name: 'never answers', script: () => {}, options: quick, failure: 'first-byte-timeout' },
  {
    name: 'stops within the head',
    script: (c) => c.send('HTTP/1.1 200 OK\r\nA:'),
    options: quick,
    failure: 'first-byte-timeout',
  },
  {
    name: 'sends interim answers only',
    script: (c) => c.send('HTTP/1.1 102 X\r\n\r\n'),
    options: quick,
    failure: 'first-byte-timeout',
  },
  { name: 'answers garbage', script: (c) => c.send('SSH-2.0-x\r\n'), failure: 'malformed' },
  { name: 'closes within the body', script: (c) => (c.send(half), c.finish()), cut: true },
  {
    name: 'closes within chunks',
    script: (c) => (c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'), c.finish()),
    cut: true,
  },
  { name: 'stops within the body', script: (c) => c.send(half), options: quick, cut: true },
  {
    name: 'goes on too long',
    script: async (c) => {
      c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      while (!c.closed) {
        c.send('1\r\nx\r\n')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    options: { request: { timeouts: { totalMs: 100 } } },
    cut: true,
  },
]

for (const { name, script, options, failure, cut } of backendFaults) {
  test(`the backend ${name}`, async () => {
    start(script, options)
    const [answer, ...more] = parseAnswers(await ask(GET))
    expect(more).toEqual([])
    expect(answer?.complete).toBe(cut === undefined)
    expect(answer?.status).toBe(cut === undefined ? 502 : 200)
    expect(proxy.failures).toEqual(failure === undefined ? [] : [failure])
    expect(proxy.sent.map(({ complete }) => complete)).toEqual([cut === undefined])
  })
}

test('the backend refuses the connection', async () => {
  start(() => {})
  backend.stop()
  expect(parseAnswers(await ask(GET))[0]?.body).toBe('connect')
})

test('the name of the backend does not exist', async () => {
  start(() => {}, { request: { origin: 'http://no-such-name.invalid' } })
  expect(parseAnswers(await ask(GET))[0]?.body).toBe('dns')
})

test('an origin that is none', async () => {
  start(() => {}, { request: { origin: 'ftp://h' } })
  expect(parseAnswers(await ask(GET))[0]?.body).toBe('malformed')
})

const stale: readonly [method: string, body: string, repeated: boolean][] = [
  ['GET', '', true],
  ['PUT', 'hi', true],
  ['DELETE', '', true],
  ['POST', 'hi', false],
  ['PATCH', 'hi', false],
]
for (const [method, body, repeated] of stale) {
  test(`a kept connection that dies under ${method} is ${repeated ? 'replaced' : 'a failure'}`, async () => {
    start((connection) => {
      if (backend.connections.length === 1 && connection.requests > 1) connection.reset()
      else connection.send(OK)
    })
    const client = await RawClient.open(proxy.server.port)
    await client.send(GET_ON)
    await client.until((text) => text.endsWith('ok'))
    await client.send(post(method, body.length, body))
    client.finish()
    const [, answer] = parseAnswers(await client.rest())
    expect(answer?.body).toBe(repeated ? 'ok' : 'reset')
    expect(backend.connections.length).toBe(repeated ? 2 : 1)
    expect(backend.connections[1]?.received.endsWith(`\r\n\r\n${body}`)).toBe(repeated ? true : undefined)
  })
}

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

test('the backend answers before the request ends', async () => {
  start((connection) => {
    connection.send('HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
  })
  const client = await RawClient.open(proxy.server.port)
  await client.send(post('POST', 1_000_000, 'x'.repeat(1000)))
  const [answer] = parseAnswers(await client.rest())
  expect([answer?.status, answer?.body, field(answer, 'connection')]).toEqual([413, 'no', 'keep-alive'])
  expect(proxy.failures).toEqual([])
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
}, 10_000)

for (const chunked of [false, true]) {
  const how = chunked ? 'in chunks' : 'by length'
  test(`a client that reads slowly slows the backend, and loses nothing (${how})`, async () => {
    let text = ''
    for (let i = 0; text.length < 16_000_000; i++) text += `${i.toString(36)} `
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
        written += connection.send(wire.slice(written, written + 100_000))
        await new Promise((resolve) => setImmediate(resolve))
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
  }, 10_000)
}

// The client leaves

test('a client that leaves before its request is whole leaves nothing', async () => {
  start(() => {})
  const client = await RawClient.open(proxy.server.port)
  await client.send('GET / HTTP/1.1\r\nHo')
  await eventually(() => proxy.server.connections === 1)
  client.reset()
  await eventually(() => proxy.server.connections === 0)
  expect(backend.connections.length).toBe(0)
})

test('a client that leaves while it waits ends the exchange with the backend', async () => {
  start(() => {})
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET)
  await eventually(() => backend.connections[0]?.requests === 1)
  client.reset()
  await backend.connections[0]?.until(() => false)
  await eventually(() => proxy.failures.length === 1)
  expect(proxy.failures).toEqual(['aborted'])
})

test('a client that leaves within its body ends the exchange with the backend', async () => {
  start(() => {})
  const client = await RawClient.open(proxy.server.port)
  await client.send(post('POST', 1000, 'some'))
  await eventually(() => backend.connections[0]?.received.endsWith('some') === true)
  client.reset()
  await backend.connections[0]?.until(() => false)
  expect(backend.connections[0]?.received).toMatch(/some$/)
})

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

test('a client that leaves within the answer ends it at the backend', async () => {
  start(async (connection) => {
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    while (!connection.closed) {
      connection.send('4\r\nmore\r\n')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  const client = await RawClient.open(proxy.server.port)
  await client.send(GET)
  await client.until((text) => text.includes('more'))
  client.reset()
  await backend.connections[0]?.until(() => false)
  await eventually(() => proxy.sent.length === 1)
  expect(proxy.sent[0]?.complete).toBe(false)
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

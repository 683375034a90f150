import { afterAll, expect, test } from 'bun:test'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpLimits } from '#http/limits.ts'
import type { Body, BodySink, HttpHandler } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { CertificateTable } from '#http/tls/certificate-table.ts'
import { serverCertificate } from '../../support/certificates.ts'
import { eventually } from './support/proxy.ts'
import { RawClient, segments } from './support/raw-client.ts'
import { GET, tlsRequest } from './support/tls-client.ts'

const certificates = new CertificateTable({ fallback: serverCertificate('default') })
const named = new CertificateTable({ byName: new Map([['a.test', serverCertificate('a.test')]]) })
const fine: HttpHandler = () => ({ status: 200, headers: new Headers(), body: textBody('fine') })
const servers: HttpServer[] = []

function serve(limits: Partial<HttpLimits> = {}, table = certificates, handler = fine): HttpServer {
  const tls = { certificates: table }
  const server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler, http2: false, tls, limits })
  servers.push(server)
  return server
}
afterAll(() => Promise.all(servers.map((server) => server.stop({ graceMs: 0 }))))

/** What a client sends first, as a node:tls client says it. */
async function clientHello(servername = 'a.test'): Promise<string> {
  const first = Promise.withResolvers<string>()
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (socket, bytes) => (first.resolve(bytes.toString('latin1')), socket.terminate()) },
  })
  const client = connect({ host: '127.0.0.1', port: listener.port, servername })
  client.on('error', () => {})
  const hello = await first.promise
  client.destroy()
  listener.stop(true)
  return hello
}

const hello = await clientHello()
const decodeError = '\x15\x03\x01\x00\x02\x02\x32'
const server = serve({ handshakeTimeoutMs: 5000 })

const refused: readonly (readonly [name: string, sent: string, answered: RegExp | string])[] = [
  ['plain HTTP', GET, /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nThis port speaks HTTPS: .*\n$/],
  ['one letter', 'G', /^HTTP\/1\.1 400 /],
  ['a PROXY protocol header', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n', /^HTTP\/1\.1 400 /],
  ['a binary PROXY protocol header', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', ''],
  ['garbage', '\0\x01\x02\x03', ''],
  ['TLS of a future major version', '\x16\x04\x01', ''],
  ['another handshake message', '\x16\x03\x01\x00\x04\x02\0\0\0', decodeError],
  ['a ClientHello past the bound', `\x16\x03\x01\x40\0\x01\0\x40\0${'x'.repeat(300)}`, decodeError],
]
for (const delivery of ['whole', 'by byte'] as const) {
  for (const [name, sent, answered] of refused) {
    test(`${name}, ${delivery}, is refused`, async () => {
      const client = await RawClient.open(server.port)
      await client.send(...segments(sent, delivery))
      expect(await client.rest()).toMatch(answered)
      await eventually(() => server.connections === 0)
    })
  }
}

test('a name that nobody has is refused where there is no default', async () => {
  const client = await RawClient.open(serve({}, named).port)
  await client.send(await clientHello('b.test'))
  expect(await client.rest()).toBe('\x15\x03\x01\x00\x02\x02\x70')
})

test('what the library itself refuses leaves nothing', async () => {
  const client = await RawClient.open(server.port)
  // Its legacy version, that of TLS 1.0, and no other.
  const body = `\x03\x01${'r'.repeat(32)}\x00\x00\x02\xc0\x09\x01\x00`
  await client.send(
    `\x16\x03\x01\x00${String.fromCharCode(body.length + 4)}\x01\0\0${String.fromCharCode(body.length)}${body}`,
  )
  expect((await client.rest()).slice(0, 1)).toBe('\x15')
  await eventually(() => server.connections === 0)
})

test('garbage after the ClientHello leaves nothing', async () => {
  const client = await RawClient.open(server.port)
  await client.send(hello)
  await client.until((received) => received.length > 0)
  await client.send('x'.repeat(1000))
  await client.rest()
  await eventually(() => server.connections === 0)
})

/** A client whose bytes go through a connection of our own. */
function slowly(port: number, pieceBytes: number): Promise<string> {
  return new Promise((resolve) => {
    const relay = Bun.listen<{ up: ReturnType<typeof connectPlain> }>({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open(socket) {
          const up = connectPlain(port, '127.0.0.1')
          up.setNoDelay(true)
          up.on('data', (bytes) => socket.write(bytes))
          up.on('close', () => socket.end())
          socket.data = { up }
        },
        async data(socket, bytes) {
          for (let at = 0; at < bytes.length; at += pieceBytes) {
            socket.data.up.write(bytes.subarray(at, at + pieceBytes))
            await new Promise((next) => setImmediate(next))
          }
        },
        close: (socket) => void socket.data.up.destroy(),
      },
    })
    void tlsRequest(relay.port, { servername: 'a.test' }).then(({ text }) => {
      relay.stop(true)
      resolve(text)
    })
  })
}

test('a ClientHello that comes byte by byte is understood', async () => {
  expect(await slowly(server.port, 1)).toMatch(/^HTTP\/1\.1 200 [^]*fine$/)
})

test('every stage has the deadline of the whole handshake', async () => {
  const strict = serve({ handshakeTimeoutMs: 150 })
  const silent = await RawClient.open(strict.port)
  const half = await RawClient.open(strict.port)
  await half.send(hello.slice(0, 20))
  const unfinished = await RawClient.open(strict.port)
  await unfinished.send(hello)
  expect(await silent.rest()).toBe('')
  expect(await half.rest()).toBe('')
  expect((await unfinished.rest()).slice(0, 2)).toBe('\x16\x03')
  await eventually(() => strict.connections === 0)
})

test('a refused client that does not leave is cut', async () => {
  const strict = serve({ lingerTimeoutMs: 40 })
  const client = connectPlain({ port: strict.port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\n')
  client.resume()
  await new Promise((resolve) => client.once('end', resolve))
  await eventually(() => strict.connections === 0)
  client.destroy()
})

test('a client that leaves at each stage leaves nothing', async () => {
  for (const sent of ['', hello.slice(0, 50), hello]) {
    for (const leave of ['finish', 'reset'] as const) {
      const client = await RawClient.open(server.port)
      await client.send(sent)
      if (sent === hello) await client.until((received) => received.length > 0)
      client[leave]()
      await client.rest()
    }
  }
  await eventually(() => server.connections === 0)
})

test('a server that stops does not wait for handshakes', async () => {
  const stopping = serve()
  const silent = await RawClient.open(stopping.port)
  const half = await RawClient.open(stopping.port)
  await half.send(hello.slice(0, 20))
  const unfinished = await RawClient.open(stopping.port)
  await unfinished.send(hello)
  await unfinished.until((received) => received.length > 0)
  await eventually(() => stopping.connections === 3)
  await stopping.stop({ graceMs: 60_000 })
  await Promise.all([silent.rest(), half.rest(), unfinished.rest()])
})

test('what agrees on no protocol is refused; what names none gets HTTP/1.1', async () => {
  const offers = [['http/1.1'], ['h2', 'http/1.1'], ['h2'], undefined]
  const agreed = await Promise.all(
    offers.map((ALPNProtocols) =>
      tlsRequest(server.port, ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    ),
  )
  expect(agreed.map(({ alpn, text }) => [alpn, text.slice(0, 12)])).toEqual([
    ['http/1.1', 'HTTP/1.1 200'],
    ['http/1.1', 'HTTP/1.1 200'],
    [undefined, ''],
    [undefined, 'HTTP/1.1 200'],
  ])
})

test('a client that ends its half of TLS still gets its answer', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    let received = ''
    const options = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false, allowHalfOpen: true }
    const client = connect(options, () => client.end(GET))
    client.setEncoding('latin1')
    client.on('data', (chunk: string) => (received += chunk))
    client.on('error', reject)
    client.on('close', () => resolve(received))
  })
  expect(text).toMatch(/^HTTP\/1\.1 200 [^]*fine$/)
})

/** A body that is made as it is taken. */
class Source implements Body {
  readonly length = 20_000_000
  pauses = 0
  #paused = false
  #left = this.length
  #sink: BodySink | undefined

  start(sink: BodySink): void {
    this.#sink = sink
    setImmediate(() => this.#pump())
  }

  pause(): void {
    this.#paused = true
    this.pauses++
  }

  resume(): void {
    this.#paused = false
    this.#pump()
  }

  cancel(): void {
    this.#left = 0
  }

  bytes(): never {
    throw new Error('this body is streamed')
  }

  #pump(): void {
    while (!this.#paused && this.#left > 0) {
      this.#left -= PIECE.length
      this.#sink?.data(PIECE)
      if (this.#left === 0) this.#sink?.end()
    }
  }
}

const PIECE = Buffer.alloc(100_000, 'b')

test('a client that takes nothing holds back an answer, and gets all of it', async () => {
  const source = new Source()
  const handler: HttpHandler = () => ({ status: 200, headers: new Headers(), body: source })
  const slow = serve({}, certificates, handler)
  let count = 0
  const done = Promise.withResolvers<void>()
  const client = await Bun.connect({
    hostname: '127.0.0.1',
    port: slow.port,
    tls: { rejectUnauthorized: false },
    socket: {
      handshake: (socket) => void socket.write(GET),
      data(socket, bytes) {
        if (count === 0) socket.pause()
        count += bytes.length
      },
      close: () => done.resolve(),
    },
  })
  await eventually(() => source.pauses > 0)
  const early = count
  client.resume()
  await done.promise
  expect(early).toBeLessThan(source.length / 2)
  expect(count).toBeGreaterThan(source.length)
})

test('a handler that does not read holds back the client', async () => {
  const sent = 30_000_000
  const go = Promise.withResolvers<void>()
  let early = 0
  const handler: HttpHandler = async (request) => {
    await go.promise
    const body = await request.body.bytes(sent)
    return { status: 200, headers: new Headers(), body: textBody(String(body.length)) }
  }
  const slow = serve({}, certificates, handler)
  const text = await new Promise<string>((resolve, reject) => {
    let received = ''
    const client = connect({ host: '127.0.0.1', port: slow.port, rejectUnauthorized: false }, () => {
      client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${sent}\r\nConnection: close\r\n\r\n`)
      const piece = Buffer.alloc(100_000)
      const pump = (): void => {
        while (early < sent) {
          early += piece.length
          if (!client.write(piece)) {
            client.once('drain', pump)
            return
          }
        }
      }
      pump()
      // Nothing moves any more: what was taken is what the kernel and the engine hold.
      let last = -1
      const watch = setInterval(() => {
        if (early !== last) {
          last = early
          return
        }
        clearInterval(watch)
        go.resolve()
      }, 50)
    })
    client.setEncoding('latin1')
    client.on('data', (chunk: string) => (received += chunk))
    client.on('error', reject)
    client.on('close', () => resolve(received))
    void go.promise.then(() => expect(early).toBeLessThan(sent))
  })
  expect(text).toEndWith(String(sent))
})

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, connect, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { awsLimits } from '#data-plane/limits.ts'
import { hostOf, startHouse, type House } from '../rest/support/house.ts'
import { STAGE } from '../rest/support/definition.ts'
import { startProxy, type Proxy } from './support/proxy.ts'

/** What a backend does with a connection once its first request's head is here. */
type Script = (socket: Socket, head: string) => void

let script: Script = () => {}
let backend: Server
let origin: string
let proxy: Proxy
let house: House

/** The ways through: the engine alone, a route of an API, the same with compression. */
const ways = ['engine', 'HTTP_PROXY', 'HTTP_PROXY, compressed'] as const
type Way = (typeof ways)[number]

const GIGABYTE = 1024 ** 3
const limits = {
  ...awsLimits,
  requestBodyBytesMax: GIGABYTE,
  responseBodyBytesMax: GIGABYTE,
}

beforeAll(async () => {
  backend = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    let head = ''
    const read = (bytes: Buffer): void => {
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      socket.off('data', read)
      // What follows waits until somebody reads it.
      if (!head.startsWith('GET')) socket.pause()
      const rest = Buffer.from(head.slice(end + 4), 'latin1')
      if (rest.length > 0) socket.unshift(rest)
      script(socket, head.slice(0, end))
    }
    socket.on('data', read)
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
  proxy = startProxy(origin)
  house = await startHouse()
  const paths = {
    '/x': { ANY: { integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `${origin}/` } } },
  } as const
  house.deploy('plain', { paths }, { limits })
  house.deploy('coded', { api: { minimumCompressionSize: 1000 }, paths }, { limits })
})

afterAll(async () => {
  await proxy.stop()
  await house.stop()
  await new Promise((resolve) => backend.close(resolve))
})

/** A connection to the way's entrance, its request's head sent. */
async function open(way: Way, method: string, fields: readonly string[] = []): Promise<Socket> {
  const port = way === 'engine' ? proxy.server.port : house.port
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.setNoDelay(true)
  socket.on('error', () => {})
  const host = hostOf(way === 'HTTP_PROXY, compressed' ? 'coded' : 'plain')
  socket.write(
    [`${method} /${STAGE}/x HTTP/1.1`, `Host: ${host}`, 'Accept-Encoding: gzip', ...fields, '', ''].join(
      '\r\n',
    ),
  )
  return socket
}

/** Text that grows, and can be waited for. */
class Growing {
  text = ''
  #grown: () => void = () => {}

  add(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString('latin1')
    this.#grown()
  }

  async has(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      await new Promise<void>((resolve) => {
        this.#grown = resolve
      })
    }
  }
}

/** The decoded body of a chunked answer as it arrives; gunzipped where the answer says so. */
function bodyOf(socket: Socket): Growing {
  const body = new Growing()
  let wire = Buffer.alloc(0)
  let take: ((bytes: Buffer) => void) | undefined
  socket.on('data', (bytes: Buffer) => {
    wire = Buffer.concat([wire, bytes])
    if (take === undefined) {
      const end = wire.indexOf('\r\n\r\n')
      if (end === -1) return
      const gzipped = /content-encoding: gzip/i.test(wire.toString('latin1', 0, end))
      wire = wire.subarray(end + 4)
      const gunzip = gzipped ? createGunzip().on('data', (data: Buffer) => body.add(data)) : undefined
      take = (data) => {
        if (gunzip === undefined) body.add(data)
        else gunzip.write(data)
      }
    }
    for (;;) {
      const line = wire.indexOf('\r\n')
      const size = Number.parseInt(wire.toString('latin1', 0, line), 16)
      if (line === -1 || wire.length < line + 4 + size) return
      take(wire.subarray(line + 2, line + 2 + size))
      wire = wire.subarray(line + 4 + size)
    }
  })
  return body
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

describe('what the backend sends arrives before it sends more', () => {
  const kinds = {
    'server-sent events': 'Content-Type: text/event-stream\r\n',
    'a body of unknown length': 'Content-Type: text/plain\r\n',
  }
  for (const way of ways) {
    for (const [kind, field] of Object.entries(kinds)) {
      test(`${kind}, ${way}`, async () => {
        const client = await (async () => {
          const opened = Promise.withResolvers<Socket>()
          script = (socket) => opened.resolve(socket)
          return { socket: await open(way, 'GET'), server: await opened.promise }
        })()
        const body = bodyOf(client.socket)
        client.server.write(`HTTP/1.1 200 OK\r\n${field}Transfer-Encoding: chunked\r\n\r\n`)
        for (let i = 0; i < 5; i++) {
          client.server.write(chunk(`data: ${i}\n\n`))
          await body.has(`data: ${i}\n\n`)
        }
        client.server.end('0\r\n\r\n')
        client.socket.destroy()
      })
    }

    test(`a body that ends with the connection, ${way}`, async () => {
      const opened = Promise.withResolvers<Socket>()
      script = (socket) => opened.resolve(socket)
      const socket = await open(way, 'GET')
      const body = bodyOf(socket)
      const server = await opened.promise
      server.write('HTTP/1.1 200 OK\r\n\r\none')
      await body.has('one')
      server.write('two')
      await body.has('onetwo')
      server.end()
      socket.destroy()
    })
  }
})

describe('what the client sends arrives before it sends more', () => {
  for (const way of ways) {
    for (const framing of ['Transfer-Encoding: chunked', 'Content-Length: 15'] as const) {
      test(`${framing}, ${way}`, async () => {
        const opened = Promise.withResolvers<Socket>()
        script = (socket) => opened.resolve(socket)
        const socket = await open(way, 'POST', [framing])
        const coded = framing === 'Transfer-Encoding: chunked' ? chunk : (text: string): string => text
        socket.write(coded('part0'))
        const server = await opened.promise
        const received = new Growing()
        server.on('data', (bytes: Buffer) => received.add(bytes))
        server.resume()
        await received.has('part0')
        for (const part of ['part1', 'part2']) {
          socket.write(coded(part))
          await received.has(part)
        }
        if (framing === 'Transfer-Encoding: chunked') socket.write('0\r\n\r\n')
        const answer = new Growing()
        socket.on('data', (bytes: Buffer) => answer.add(bytes))
        server.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
        await answer.has('\r\n\r\nok')
        socket.destroy()
      })
    }
  }
})

test('a compressed upload is decoded as it comes', async () => {
  const opened = Promise.withResolvers<Socket>()
  script = (socket) => opened.resolve(socket)
  const socket = await open('HTTP_PROXY', 'POST', ['Transfer-Encoding: chunked', 'Content-Encoding: gzip'])
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH })
  gzip.on('data', (bytes: Buffer) => socket.write(Buffer.from(chunk(bytes.toString('latin1')), 'latin1')))
  gzip.on('end', () => socket.write('0\r\n\r\n'))
  gzip.write('part0')
  const server = await opened.promise
  const received = new Growing()
  server.on('data', (bytes: Buffer) => received.add(bytes))
  server.resume()
  await received.has('part0')
  gzip.write('part1')
  await received.has('part1')
  gzip.end()
  await received.has('\r\n0\r\n\r\n')
  server.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
  socket.destroy()
})

test('a backend that is lost in the middle of a compressed answer cuts it', async () => {
  const opened = Promise.withResolvers<Socket>()
  script = (socket) => opened.resolve(socket)
  const socket = await open('HTTP_PROXY, compressed', 'GET')
  const wire = new Growing()
  socket.on('data', (bytes: Buffer) => wire.add(bytes))
  const server = await opened.promise
  server.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('some')}`)
  await wire.has('\r\n\r\n')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  server.destroy()
  await closed
  expect(wire.text).not.toContain('\r\n0\r\n\r\n')
})

const MEGABYTE = 1024 * 1024
const SIZE = 100 * MEGABYTE
const PIECE = Buffer.alloc(64 * 1024, 'x')
/** What the gateway may hold of a message whose reader has stopped; the rest is in the buffers of four sockets. */
const UNDER_WAY_BYTES_MAX = 24 * MEGABYTE

/** Writes SIZE bytes as fast as they are taken. */
class Source {
  /** Bytes that the kernel took. */
  taken = 0
  readonly #socket: Socket
  #tookAt = performance.now()

  constructor(socket: Socket) {
    this.#socket = socket
    this.#write()
  }

  #write(): void {
    if (this.taken >= SIZE || this.#socket.destroyed) return
    this.#socket.write(PIECE, () => {
      this.taken += PIECE.length
      this.#tookAt = performance.now()
      this.#write()
    })
  }

  /** Resolves once nothing was taken for a while: whoever should read has stopped. */
  async stalled(): Promise<void> {
    while (performance.now() - this.#tookAt < 100) await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Counts what arrives from now on; resolves at `bytes`. */
function arrived(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0
    socket.on('data', (data: Buffer) => {
      count += data.length
      if (count >= bytes) resolve()
    })
    socket.resume()
  })
}

describe('100 MB past a reader that stops', () => {
  for (const way of ['engine', 'HTTP_PROXY'] as const) {
    test(`an answer, ${way}`, async () => {
      const opened = Promise.withResolvers<Socket>()
      script = (socket) => opened.resolve(socket)
      const socket = await open(way, 'GET')
      socket.pause()
      const server = await opened.promise
      server.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\nConnection: close\r\n\r\n`)
      const source = new Source(server)
      await source.stalled()
      expect(source.taken).toBeLessThan(UNDER_WAY_BYTES_MAX)
      await arrived(socket, SIZE)
      expect(source.taken).toBe(SIZE)
      socket.destroy()
    })

    test(`an upload, ${way}`, async () => {
      const opened = Promise.withResolvers<Socket>()
      script = (socket) => opened.resolve(socket)
      const socket = await open(way, 'POST', [`Content-Length: ${SIZE}`])
      const source = new Source(socket)
      const server = await opened.promise
      await source.stalled()
      expect(source.taken).toBeLessThan(UNDER_WAY_BYTES_MAX)
      await arrived(server, SIZE)
      expect(source.taken).toBe(SIZE)
      server.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
      socket.destroy()
    })
  }

  test('an answer that is compressed on the way pauses its source, too', async () => {
    const opened = Promise.withResolvers<Socket>()
    script = (socket) => opened.resolve(socket)
    const socket = await open('HTTP_PROXY, compressed', 'GET')
    socket.pause()
    const server = await opened.promise
    server.write('HTTP/1.1 200 OK\r\n\r\n')
    const noise = crypto.getRandomValues(new Uint8Array(64 * 1024))
    let taken = 0
    let tookAt = performance.now()
    const write = (): void => {
      if (server.destroyed || taken > SIZE) return
      server.write(noise, () => {
        taken += noise.length
        tookAt = performance.now()
        write()
      })
    }
    write()
    while (performance.now() - tookAt < 100) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(taken).toBeLessThan(UNDER_WAY_BYTES_MAX)
    // The reader leaves: so does the gateway.
    const closed = new Promise((resolve) => server.once('close', resolve))
    socket.destroy()
    await closed
  })
})

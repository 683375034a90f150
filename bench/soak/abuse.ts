import { connect, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import type { ClientReport, ClientSettings } from './clients.ts'
import type { Address } from './good-requests.ts'

const LIFE_MS_MAX = 1500
const SLOW_MS = 20

/** What abusive clients do with a connection that has just opened. They leave it at any moment. */
type Abuse = (socket: Socket, head: (method: string, path: string, fields?: string) => string) => void

const BYTES = '/bytes/1048576/1'

export const ABUSES: Readonly<Record<string, Abuse>> = {
  'says nothing': () => {},
  'half a head': (socket, head) => socket.write(head('GET', BYTES).slice(0, -3)),
  'a head by the byte': (socket, head) => drip(socket, Buffer.from(head('GET', BYTES))),
  'half a body': (socket, head) =>
    socket.write(head('POST', '/echo', 'Content-Length: 100000\r\n') + 'a'.repeat(random(99_000))),
  'half of a chunked body': (socket, head) =>
    socket.write(
      head('POST', '/echo', 'Transfer-Encoding: chunked\r\n') +
        '5\r\nhello\r\nffff\r\n' +
        'a'.repeat(random(60_000)),
    ),
  'a bad chunk': (socket, head) =>
    socket.write(head('POST', '/echo', 'Transfer-Encoding: chunked\r\n') + '5\r\nhello\r\nnot a size\r\n'),
  'two framings': (socket, head) =>
    socket.write(
      head('POST', '/echo', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\nGET',
    ),
  'a head too large': (socket, head) => socket.write(head('GET', BYTES, `X-Long: ${'a'.repeat(20_000)}\r\n`)),
  garbage: (socket) => socket.write(Buffer.from(Array.from({ length: 2000 }, () => random(256)))),
  'reads nothing': (socket, head) => {
    socket.pause()
    socket.write(head('GET', BYTES).repeat(4))
  },
  'reads slowly': (socket, head) => {
    socket.write(head('GET', BYTES))
    socket.on('data', () => {
      socket.pause()
      setTimeout(() => socket.resume(), SLOW_MS)
    })
  },
  'asks on and on': (socket, head) => {
    socket.pause()
    socket.write(head('GET', '/bytes/1000/1').repeat(500))
  },
  'ends its half': (socket, head) => socket.end(head('GET', BYTES)),
  'resets while it is answered': (socket, head) => {
    socket.write(head('GET', BYTES))
    socket.once('data', () => socket.resetAndDestroy())
  },
  'resets at once': (socket) => socket.resetAndDestroy(),
  'resets within its upload': (socket, head) => {
    socket.write(head('POST', '/echo', 'Content-Length: 1000000\r\n') + 'a'.repeat(500_000))
    setTimeout(() => socket.resetAndDestroy(), random(20))
  },
  'goes during a slow answer': (socket, head) => {
    socket.write(head('GET', '/slow/100000/1'))
    setTimeout(() => socket.destroy(), random(120))
  },
  'waits for 100 and goes': (socket, head) =>
    socket.write(head('POST', '/echo', 'Content-Length: 1000\r\nExpect: 100-continue\r\n')),
  'half a TLS handshake': (socket) =>
    socket.write(CLIENT_HELLO.subarray(0, 6 + random(CLIENT_HELLO.length - 6))),
  'a TLS handshake by the byte': (socket) => drip(socket, CLIENT_HELLO),
  'HTTP/2 rapid reset': (socket) => socket.write(Buffer.concat([HTTP2_PREFACE, ...rapidResets(500)])),
  'HTTP/2 endless headers': (socket) =>
    socket.write(Buffer.concat([HTTP2_PREFACE, frame(1, 0, 1, GET_HEADERS), ...continuations(1, 300)])),
  'WebSocket garbage': (socket, head) => {
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
    socket.write(head('GET', '/bytes/1000/1', `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`))
    socket.write(Buffer.from(Array.from({ length: 1000 }, () => random(256))))
  },
}

/** One abusive client: one connection after the other. */
export async function abuse(settings: ClientSettings, untilMs: number, report: ClientReport): Promise<void> {
  const names = Object.keys(ABUSES)
  while (Date.now() < untilMs) {
    const name = names[random(names.length)] as string
    await once(settings, ABUSES[name] as Abuse)
    report.counts[name] = (report.counts[name] ?? 0) + 1
  }
}

function once({ port, secure, address }: ClientSettings, act: Abuse): Promise<void> {
  return new Promise((resolve) => {
    // A port that speaks TLS is abused within it and before it.
    const within = secure && random(2) === 0
    const socket = within
      ? connectSecure({ host: '127.0.0.1', port, rejectUnauthorized: false })
      : connect({ host: '127.0.0.1', port })
    // Whatever becomes of it is right.
    socket.on('error', () => {})
    const leaving = setTimeout(
      () => {
        if (random(2) === 0) socket.resetAndDestroy()
        else socket.destroy()
      },
      random(LIFE_MS_MAX) * Math.random(),
    )
    socket.on('close', () => {
      clearTimeout(leaving)
      resolve()
    })
    socket.on(within ? 'secureConnect' : 'connect', () => {
      socket.resume()
      act(socket, (method, path, fields = '') => requestHead(address, method, path, fields))
    })
  })
}

function requestHead({ host, prefix }: Address, method: string, path: string, fields: string): string {
  return `${method} ${prefix}${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => {
    if (at === bytes.length || socket.destroyed) clearInterval(timer)
    else socket.write(bytes.subarray(at, ++at))
  }, SLOW_MS)
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}

// Raw bytes of protocols that abusive clients begin and do not finish.

const HTTP2_PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(4, 0, 0, Buffer.alloc(0)),
])
/** `:method: GET`, `:scheme: http`, `:path: /` of the static table, `:authority: x` as a literal (RFC 7541). */
const GET_HEADERS = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x78])

/** RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** HEADERS and RST_STREAM(CANCEL), again and again. */
function rapidResets(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    Buffer.concat([frame(1, 5, 2 * i + 1, GET_HEADERS), frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8]))]),
  )
}

/** CONTINUATION frames of a field section that does not end. */
function continuations(stream: number, count: number): Buffer[] {
  const field = Buffer.from([0x00, 0x01, 0x78, 0x01, 0x79])
  return Array.from({ length: count }, () =>
    frame(9, 0, stream, Buffer.concat(Array.from({ length: 20 }, () => field))),
  )
}

/** A TLS 1.2 ClientHello with the least that one can have: one cipher suite, no extensions (RFC 5246 §7.4.1.2). */
const CLIENT_HELLO = ((): Buffer => {
  const hello = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, 0xc0, 0x2b, 1, 0]),
  ])
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, hello.length]), hello])
  return Buffer.concat([Buffer.from([22, 3, 1, 0, handshake.length]), handshake])
})()

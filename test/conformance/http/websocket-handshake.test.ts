import { afterEach, describe, expect, test } from 'bun:test'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler, HttpReply } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { acceptWebSocket, readWebSocketHandshake } from '#http/websocket/handshake.ts'
import { eventually } from './support/proxy.ts'
import { deliveries, RawClient, segments } from './support/raw-client.ts'
import {
  ACCEPTANCE,
  answerWebSocket,
  closeFrame,
  frame,
  handshakeText,
  serverFrames,
  WebSocketLog,
} from './support/websocket.ts'

let server: HttpServer

afterEach(async () => {
  await server.stop({ graceMs: 0 })
  expect(server.connections).toBe(0)
})

function start(handler: HttpHandler): void {
  server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler })
}

/** Sends `text` and gives what comes back, up to the end of the first answer's head. */
async function headFor(text: string): Promise<string> {
  const client = await RawClient.open(server.port)
  await client.send(text)
  const received = await client.until((soFar) => soFar.includes('\r\n\r\n'))
  client.reset()
  return received
}

interface HandshakeCase {
  readonly name: string
  readonly send: string
  readonly status: number
  /** Fields that the answer must have. */
  readonly fields?: Readonly<Record<string, string>>
}

const accepted = (name: string, send: string): HandshakeCase => ({
  name,
  send,
  status: 101,
  fields: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPTANCE },
})
const malformed = (name: string, send: string): HandshakeCase => ({ name, send, status: 400 })
const plain = (name: string, send: string): HandshakeCase => ({ name, send, status: 200 })
const version = (name: string, value: string): HandshakeCase => ({
  name,
  send: handshakeText({ 'Sec-WebSocket-Version': value }),
  status: 426,
  fields: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' },
})

const cases: readonly HandshakeCase[] = [
  accepted('a good handshake', handshakeText()),
  accepted('tokens in any case', handshakeText({ Upgrade: 'WebSocket', Connection: 'keep-alive, uPGRADE' })),
  accepted('several protocols to change to', handshakeText({ Upgrade: 'h2c, websocket' })),
  accepted(
    'extensions and subprotocols offered',
    handshakeText({
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol': 'a, b',
    }),
  ),
  accepted('an absolute target', handshakeText({}, 'GET http://h/chat HTTP/1.1')),
  accepted('Content-Length: 0', handshakeText({ 'Content-Length': '0' })),
  plain('no Upgrade', handshakeText({ Upgrade: undefined })),
  plain('another protocol', handshakeText({ Upgrade: 'h2c' })),
  plain('HTTP/1.0', handshakeText({}, 'GET /chat HTTP/1.0')),
  malformed('POST', handshakeText({ 'Content-Length': '0' }, 'POST /chat HTTP/1.1')),
  malformed('HEAD', handshakeText({}, 'HEAD /chat HTTP/1.1')),
  malformed('a body', `${handshakeText({ 'Content-Length': '2' })}ab`),
  malformed('a chunked body', `${handshakeText({ 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`),
  malformed('no Connection', handshakeText({ Connection: undefined })),
  malformed('Connection without upgrade', handshakeText({ Connection: 'keep-alive' })),
  malformed('no key', handshakeText({ 'Sec-WebSocket-Key': undefined })),
  malformed('a key that is short', handshakeText({ 'Sec-WebSocket-Key': 'c2hvcnQ=' })),
  malformed('a key that is not base64', handshakeText({ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZ!==' })),
  malformed('a key without padding', handshakeText({ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ' })),
  malformed('two keys', handshakeText({ 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' })),
  malformed('no version', handshakeText({ 'Sec-WebSocket-Version': undefined })),
  malformed('two versions', handshakeText({ 'sec-websocket-version': '13' })),
  malformed('a subprotocol twice', handshakeText({ 'Sec-WebSocket-Protocol': 'a, b, a' })),
  malformed('a subprotocol that is no token', handshakeText({ 'Sec-WebSocket-Protocol': 'a b' })),
  malformed('an empty subprotocol', handshakeText({ 'Sec-WebSocket-Protocol': 'a,,b' })),
  version('version 8', '8'),
  version('version 99', '99'),
  version('version 013', '013'),
  version('versions as a list', '13, 8'),
]

describe('a handshake', () => {
  for (const { name, send, status, fields } of cases) {
    for (const delivery of deliveries) {
      test(`${name}, ${delivery}`, async () => {
        start((request) => answerWebSocket(request, new WebSocketLog()))
        const client = await RawClient.open(server.port)
        await client.send(...segments(send, delivery))
        const head = await client.until((received) => received.includes('\r\n\r\n'))
        client.reset()
        expect(Number(head.slice(9, 12))).toBe(status)
        for (const [field, value] of Object.entries(fields ?? {}))
          expect(head).toContain(`\r\n${field}: ${value}\r\n`)
        expect(head).not.toMatch(/\r\nsec-websocket-(extensions|protocol):/i)
      })
    }
  }
})

test('426 names what Connection must name', async () => {
  start((request) => answerWebSocket(request, new WebSocketLog()))
  expect(await headFor(handshakeText({ 'Sec-WebSocket-Version': '8' }))).toContain(
    '\r\nConnection: upgrade\r\n',
  )
})

describe('the layer above', () => {
  test('chooses a subprotocol and adds fields, but none of the handshake', async () => {
    start((request) => {
      const handshake = readWebSocketHandshake(request)
      if (handshake.kind !== 'offer') throw new Error(handshake.kind)
      expect(handshake.offer.protocols).toEqual(['chat', 'superchat', 'x'])
      const headers = new Headers(['X-Mixed-Case', 'v', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
      headers.add('Sec-WebSocket-Accept', 'forged')
      headers.add('sec-websocket-extensions', 'permessage-deflate')
      headers.add('Connection', 'close')
      headers.add('Content-Length', '5')
      headers.add('Transfer-Encoding', 'chunked')
      return acceptWebSocket(handshake.offer, { handler: new WebSocketLog(), protocol: 'superchat', headers })
    })
    const offered = 'Sec-WebSocket-Protocol: chat, superchat\r\nsec-websocket-protocol: x\r\n'
    const head = await headFor(handshakeText().replace('\r\n\r\n', `\r\n${offered}\r\n`))
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${ACCEPTANCE}`,
      'Sec-WebSocket-Protocol: superchat',
      'X-Mixed-Case: v',
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      '',
      '',
    ])
  })

  test('refuses with any answer; the connection goes on and may ask again', async () => {
    let asked = 0
    start(async (request) => {
      await Promise.resolve()
      if (++asked > 1) return answerWebSocket(request, new WebSocketLog())
      return { status: 401, headers: new Headers(['WWW-Authenticate', 'Basic']), body: textBody('who?') }
    })
    const client = await RawClient.open(server.port)
    await client.send(handshakeText())
    const refusal = await client.until((received) => received.endsWith('who?'))
    expect(refusal).toStartWith('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n')
    await client.send(handshakeText())
    expect(await client.until((received) => received.includes('HTTP/1.1 101 '))).toContain(ACCEPTANCE)
    client.reset()
  })

  test('cannot choose what was not offered, nor write a field that ends its line', async () => {
    const errors: unknown[] = []
    start((request) => {
      const handshake = readWebSocketHandshake(request)
      if (handshake.kind !== 'offer') throw new Error(handshake.kind)
      const split = request.target === '/split'
      try {
        return acceptWebSocket(handshake.offer, {
          handler: new WebSocketLog(),
          ...(split ? { headers: new Headers(['A', 'b\r\nC: d']) } : { protocol: 'other' }),
        })
      } catch (error) {
        errors.push((error as Error).message)
        throw error
      }
    })
    expect(await headFor(handshakeText())).toStartWith('HTTP/1.1 500 ')
    expect(await headFor(handshakeText({}, 'GET /split HTTP/1.1'))).toStartWith('HTTP/1.1 500 ')
    expect(errors).toEqual([
      'WebSocket subprotocol "other" was not offered: expected one of []',
      'header A has a value with control or non-latin1 characters',
    ])
  })
})

describe('the connection is handed over', () => {
  for (const when of ['at once', 'later'] as const) {
    test(`${when}, with the frames that came along`, async () => {
      const log = new WebSocketLog()
      start((request) => {
        const reply = answerWebSocket(request, log)
        return when === 'at once' ? reply : new Promise((resolve) => setImmediate(resolve, reply))
      })
      const client = await RawClient.open(server.port)
      const before = 'GET /plain HTTP/1.1\r\nHost: h\r\n\r\n'
      await client.send(
        before + handshakeText() + frame(1, 'early') + frame(2, '\x00\xff') + closeFrame(1000),
      )
      const received = await client.rest()
      expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*plainHTTP\/1\.1 101 /)
      expect(serverFrames(received.slice(received.indexOf('plain') + 5))).toEqual([
        'text early',
        'binary 00ff',
        'close 1000',
      ])
      expect(log.events).toEqual(['open', 'text early', 'binary 00ff', 'close 1000  clean'])
    })
  }

  test('more frames than a pipelined request may have, while the answer is awaited', async () => {
    const log = new WebSocketLog()
    const asked = Promise.withResolvers<void>()
    const decision = Promise.withResolvers<void>()
    start(async (request) => {
      asked.resolve()
      await decision.promise
      return answerWebSocket(request, log)
    })
    const client = await RawClient.open(server.port)
    await client.send(handshakeText())
    await asked.promise
    for (let i = 0; i < 8; i++) await client.send(frame(1, `${i}`.repeat(8000)))
    // Time for the server to hold them and to stop reading.
    await new Promise((resolve) => setTimeout(resolve, 20))
    decision.resolve()
    await eventually(() => log.events.length === 9)
    await client.send(frame(1, 'later'))
    await eventually(() => log.events.length === 10)
    expect(log.events.map((event) => event.slice(0, 6))).toEqual([
      'open',
      ...Array.from({ length: 8 }, (_, i) => `text ${i}`),
      'text l',
    ])
    client.reset()
  })

  test('the answer is told as sent', async () => {
    const sent: unknown[] = []
    start((request) => ({
      ...answerWebSocket(request, new WebSocketLog()),
      onSent: (...args) => void sent.push(args),
    }))
    await headFor(handshakeText())
    expect(sent).toEqual([[0, true]])
  })

  test('a server that stops meanwhile says so at once', async () => {
    const log = new WebSocketLog()
    const asked = Promise.withResolvers<void>()
    const decision = Promise.withResolvers<void>()
    start(async (request) => {
      asked.resolve()
      await decision.promise
      return answerWebSocket(request, log)
    })
    const client = await RawClient.open(server.port)
    await client.send(handshakeText())
    await asked.promise
    const stopped = server.stop({ graceMs: 5000 })
    decision.resolve()
    await client.until((received) => serverFrames(received).length === 1)
    await client.send(closeFrame(1001))
    expect(serverFrames(await client.rest())).toEqual(['close 1001 Going away'])
    await stopped
    expect(log.events).toEqual(['open', 'close 1001 Going away clean'])
  })
})

describe('a client that leaves while the decision is awaited', () => {
  for (const how of ['FIN', 'RST'] as const) {
    test(`by ${how}`, async () => {
      const log = new WebSocketLog()
      const asked = Promise.withResolvers<void>()
      const aborted = Promise.withResolvers<void>()
      const sent = Promise.withResolvers<boolean>()
      start(async (request) => {
        request.onAbort(() => aborted.resolve())
        asked.resolve()
        await aborted.promise
        expect(request.aborted).toBe(true)
        return { ...answerWebSocket(request, log), onSent: (_bytes, complete) => sent.resolve(complete) }
      })
      const client = await RawClient.open(server.port)
      await client.send(handshakeText() + frame(1, 'never read'))
      await asked.promise
      if (how === 'FIN') client.finish()
      else client.reset()
      expect(await sent.promise).toBe(false)
      expect(await client.rest()).toBe('')
      expect(log.events).toEqual([])
    })
  }

  test('by FIN within the segment before the decision: nothing is handed over', async () => {
    const log = new WebSocketLog()
    const first = Promise.withResolvers<void>()
    const sent: unknown[] = []
    start(async (request) => {
      if (request.target === '/slow') {
        await first.promise
        return { status: 204, headers: new Headers(), body: textBody('') }
      }
      return { ...answerWebSocket(request, log), onSent: (...args) => void sent.push(args) }
    })
    const client = await RawClient.open(server.port)
    await client.send(`GET /slow HTTP/1.1\r\nHost: h\r\n\r\n${handshakeText()}`)
    client.finish()
    // The FIN is known once the kernel has nothing more to say about this connection.
    await new Promise((resolve) => setTimeout(resolve, 20))
    first.resolve()
    expect(await client.rest()).toMatch(/^HTTP\/1\.1 204 No Content\r\n[^]*\r\n\r\n$/)
    expect(log.events).toEqual([])
    expect(sent).toEqual([[0, false]])
  })

  test('half-closing is no leaving for other requests', async () => {
    const asked = Promise.withResolvers<void>()
    const decision = Promise.withResolvers<void>()
    start(async () => {
      asked.resolve()
      await decision.promise
      return { status: 200, headers: new Headers(), body: textBody('answered') }
    })
    const client = await RawClient.open(server.port)
    await client.send(handshakeText({ Upgrade: 'h2c' }))
    await asked.promise
    client.finish()
    decision.resolve()
    expect(await client.rest()).toEndWith('answered')
  })
})

describe('a protocol is not changed', () => {
  const take = (): never => {
    throw new Error('taken')
  }
  const change: HttpReply = { status: 101, headers: new Headers(), body: textBody(''), upgrade: { take } }
  const requests: readonly (readonly [name: string, text: string])[] = [
    ['for HTTP/1.0', handshakeText({}, 'GET / HTTP/1.0')],
    ['while the body is still coming', handshakeText({ 'Content-Length': '5' }, 'POST / HTTP/1.1')],
    ['when the new protocol fails to begin', handshakeText()],
  ]
  for (const [name, text] of requests) {
    test(`${name}: 500`, async () => {
      const sent: unknown[] = []
      start(() => ({ ...change, onSent: (...args) => void sent.push(args) }))
      const head = await headFor(text)
      expect(head).toStartWith('HTTP/1.1 500 ')
      expect(head).not.toMatch(/\r\nUpgrade:/i)
      expect(sent).toEqual([[0, false]])
    })
  }
})

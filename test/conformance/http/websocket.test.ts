import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { HttpServer } from '#http/server.ts'
import type { WebSocketLimits } from '#http/websocket/limits.ts'
import { RawClient } from './support/raw-client.ts'
import {
  closeFrame,
  frame,
  handshakeText,
  openRawWebSocket,
  serverFrames,
  startWebSocketServer,
  utf8,
  WebSocketLog,
} from './support/websocket.ts'

// RFC 6455 §5 to §8, frame by frame, against a server that echoes.

let server: HttpServer
let log: WebSocketLog

function start(limits: Partial<WebSocketLimits> = {}): void {
  log = new WebSocketLog()
  server = startWebSocketServer(log, limits)
}

afterEach(async () => {
  await server.stop({ graceMs: 0 })
  expect(server.connections).toBe(0)
})

interface FramesCase {
  readonly name: string
  /** Latin1. */
  readonly send: string
  /** What the server sends, before its close where there is one. */
  readonly receive?: readonly string[]
  /** The server's close frame; undefined: it is sent a close and must echo it, so all before was well. */
  readonly close?: string
  readonly limits?: Partial<WebSocketLimits>
}

const text = (payload: string, final = true): string => frame(1, utf8(payload), { final })
const more = (payload: string, final = true): string => frame(0, utf8(payload), { final })

const messages: readonly FramesCase[] = [
  { name: 'text', send: text('hello'), receive: ['text hello'] },
  { name: 'empty text', send: text(''), receive: ['text '] },
  { name: 'binary', send: frame(2, '\x00\x01\xfe\xff'), receive: ['binary 0001feff'] },
  { name: 'empty binary', send: frame(2), receive: ['binary '] },
  { name: 'binary that is not UTF-8', send: frame(2, '\xff\xff'), receive: ['binary ffff'] },
  { name: 'text beyond ASCII', send: text('κόσμε 🎈'), receive: ['text κόσμε 🎈'] },
  { name: 'a byte order mark is text', send: text('\ufeffa'), receive: ['text \ufeffa'] },
  { name: 'a masking key of zeros', send: frame(1, 'abc', { key: [0, 0, 0, 0] }), receive: ['text abc'] },
  ...[125, 126, 127, 128, 65_535, 65_536].map((length) => ({
    name: `text of ${length} bytes`,
    send: frame(1, 'a'.repeat(length)),
    receive: [`text ${'a'.repeat(length)}`],
    limits: { frameBytesMax: 65_536 },
  })),
  // RFC 6455 §5.2 wants the shortest form of its sender; that a receiver refuse others it does not say.
  { name: 'a length longer than needed', send: frame(1, 'abc', { lengthBits: 64 }), receive: ['text abc'] },
  { name: 'two fragments', send: text('Hel', false) + more('lo'), receive: ['text Hello'] },
  {
    name: 'a fragmented binary message',
    send: frame(2, '\x01', { final: false }) + frame(0, '\x02', { final: false }) + frame(0, '\x03'),
    receive: ['binary 010203'],
  },
  {
    name: 'empty fragments',
    send: text('', false) + more('', false) + more('a', false) + more('', false) + more(''),
    receive: ['text a'],
  },
  {
    name: 'the last of two fragments alone has payload',
    send: text('', false) + more('ab'),
    receive: ['text ab'],
  },
  {
    name: '300 fragments',
    send: text('a', false) + more('b', false).repeat(298) + more('c'),
    receive: [`text a${'b'.repeat(298)}c`],
  },
  {
    name: 'a code point over two fragments',
    send: frame(1, '\xf0\x9f', { final: false }) + frame(0, '\x8e\x88'),
    receive: ['text 🎈'],
  },
  {
    name: 'control frames between fragments',
    send: text('Hel', false) + frame(9, 'p') + frame(10, 'q') + more('lo'),
    receive: ['pong p', 'text Hello'],
  },
  {
    name: 'messages in order',
    send: text('1') + frame(2, '2') + text('3'),
    receive: ['text 1', 'binary 32', 'text 3'],
  },
  { name: 'ping', send: frame(9, 'abc'), receive: ['pong abc'] },
  { name: 'empty ping', send: frame(9), receive: ['pong'] },
  { name: 'ping of 125 bytes', send: frame(9, 'x'.repeat(125)), receive: [`pong ${'x'.repeat(125)}`] },
  { name: 'pong that answers nothing', send: frame(10, 'zz') + text('on'), receive: ['text on'] },
  {
    name: 'a message of the largest size, in the largest frames',
    send: frame(1, 'a'.repeat(100), { final: false }) + frame(0, 'b'.repeat(100)),
    receive: [`text ${'a'.repeat(100)}${'b'.repeat(100)}`],
    limits: { frameBytesMax: 100, messageBytesMax: 200 },
  },
  {
    name: 'messages that are too large only together',
    send: frame(1, 'a'.repeat(90)) + frame(1, 'b'.repeat(90)),
    receive: [`text ${'a'.repeat(90)}`, `text ${'b'.repeat(90)}`],
    limits: { messageBytesMax: 100 },
  },
]

const wrong = (name: string, send: string, close: string, limits?: Partial<WebSocketLimits>): FramesCase => ({
  name,
  send,
  close,
  ...(limits === undefined ? {} : { limits }),
})
const NOT_UTF8 = 'close 1007 text is not UTF-8'
const SMALL = { frameBytesMax: 200, messageBytesMax: 300 }

const violations: readonly FramesCase[] = [
  wrong('a frame that is not masked', frame(1, 'a', { masked: false }), 'close 1002 frame is not masked'),
  wrong('a ping that is not masked', frame(9, '', { masked: false }), 'close 1002 frame is not masked'),
  ...[1, 2, 4, 7].map((reserved) =>
    wrong(`reserved bits ${reserved}`, frame(1, 'a', { reserved }), 'close 1002 reserved bit set'),
  ),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    wrong(`opcode ${opcode}`, frame(opcode), `close 1002 reserved opcode ${opcode}`),
  ),
  ...[8, 9, 10].map((opcode) =>
    wrong(
      `opcode ${opcode}, fragmented`,
      frame(opcode, '', { final: false }),
      'close 1002 fragmented control frame',
    ),
  ),
  ...[8, 9, 10].map((opcode) =>
    wrong(
      `opcode ${opcode} of 126 bytes`,
      frame(opcode, 'x'.repeat(126)),
      'close 1002 control frame too long',
    ),
  ),
  wrong('a ping of 64 KB', frame(9, 'x'.repeat(65_536)), 'close 1002 control frame too long'),
  wrong('a continuation of nothing', more('a'), 'close 1002 nothing to continue'),
  {
    name: 'a continuation after the last fragment',
    send: text('a', false) + more('b') + more('c'),
    receive: ['text ab'],
    close: 'close 1002 nothing to continue',
  },
  wrong(
    'a message within a fragmented one',
    text('a', false) + text('b'),
    'close 1002 message within a fragmented message',
  ),
  wrong('text: surrogate', frame(1, '\xce\xba\xed\xa0\x80'), NOT_UTF8),
  wrong('text: overlong', frame(1, '\xc0\xaf'), NOT_UTF8),
  wrong('text: above U+10FFFF', frame(1, '\xf4\x90\x80\x80'), NOT_UTF8),
  wrong('text: cut code point', frame(1, 'a\xce'), NOT_UTF8),
  wrong('text: cut over fragments', frame(1, '\xce', { final: false }) + frame(0, 'a'), NOT_UTF8),
  wrong(
    'a length with the highest bit set',
    '\x81\xff\x80\0\0\0\0\0\0\x01\0\0\0\0',
    'close 1002 length of 64 bits',
  ),
  wrong('a frame of 1 TiB', '\x81\xff\0\0\x01\0\0\0\0\0\0\0\0\0', 'close 1009 frame larger than 32768 bytes'),
  wrong('a frame beyond its limit', frame(1, 'a'.repeat(32_769)), 'close 1009 frame larger than 32768 bytes'),
  wrong(
    'a message beyond its limit',
    frame(1, 'a'.repeat(200), { final: false }) + frame(0, 'a'.repeat(101)),
    'close 1009 message larger than 300 bytes',
    SMALL,
  ),
  wrong(
    'a message beyond its limit, with control frames between',
    frame(1, 'a'.repeat(200), { final: false }) + frame(10) + frame(0, 'a'.repeat(101), { final: false }),
    'close 1009 message larger than 300 bytes',
    SMALL,
  ),
]

const byteDelivery = ({ send }: FramesCase): boolean => send.length < 2000

describe('frames', () => {
  for (const one of [...messages, ...violations]) {
    for (const cut of ['whole', 'by byte', 'with the handshake'] as const) {
      if (cut === 'by byte' && !byteDelivery(one)) continue
      test(`${one.name}, ${cut}`, async () => {
        const { send, receive = [], close } = one
        start(one.limits)
        const sent = close === undefined ? send + closeFrame(4000, 'done') : send
        const client = await RawClient.open(server.port)
        if (cut === 'with the handshake') await client.send(handshakeText() + sent)
        else {
          await client.send(handshakeText())
          await client.send(...(cut === 'whole' ? [sent] : sent.split('')))
        }
        expect(serverFrames(await client.rest())).toEqual([...receive, close ?? 'close 4000 done'])
        const told = close?.replace(/^close /, '') ?? '4000 done clean'
        expect(log.events.at(-1)).toBe(`close ${told}`)
        expect(log.events.filter((event) => event.startsWith('close'))).toHaveLength(1)
      })
    }
  }
})

interface CloseCase {
  readonly name: string
  readonly send: string
  readonly receive: string
  /** What the handler is told. */
  readonly told: string
}

const sendable = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
]
const forbidden = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]

const closes: readonly CloseCase[] = [
  { name: 'without code', send: frame(8), receive: 'close', told: 'close 1005  clean' },
  ...sendable.map((code) => ({
    name: `${code}`,
    send: closeFrame(code, 'bye'),
    receive: `close ${code} bye`,
    told: `close ${code} bye clean`,
  })),
  { name: 'without reason', send: closeFrame(1000), receive: 'close 1000', told: 'close 1000  clean' },
  {
    name: 'with the longest reason',
    send: closeFrame(1000, 'é'.repeat(61)),
    receive: `close 1000 ${'é'.repeat(61)}`,
    told: `close 1000 ${'é'.repeat(61)} clean`,
  },
  ...['\x03', ...forbidden.map((code) => String.fromCharCode(code >> 8, code & 255))].map((payload) => ({
    name: `with payload ${JSON.stringify(payload)}`,
    send: frame(8, payload),
    receive: 'close 1002 close code that may not be sent',
    told: 'close 1002 close code that may not be sent',
  })),
  {
    name: 'with a reason that is not UTF-8',
    send: frame(8, '\x03\xe8\xff\xfe'),
    receive: 'close 1007 close reason is not UTF-8',
    told: 'close 1007 close reason is not UTF-8',
  },
  {
    name: 'followed by more, which is ignored',
    send: closeFrame(1000) + text('late') + frame(9) + 'garbage',
    receive: 'close 1000',
    told: 'close 1000  clean',
  },
  {
    name: 'within a fragmented message, which is lost',
    send: text('a', false) + closeFrame(1000),
    receive: 'close 1000',
    told: 'close 1000  clean',
  },
]

describe('a close', () => {
  for (const { name, send, receive, told } of closes) {
    for (const cut of ['whole', 'by byte'] as const) {
      test(`${name}, ${cut}`, async () => {
        start()
        const client = await openRawWebSocket(server.port)
        await client.send(...(cut === 'whole' ? [send] : send.split('')))
        expect(serverFrames(await client.rest())).toEqual([receive])
        expect(log.events).toEqual(['open', told])
      })
    }
  }
})

test('however frames are cut into segments, the same is said', async () => {
  start({ frameBytesMax: 400, messageBytesMax: 900 })
  const payload = fc.string({ unit: 'binary', maxLength: 200 }).map(utf8)
  const anyFrame = fc
    .record({
      opcode: fc.constantFrom(0, 1, 1, 2, 9, 10),
      payload: fc.oneof(payload, payload, fc.constant('\xff'), fc.constant('x'.repeat(401))),
      final: fc.boolean(),
      reserved: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1),
      masked: fc.constantFrom(true, true, true, true, true, true, false),
    })
    .map(({ opcode, payload: data, ...options }) => frame(opcode, data, options))
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.array(fc.nat(600), { maxLength: 8 }),
      async (frames, cuts) => {
        const sent = frames.join('') + closeFrame(1000)
        const outcome = async (pieces: string[]): Promise<unknown> => {
          log.events.length = 0
          const client = await openRawWebSocket(server.port)
          await client.send(...pieces)
          return [serverFrames(await client.rest()), [...log.events]]
        }
        const places = [...new Set([0, ...cuts, sent.length])].filter((at) => at <= sent.length)
        const ends = places.toSorted((a, b) => a - b)
        const pieces = ends.slice(1).map((end, i) => sent.slice(ends[i], end))
        expect(await outcome(pieces)).toEqual(await outcome([sent]))
      },
    ),
    { numRuns: 60 },
  )
})

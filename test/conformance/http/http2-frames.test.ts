import { afterAll, describe, expect, test } from 'bun:test'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  ENDS,
  type Fields,
  frame,
  get,
  HELLO,
  indexed,
  integer,
  literal,
  outcome,
  PADDED,
  ping,
  plain,
  post,
  PREFACE,
  PRIORITY,
  priority,
  pseudo,
  reset,
  settings,
  SETTINGS_ACK,
  windowUpdate,
} from './support/http2-client.ts'
import { RawClient } from './support/raw-client.ts'

// What the server makes of frames, well-formed and not (RFC 9113, RFC 7541), however they are cut.

/** Targets that the handler saw, and the fields of the last request. */
let seen: string[] = []
let fields: string[] = []

function reply(text: string, raw: string[] = []): HttpReply {
  return { status: 200, headers: new Headers(raw), body: textBody(text) }
}

/** `/` answers at once, `/7` with so many bytes, `/echo` with the body, `/wide` with much of a header. */
function handler(request: HttpRequest): HttpReply | Promise<HttpReply> {
  const { target, body, headers } = request
  seen.push(target)
  fields = [...headers].map((field) => field.join(': '))
  if (target === '/echo') return echo(request)
  if (target === '/wide') return reply('', ['x-wide', 'w'.repeat(40_000)])
  if (target === '/never') return new Promise(() => {})
  if (target === '/unread') return reply('')
  if (/^\/\d+$/.test(target)) return reply('x'.repeat(Number(target.slice(1))))
  body.cancel()
  return reply('hello')
}

async function echo({ body }: HttpRequest): Promise<HttpReply> {
  const bytes = Buffer.from(await body.bytes(1_000_000))
  return reply(bytes.toString('latin1'))
}

const WINDOW = 65_536
const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler,
  http2Limits: { streamWindowBytes: WINDOW, connectionWindowBytes: 3 * WINDOW, concurrentStreamsMax: 5 },
})
afterAll(() => server.stop({ graceMs: 0 }))

interface Case {
  readonly name: string
  /** Sent one after the other. */
  readonly sent: string | readonly string[]
  /** What comes back; GOAWAY of a connection that ends well is left out. */
  readonly expected: readonly string[]
  /** Targets that came to the handler. */
  readonly handled?: readonly string[]
  /** Header lines of the last that did. */
  readonly fields?: readonly string[]
  /** Not after the preface and SETTINGS. */
  readonly bare?: boolean
}

const OK = ['HEADERS 1 200', 'DATA 1 5 end']
const ok = (stream: number): string[] => OK.map((line) => line.replace('1', String(stream)))
const goAway = (stream: number, code: string): string[] => [`GOAWAY ${stream} ${code}`]
const protocolError = (stream: number): string[] => goAway(stream, 'PROTOCOL_ERROR')
const broken = (stream = 1): string[] => [`RST_STREAM ${stream} PROTOCOL_ERROR`]
const request = (...fields: Fields): string => frame('HEADERS', ENDS, 1, block(fields))
const padded = (padding: number, text: string, actual = padding): string =>
  String.fromCharCode(padding) + text + '\0'.repeat(actual)
const without = (name: string): Fields => pseudo().filter(([each]) => each !== name)
const GET_BLOCK = block(pseudo())
const POST_BLOCK = block(pseudo('/echo', 'POST'))
const FULL = 'x'.repeat(16_384)

const groups: Record<string, readonly Case[]> = {
  '§3 preface': [
    { name: 'a request', sent: get(1), expected: OK, handled: ['/'] },
    { name: 'no frame', sent: '', expected: [] },
    {
      name: 'another preface',
      sent: `${PREFACE.slice(0, -4)}XX\r\n${settings()}${get(1)}`,
      bare: true,
      expected: protocolError(0),
      handled: [],
    },
    {
      name: 'HEADERS before SETTINGS',
      sent: PREFACE + get(1),
      bare: true,
      expected: protocolError(0),
      handled: [],
    },
    {
      name: 'an acknowledgement before SETTINGS',
      sent: PREFACE + SETTINGS_ACK,
      bare: true,
      expected: protocolError(0),
    },
    { name: 'PING before SETTINGS', sent: PREFACE + ping(), bare: true, expected: protocolError(0) },
  ],
  '§4 frames': [
    {
      name: 'an unknown type',
      sent: frame(0x16, 0xff, 0, 'what') + frame(0x16, 0, 9, '') + get(1),
      expected: OK,
    },
    { name: 'unknown flags', sent: frame('PING', 0x16, 0, '12345678'), expected: ['PING ack 12345678'] },
    {
      name: 'the reserved bit of a stream',
      sent: frame('HEADERS', ENDS, 0x8000_0001, GET_BLOCK),
      expected: OK,
    },
    {
      name: 'the largest DATA',
      sent: post(1, '/echo') + data(1, FULL, END_STREAM),
      expected: ['HEADERS 1 200', 'DATA 1 16384 end'],
    },
    {
      name: 'DATA too large',
      sent: post(1, '/echo') + data(1, `${FULL}x`, END_STREAM),
      expected: goAway(1, 'FRAME_SIZE_ERROR'),
    },
    {
      name: 'HEADERS too large',
      sent: frame('HEADERS', ENDS, 1, GET_BLOCK + literal('a', FULL)),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    {
      name: 'an unknown type too large',
      sent: frame(0x20, 0, 1, `${FULL}x`),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    {
      name: 'another frame within a header block',
      sent: frame('HEADERS', END_STREAM, 1, GET_BLOCK) + priority(1),
      expected: protocolError(1),
      handled: [],
    },
    {
      name: 'an unknown frame within a header block',
      sent: frame('HEADERS', END_STREAM, 1, GET_BLOCK) + frame(0x16, 0, 1),
      expected: protocolError(1),
    },
    {
      name: 'HEADERS of another stream within a header block',
      sent: frame('HEADERS', END_STREAM, 1, GET_BLOCK) + get(3),
      expected: protocolError(1),
    },
  ],
  '§5.1 stream states': [
    { name: 'idle: DATA', sent: data(1, 'x'), expected: protocolError(0) },
    { name: 'idle: RST_STREAM', sent: reset(1), expected: protocolError(0) },
    { name: 'idle: WINDOW_UPDATE', sent: windowUpdate(1, 100), expected: protocolError(0) },
    {
      name: 'idle: CONTINUATION',
      sent: frame('CONTINUATION', END_HEADERS, 1, GET_BLOCK),
      expected: protocolError(0),
    },
    { name: 'idle: PRIORITY', sent: priority(1) + get(1), expected: OK },
    {
      name: 'idle, of the server: DATA',
      sent: get(5) + data(2, 'x'),
      expected: [...ok(5), ...protocolError(5)],
    },
    {
      name: 'idle, of the server: RST_STREAM',
      sent: get(5) + reset(2),
      expected: [...ok(5), ...protocolError(5)],
    },
    {
      name: 'idle, of the server: WINDOW_UPDATE',
      sent: get(5) + windowUpdate(2, 1),
      expected: [...ok(5), ...protocolError(5)],
    },
    {
      name: 'half-closed: DATA',
      sent: get(1, '/never') + data(1, 'x'),
      expected: ['RST_STREAM 1 STREAM_CLOSED'],
    },
    {
      name: 'half-closed: HEADERS',
      sent: get(1, '/never') + get(1),
      expected: goAway(1, 'STREAM_CLOSED'),
      handled: ['/never'],
    },
    {
      name: 'half-closed: CONTINUATION',
      sent: get(1, '/never') + frame('CONTINUATION', END_HEADERS, 1, GET_BLOCK),
      expected: protocolError(1),
    },
    {
      name: 'half-closed: WINDOW_UPDATE, PRIORITY, RST_STREAM',
      sent: get(1, '/never') + windowUpdate(1, 9) + priority(1) + reset(1) + get(3),
      expected: ok(3),
    },
    {
      name: 'closed by an answer: DATA',
      sent: get(1) + data(1, 'x'),
      expected: [...OK, 'RST_STREAM 1 STREAM_CLOSED'],
    },
    {
      name: 'closed by an answer: HEADERS',
      sent: get(1) + get(1),
      expected: [...OK, ...goAway(1, 'STREAM_CLOSED')],
      handled: ['/'],
    },
    {
      name: 'closed by an answer: WINDOW_UPDATE, PRIORITY, RST_STREAM',
      sent: get(1) + windowUpdate(1, 9) + priority(1) + reset(1) + get(3),
      expected: [...OK, ...ok(3)],
    },
    {
      name: 'closed by RST_STREAM: DATA',
      sent: get(1, '/never') + reset(1) + data(1, 'x'),
      expected: ['RST_STREAM 1 STREAM_CLOSED'],
    },
    {
      name: 'closed by RST_STREAM: HEADERS',
      sent: get(1, '/never') + reset(1) + get(1),
      expected: goAway(1, 'STREAM_CLOSED'),
      handled: ['/never'],
    },
    {
      name: 'answered early: DATA and trailers that were under way',
      sent: post(1, '/unread') + data(1, 'late') + frame('HEADERS', ENDS, 1, literal('a', 'b')) + get(3),
      expected: ['HEADERS 1 200 end', 'RST_STREAM 1 NO_ERROR', ...ok(3)],
    },
    {
      name: 'answered early: more after the end that was under way',
      sent: post(1, '/unread') + data(1, 'late', END_STREAM) + data(1, 'x'),
      expected: ['HEADERS 1 200 end', 'RST_STREAM 1 NO_ERROR', 'RST_STREAM 1 STREAM_CLOSED'],
    },
    {
      name: 'answered early: RST_STREAM that was under way',
      sent: post(1, '/unread') + reset(1) + get(3),
      expected: ['HEADERS 1 200 end', 'RST_STREAM 1 NO_ERROR', ...ok(3)],
    },
    {
      name: 'five at once',
      sent: [1, 3, 5, 7, 9].map((stream) => post(stream, '/never')).join('') + ping(),
      expected: ['PING ack 12345678'],
      handled: Array.from({ length: 5 }, () => '/never'),
    },
    {
      name: 'six at once',
      sent: [1, 3, 5, 7, 9, 11].map((stream) => post(stream, '/never')).join(''),
      expected: ['RST_STREAM 11 REFUSED_STREAM'],
      handled: Array.from({ length: 5 }, () => '/never'),
    },
    {
      name: 'DATA of a stream that was refused',
      sent:
        [1, 3, 5, 7, 9].map((stream) => post(stream, '/never')).join('') +
        post(11) +
        data(11, 'late', END_STREAM) +
        reset(1) +
        get(13),
      expected: ['RST_STREAM 11 REFUSED_STREAM', ...ok(13)],
    },
  ],
  '§5.1.1 stream identifiers': [
    { name: 'even', sent: get(2), expected: protocolError(0), handled: [] },
    { name: 'zero', sent: get(0), expected: protocolError(0), handled: [] },
    {
      name: 'smaller than before',
      sent: get(5) + get(3),
      expected: [...ok(5), ...protocolError(5)],
      handled: ['/'],
    },
    { name: 'with gaps', sent: get(1) + get(2 ** 31 - 1), expected: [...OK, ...ok(2 ** 31 - 1)] },
  ],
  '§6.1 DATA': [
    { name: 'of stream 0', sent: data(0, 'x'), expected: protocolError(0) },
    {
      name: 'in pieces',
      sent: post(1, '/echo') + data(1, 'a') + data(1, '') + data(1, 'bc') + data(1, '', END_STREAM),
      expected: ['HEADERS 1 200', 'DATA 1 3 end'],
    },
    {
      name: 'padded',
      sent: post(1, '/echo') + data(1, padded(6, 'abc'), PADDED | END_STREAM),
      expected: ['HEADERS 1 200', 'DATA 1 3 end'],
    },
    {
      name: 'padding alone',
      sent: post(1, '/echo') + data(1, padded(255, ''), PADDED | END_STREAM),
      expected: ['HEADERS 1 200 end'],
    },
    {
      name: 'padding beyond the frame',
      sent: post(1, '/echo') + data(1, padded(4, 'abc', 0), PADDED | END_STREAM),
      expected: protocolError(1),
    },
    {
      name: 'padded without a length',
      sent: post(1, '/echo') + data(1, '', PADDED | END_STREAM),
      expected: protocolError(1),
    },
  ],
  '§6.2 HEADERS': [
    { name: 'padded', sent: frame('HEADERS', ENDS | PADDED, 1, padded(7, GET_BLOCK)), expected: OK },
    {
      name: 'with priority',
      sent: frame('HEADERS', ENDS | PRIORITY, 1, `\x80\0\0\x03\xff${GET_BLOCK}`),
      expected: OK,
    },
    {
      name: 'padded, with priority',
      sent: frame('HEADERS', ENDS | PRIORITY | PADDED, 1, padded(3, `\0\0\0\x03\xff${GET_BLOCK}`)),
      expected: OK,
    },
    {
      name: 'padding beyond the frame',
      sent: frame('HEADERS', ENDS | PADDED, 1, padded(255, GET_BLOCK, 2)),
      expected: protocolError(0),
    },
    {
      name: 'too short for its priority',
      sent: frame('HEADERS', ENDS | PRIORITY, 1, '\0\0\0\x03'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
  ],
  '§6.3 PRIORITY': [
    { name: 'of stream 0', sent: priority(0), expected: protocolError(0) },
    {
      name: 'too short',
      sent: post(1, '/never') + frame('PRIORITY', 0, 1, '\0\0\0\0'),
      expected: ['RST_STREAM 1 FRAME_SIZE_ERROR'],
    },
    {
      name: 'too long, of an idle stream',
      sent: frame('PRIORITY', 0, 1, '\0\0\0\0\0\0'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
  ],
  '§6.4 RST_STREAM': [
    { name: 'of stream 0', sent: reset(0), expected: protocolError(0) },
    {
      name: 'too short',
      sent: get(1, '/never') + frame('RST_STREAM', 0, 1, '\0\0\0'),
      expected: goAway(1, 'FRAME_SIZE_ERROR'),
    },
    {
      name: 'too long',
      sent: get(1, '/never') + frame('RST_STREAM', 0, 1, '\0\0\0\0\0'),
      expected: goAway(1, 'FRAME_SIZE_ERROR'),
    },
  ],
  '§6.5 SETTINGS': [
    { name: 'of a stream', sent: frame('SETTINGS', 0, 1), expected: protocolError(0) },
    { name: 'acknowledged', sent: SETTINGS_ACK + get(1), expected: OK },
    {
      name: 'acknowledged with contents',
      sent: frame('SETTINGS', 1, 0, '\0\x03\0\0\0\x01'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    {
      name: 'of a wrong size',
      sent: frame('SETTINGS', 0, 0, '\0\x03\0\0\0'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    { name: 'ENABLE_PUSH 2', sent: settings([2, 2]), expected: protocolError(0) },
    { name: 'ENABLE_PUSH 0 and 1', sent: settings([2, 0], [2, 1]) + get(1), expected: OK },
    {
      name: 'INITIAL_WINDOW_SIZE 2^31',
      sent: settings([4, 2 ** 31]),
      expected: goAway(0, 'FLOW_CONTROL_ERROR'),
    },
    { name: 'INITIAL_WINDOW_SIZE 2^31-1', sent: settings([4, 2 ** 31 - 1]) + get(1), expected: OK },
    { name: 'MAX_FRAME_SIZE too small', sent: settings([5, 16_383]), expected: protocolError(0) },
    { name: 'MAX_FRAME_SIZE too large', sent: settings([5, 2 ** 24]), expected: protocolError(0) },
    {
      name: 'MAX_FRAME_SIZE at its bounds',
      sent: settings([5, 16_384], [5, 2 ** 24 - 1]) + get(1),
      expected: OK,
    },
    { name: 'unknown', sent: settings([0x16, 5], [0, 1]) + get(1), expected: OK },
    { name: 'HEADER_TABLE_SIZE 0', sent: settings([1, 0]) + get(1), expected: OK },
  ],
  '§6.6-6.8 PUSH_PROMISE, PING, GOAWAY': [
    {
      name: 'PUSH_PROMISE',
      sent: get(1, '/never') + frame('PUSH_PROMISE', END_HEADERS, 1, `\0\0\0\x02${GET_BLOCK}`),
      expected: protocolError(1),
    },
    { name: 'PING', sent: ping('abcdefgh'), expected: ['PING ack abcdefgh'] },
    { name: 'PING acknowledged', sent: ping('abcdefgh', 1), expected: [] },
    { name: 'PING of a stream', sent: frame('PING', 0, 1, '12345678'), expected: protocolError(0) },
    {
      name: 'PING of a wrong size',
      sent: frame('PING', 0, 0, '1234567'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    { name: 'GOAWAY', sent: get(1) + frame('GOAWAY', 0, 0, '\0\0\0\0\0\0\0\0why'), expected: OK },
    {
      name: 'GOAWAY of a stream',
      sent: frame('GOAWAY', 0, 1, '\0\0\0\0\0\0\0\0'),
      expected: protocolError(0),
    },
    {
      name: 'GOAWAY too short',
      sent: frame('GOAWAY', 0, 0, '\0\0\0\0\0\0\0'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
  ],
  '§6.9 WINDOW_UPDATE': [
    { name: 'of nothing', sent: windowUpdate(0, 0), expected: protocolError(0) },
    {
      name: 'of nothing for a stream',
      sent: get(1, '/never') + windowUpdate(1, 0) + get(3),
      expected: [...broken(), ...ok(3)],
    },
    {
      name: 'of a wrong size',
      sent: frame('WINDOW_UPDATE', 0, 0, '\0\0\x01'),
      expected: goAway(0, 'FRAME_SIZE_ERROR'),
    },
    { name: 'beyond 2^31-1', sent: windowUpdate(0, 2 ** 31 - 1), expected: goAway(0, 'FLOW_CONTROL_ERROR') },
    { name: 'up to 2^31-1', sent: windowUpdate(0, 2 ** 31 - 1 - 65_535) + get(1), expected: OK },
    {
      name: 'beyond 2^31-1 for a stream',
      sent: get(1, '/never') + windowUpdate(1, 2 ** 31 - 1),
      expected: ['RST_STREAM 1 FLOW_CONTROL_ERROR'],
    },
    {
      name: 'a small window',
      sent: settings([4, 3]) + get(1) + windowUpdate(1, 1) + windowUpdate(1, 1),
      expected: ['HEADERS 1 200', 'DATA 1 3', 'DATA 1 1', 'DATA 1 1 end'],
    },
    {
      name: 'a window that can be opened no more, for the client has ended its side',
      sent: settings([4, 3]) + get(1),
      expected: ['HEADERS 1 200', 'DATA 1 3', 'RST_STREAM 1 CANCEL'],
    },
    {
      name: 'a window of 0 needs none for an answer without body',
      sent: settings([4, 0]) + get(1, '/0'),
      expected: ['HEADERS 1 200 end'],
    },
    {
      name: 'a window opened by SETTINGS',
      sent: settings([4, 0]) + get(1) + settings([4, 5]),
      expected: ['HEADERS 1 200', 'DATA 1 5 end'],
    },
    {
      name: 'a negative window',
      sent:
        settings([4, 3]) +
        get(1) +
        settings([4, 0]) +
        windowUpdate(1, 3) +
        windowUpdate(1, 1) +
        windowUpdate(1, 1),
      expected: ['HEADERS 1 200', 'DATA 1 3', 'DATA 1 1', 'DATA 1 1 end'],
    },
    {
      name: 'SETTINGS that overflow the window of a stream',
      sent: get(1, '/never') + windowUpdate(1, 2 ** 31 - 1 - 65_535) + settings([4, 65_536]),
      expected: goAway(1, 'FLOW_CONTROL_ERROR'),
    },
    {
      name: 'the window of the connection',
      sent: settings([4, 100_000]) + get(1, '/65530') + get(3) + get(5) + windowUpdate(0, 5),
      expected: [
        'HEADERS 1 200',
        'DATA 1 16384',
        'DATA 1 16384',
        'DATA 1 16384',
        'DATA 1 16378 end',
        ...ok(3),
        'HEADERS 5 200',
        'DATA 5 5 end',
      ],
    },
    {
      name: 'more DATA than the window of a stream',
      sent: post(1, '/never') + data(1, FULL).repeat(4) + data(1, 'x') + get(3),
      expected: ['RST_STREAM 1 FLOW_CONTROL_ERROR', ...ok(3)],
    },
    {
      name: 'padding counts',
      sent:
        post(1, '/never') +
        data(1, FULL).repeat(3) +
        data(1, FULL.slice(0, -200)) +
        data(1, padded(199, 'x'), PADDED),
      expected: ['RST_STREAM 1 FLOW_CONTROL_ERROR'],
    },
    {
      name: 'more DATA than the window of the connection',
      sent:
        [1, 3, 5].map((stream) => post(stream, '/never') + data(stream, FULL).repeat(4)).join('') +
        post(7, '/never') +
        data(7, 'x'),
      expected: goAway(7, 'FLOW_CONTROL_ERROR'),
    },
  ],
  '§6.10 CONTINUATION': [
    {
      name: 'of a block in three',
      sent:
        frame('HEADERS', END_STREAM, 1, GET_BLOCK.slice(0, 5)) +
        frame('CONTINUATION', 0, 1, GET_BLOCK.slice(5, 6)) +
        frame('CONTINUATION', END_HEADERS, 1, GET_BLOCK.slice(6)),
      expected: OK,
    },
    {
      name: 'empty',
      sent:
        frame('HEADERS', END_STREAM, 1, GET_BLOCK) +
        frame('CONTINUATION', 0, 1) +
        frame('CONTINUATION', END_HEADERS, 1),
      expected: OK,
    },
    {
      name: 'of stream 0',
      sent: frame('HEADERS', END_STREAM, 1, GET_BLOCK) + frame('CONTINUATION', END_HEADERS, 0),
      expected: protocolError(1),
    },
    {
      name: 'of another stream',
      sent: frame('HEADERS', END_STREAM, 1, GET_BLOCK) + frame('CONTINUATION', END_HEADERS, 3),
      expected: protocolError(1),
    },
    {
      name: 'after END_HEADERS',
      sent: post(1, '/never') + frame('CONTINUATION', END_HEADERS, 1),
      expected: protocolError(1),
    },
    {
      name: 'after DATA',
      sent: post(1, '/never') + data(1, 'x') + frame('CONTINUATION', END_HEADERS, 1),
      expected: protocolError(1),
    },
    { name: 'an answer that takes three', sent: get(1, '/wide'), expected: ['HEADERS 1 200 end'] },
  ],
  '§8 requests': [
    ...[':method', ':scheme', ':path'].map((name) => ({
      name: `without ${name}`,
      sent: request(...without(name)),
      expected: broken(),
      handled: [],
    })),
    {
      name: 'without :authority and Host',
      sent: request(...without(':authority')),
      expected: ['HEADERS 1 400', 'DATA 1 25 end'],
      handled: [],
    },
    {
      name: 'Host in place of :authority',
      sent: request(...without(':authority'), ['host', 'a.test']),
      expected: OK,
      fields: ['Host: a.test'],
    },
    {
      name: 'Host that is :authority but for its case',
      sent: request(...pseudo(), ['a', 'b'], ['host', 'Example.COM']),
      expected: OK,
      fields: ['Host: example.com', 'a: b'],
    },
    {
      name: 'fields in order, with duplicates',
      sent: request(...pseudo(), ['b', '1'], ['a', ''], ['b', '2'], ['te', 'trailers']),
      expected: OK,
      fields: ['Host: example.com', 'b: 1', 'a: ', 'b: 2', 'te: trailers'],
    },
    {
      name: 'crumbs of a cookie',
      sent: request(...pseudo(), ['cookie', 'a=1'], ['x', 'y'], ['cookie', 'b=2'], ['cookie', 'c=3']),
      expected: OK,
      fields: ['Host: example.com', 'cookie: a=1; b=2; c=3', 'x: y'],
    },
    {
      name: 'empty crumbs of a cookie',
      sent: request(...pseudo(), ['cookie', ''], ['cookie', 'b=2'], ['cookie', '']),
      expected: OK,
      fields: ['Host: example.com', 'cookie: b=2'],
    },
    {
      name: 'Host twice',
      sent: request(...without(':authority'), ['host', 'a.test'], ['host', 'a.test']),
      expected: broken(),
    },
    { name: 'Host that is another', sent: request(...pseudo(), ['host', 'a.test']), expected: broken() },
    { name: 'an empty :path', sent: request(...pseudo('')), expected: broken() },
    { name: 'no path', sent: request(...pseudo('here')), expected: ['HEADERS 1 400', 'DATA 1 25 end'] },
    {
      name: 'CONNECT',
      sent: request(...pseudo('/', 'CONNECT')),
      expected: ['HEADERS 1 501', 'DATA 1 29 end'],
      handled: [],
    },
    {
      name: 'extended CONNECT, which was not offered',
      sent: request(...pseudo('/', 'CONNECT'), [':protocol', 'websocket']),
      expected: broken(),
    },
    {
      name: 'a method of 32 characters',
      sent: request(...pseudo('/', 'M'.repeat(32))),
      expected: OK,
    },
    {
      name: 'a method of 33 characters',
      sent: request(...pseudo('/', 'M'.repeat(33))),
      expected: ['HEADERS 1 501', 'DATA 1 29 end'],
      handled: [],
    },
    {
      name: 'OPTIONS of the whole server',
      sent: request(...pseudo('*', 'OPTIONS')),
      expected: OK,
      handled: ['*'],
    },
    ...['*', 'http://example.com/', '/a b', '/a#b', '/\xe9'].map((path) => ({
      name: `GET of ${path}`,
      sent: request(...pseudo(path)),
      expected: ['HEADERS 1 400', 'DATA 1 25 end'],
      handled: [],
    })),
    ...['user@example.com', 'example.com/a', 'example.com:80:80'].map((authority) => ({
      name: `the authority ${authority}`,
      sent: request(...without(':authority'), [':authority', authority]),
      expected: ['HEADERS 1 400', 'DATA 1 25 end'],
      handled: [],
    })),
    {
      name: 'a scheme that is not of HTTP',
      sent: request(...without(':scheme'), [':scheme', 'ftp']),
      expected: ['HEADERS 1 400', 'DATA 1 25 end'],
      handled: [],
    },
    ...[':method', ':scheme', ':path', ':authority'].map((name) => ({
      name: `${name} twice`,
      sent: request(...pseudo(), [name, '/']),
      expected: broken(),
      handled: [],
    })),
    { name: 'an unknown pseudo-header', sent: request(...pseudo(), [':test', 'x']), expected: broken() },
    { name: ':status', sent: request(...pseudo(), [':status', '200']), expected: broken() },
    {
      name: 'a pseudo-header after other fields',
      sent: request(['a', 'b'], ...pseudo()),
      expected: broken(),
    },
    {
      name: 'a pseudo-header in trailers',
      sent: post(1, '/echo') + frame('HEADERS', ENDS, 1, literal(':path', '/')),
      expected: broken(),
    },
    { name: 'a name in capitals', sent: request(...pseudo(), ['X-Test', 'x']), expected: broken() },
    { name: 'an empty name', sent: request(...pseudo(), ['', 'x']), expected: broken() },
    { name: 'a name with a blank', sent: request(...pseudo(), ['a b', 'x']), expected: broken() },
    ...['a\rb', 'a\nb', 'a\0b', ' a', 'a\t'].map((value) => ({
      name: `the value ${JSON.stringify(value)}`,
      sent: request(...pseudo(), ['a', value]),
      expected: broken(),
      handled: [],
    })),
    ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) => ({
      name,
      sent: request(...pseudo(), [name, 'x']),
      expected: broken(),
      handled: [],
    })),
    { name: 'te: trailers', sent: request(...pseudo(), ['te', 'trailers']), expected: OK },
    { name: 'te: gzip', sent: request(...pseudo(), ['te', 'trailers, gzip']), expected: broken() },
    {
      name: 'Expect of something else',
      sent: request(...pseudo(), ['expect', 'x']),
      expected: ['HEADERS 1 417', 'DATA 1 32 end'],
    },
    {
      name: 'Content-Length that fits',
      sent: post(1, '/echo', ['content-length', '3']) + data(1, 'a') + data(1, 'bc', END_STREAM),
      expected: ['HEADERS 1 200', 'DATA 1 3 end'],
    },
    {
      name: 'Content-Length too large',
      sent: post(1, '/echo', ['content-length', '4']) + data(1, 'abc', END_STREAM),
      expected: broken(),
    },
    {
      name: 'Content-Length too small',
      sent: post(1, '/echo', ['content-length', '2']) + data(1, 'abc', END_STREAM),
      expected: broken(),
    },
    {
      name: 'Content-Length without a body',
      sent: get(1, '/', ['content-length', '1']),
      expected: broken(),
      handled: [],
    },
    { name: 'Content-Length 0', sent: get(1, '/', ['content-length', '0']), expected: OK },
    {
      name: 'Content-Length twice',
      sent: post(1, '/', ['content-length', '1'], ['content-length', '1']),
      expected: broken(),
    },
    {
      name: 'Content-Length and trailers too early',
      sent: post(1, '/echo', ['content-length', '4']) + frame('HEADERS', ENDS, 1, literal('a', 'b')),
      expected: broken(),
    },
    {
      name: 'trailers',
      sent: post(1, '/echo') + data(1, 'abc') + frame('HEADERS', ENDS, 1, literal('a', 'b')),
      expected: ['HEADERS 1 200', 'DATA 1 3 end'],
    },
    {
      name: 'trailers that do not end the stream',
      sent: post(1, '/echo') + frame('HEADERS', END_HEADERS, 1, literal('a', 'b')),
      expected: broken(),
    },
    {
      name: 'a broken stream does not harm others',
      sent: request(...pseudo(), ['A', 'b']) + get(3),
      expected: [...broken(), ...ok(3)],
      handled: ['/'],
    },
    {
      name: 'fields too large',
      sent:
        frame('HEADERS', END_STREAM, 1, block([...pseudo(), ['a', 'x'.repeat(10_000)]])) +
        frame('CONTINUATION', END_HEADERS, 1, literal('b', 'x'.repeat(10_000))) +
        get(3),
      expected: ['HEADERS 1 431', 'DATA 1 45 end', ...ok(3)],
      handled: ['/'],
    },
    {
      name: 'a target too long',
      sent: get(1, `/${'x'.repeat(10_240)}`),
      expected: ['HEADERS 1 414', 'DATA 1 26 end'],
      handled: [],
    },
    // `Host: example.com` and its line's end are 19 bytes, `a: ` and its line's end 5.
    {
      name: 'header lines of 10,240 bytes',
      sent: get(1, '/', ['a', 'x'.repeat(10_240 - 19 - 5)]),
      expected: OK,
    },
    {
      name: 'header lines of 10,241 bytes',
      sent: get(1, '/', ['a', 'x'.repeat(10_241 - 19 - 5)]),
      expected: ['HEADERS 1 431', 'DATA 1 45 end'],
      handled: [],
    },
    ...[199, 200].map((count) => ({
      name: `${count} fields and Host`,
      sent: request(...pseudo(), ...Array.from({ length: count }, () => ['a', 'b'] as const)),
      expected: count < 200 ? OK : ['HEADERS 1 431', 'DATA 1 45 end'],
      handled: count < 200 ? ['/'] : [],
    })),
  ],
  'RFC 7541': [
    {
      name: 'static entries',
      sent: frame('HEADERS', ENDS, 1, indexed(2) + indexed(6) + indexed(4) + `\x01${plain('a')}`),
      expected: OK,
    },
    {
      name: 'an entry of the dynamic table',
      sent:
        frame('HEADERS', ENDS, 1, GET_BLOCK + literal('a', 'b', true)) +
        frame('HEADERS', ENDS, 3, GET_BLOCK + indexed(62)),
      expected: [...OK, ...ok(3)],
    },
    {
      name: 'an entry that was evicted',
      sent:
        frame('HEADERS', ENDS, 1, GET_BLOCK + literal('a', 'b', true)) +
        frame('HEADERS', ENDS, 3, `\x20${GET_BLOCK}${indexed(62)}`),
      expected: [...OK, ...goAway(3, 'COMPRESSION_ERROR')],
    },
    {
      name: 'an entry of a block of a stream that was refused',
      sent:
        [1, 3, 5, 7, 9].map((stream) => post(stream, '/never')).join('') +
        frame('HEADERS', ENDS, 11, GET_BLOCK + literal('a', 'b', true)) +
        reset(1) +
        frame('HEADERS', ENDS, 13, GET_BLOCK + indexed(62)),
      expected: ['RST_STREAM 11 REFUSED_STREAM', ...ok(13)],
    },
    {
      name: 'index 0',
      sent: frame('HEADERS', ENDS, 1, GET_BLOCK + indexed(0)),
      expected: goAway(1, 'COMPRESSION_ERROR'),
      handled: [],
    },
    {
      name: 'an index beyond the table',
      sent: frame('HEADERS', ENDS, 1, GET_BLOCK + indexed(62)),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'a name beyond the table',
      sent: frame('HEADERS', ENDS, 1, GET_BLOCK + integer(0x40, 6, 70) + plain('a')),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'size updates at the beginning',
      sent: frame('HEADERS', ENDS, 1, integer(0x20, 5, 0) + integer(0x20, 5, 4096) + GET_BLOCK),
      expected: OK,
    },
    {
      name: 'a size update at the end',
      sent: frame('HEADERS', ENDS, 1, GET_BLOCK + integer(0x20, 5, 0)),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'a size update too large',
      sent: frame('HEADERS', ENDS, 1, integer(0x20, 5, 4097) + GET_BLOCK),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'Huffman padding of eight bits',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\0${plain('a')}\x82\x1f\xff`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'Huffman padding of zeros',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\0${plain('a')}\x81\x18`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'Huffman end of string',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\0${plain('a')}\x84\xff\xff\xff\xff`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'a text beyond the block',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\0${plain('a')}\x05abc`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'a block that ends within an integer',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\xff\x80`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'an integer without end',
      sent: frame('HEADERS', ENDS, 1, `${GET_BLOCK}\xff${'\x80'.repeat(10)}\x01`),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
    {
      name: 'a malformed field of the dynamic table stays malformed',
      sent:
        frame('HEADERS', ENDS, 1, GET_BLOCK + literal('Upper', 'x', true)) +
        frame('HEADERS', ENDS, 3, GET_BLOCK + indexed(62)),
      expected: [...broken(), ...broken(3)],
      handled: [],
    },
    {
      name: 'in trailers',
      sent: frame('HEADERS', END_HEADERS, 1, POST_BLOCK) + frame('HEADERS', ENDS, 1, indexed(0)),
      expected: goAway(1, 'COMPRESSION_ERROR'),
    },
  ],
}

async function play({ sent, bare }: Case, cut: (text: string) => readonly string[]): Promise<string[]> {
  const client = await RawClient.open(server.port)
  const text = typeof sent === 'string' ? sent : sent.join('')
  await client.send(...cut(bare === true ? text : HELLO + text))
  // Those who are refused are told before the server sees that no more comes.
  client.finish()
  return outcome(await client.rest())
}

/** GOAWAY with which a connection ends that did nothing wrong. */
const isFarewell = (line: string | undefined): boolean =>
  line !== undefined && /^GOAWAY \d+ NO_ERROR$/.test(line)

const cuts: Record<string, (text: string) => readonly string[]> = {
  whole: (text) => [text],
  'in pieces': (text) => (text.length < 1500 ? text.split('') : (text.match(/[^]{1,997}/g) ?? [])),
}

for (const [group, cases] of Object.entries(groups)) {
  describe(group, () => {
    for (const one of cases) {
      for (const [how, cut] of Object.entries(cuts)) {
        test(`${one.name}, ${how}`, async () => {
          seen = []
          const said = await play(one, cut)
          expect(isFarewell(said.at(-1)) ? said.slice(0, -1) : said).toEqual([...one.expected])
          if (one.handled !== undefined) expect(seen).toEqual([...one.handled])
          if (one.fields !== undefined) expect(fields).toEqual([...one.fields])
        })
      }
    }
  })
}

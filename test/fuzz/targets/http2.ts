import { Headers } from '#http/headers.ts'
import { HpackDecoder } from '#http/http2/hpack-decoder.ts'
import type { Body, BodySink, HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  get,
  HELLO,
  indexed,
  integer,
  lines,
  literal,
  outcome,
  PADDED,
  ping,
  PREFACE,
  priority,
  pseudo,
  type ReadFrame,
  readFrames,
  settings,
  windowUpdate,
} from '../../conformance/http/support/http2-client.ts'
import { RawClient } from '../../conformance/http/support/raw-client.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Frames of a client, good and damaged, against a server: the connection ends soon after the client's end, what comes
// back is HTTP/2 and the same however the frames were cut, what the handler is given could go on over HTTP/1.1, and
// other clients are served all the while.

const HANG_MS = 3000
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const OF_CONNECTION = /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i

/** What is wrong with what handlers were given. */
let wrong: string[] = []

/** Answers with the request's body as it comes, all in one turn: what is answered depends on the frames alone. */
class EchoBody implements Body {
  readonly length = undefined
  readonly #request: HttpRequest

  constructor(request: HttpRequest) {
    this.#request = request
  }

  start(sink: BodySink): void {
    const told = this.#request.headers.get('content-length')
    let bytes = 0
    this.#request.body.start({
      data: (chunk) => {
        bytes += chunk.length
        sink.data(chunk)
      },
      end: (trailers) => {
        if (told !== undefined && Number(told) !== bytes) wrong.push('a body unlike its Content-Length')
        sink.end(trailers)
      },
      fail: (error) => sink.fail(error),
    })
  }

  pause(): void {
    this.#request.body.pause()
  }

  resume(): void {
    this.#request.body.resume()
  }

  cancel(): void {
    this.#request.body.cancel()
  }

  bytes(): never {
    throw new Error('this body streams')
  }
}

function handle(request: HttpRequest): HttpReply {
  const { method, target, headers, host } = request
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) wrong.push(`a field named ${JSON.stringify(name)}`)
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    if (/[\0-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/.test(value)) wrong.push(`a value ${JSON.stringify(value)}`)
    if (OF_CONNECTION.test(name)) wrong.push(`a field of the connection: ${name}`)
  }
  if (!TOKEN.test(method)) wrong.push(`a method ${JSON.stringify(method)}`)
  if (!/^(?:\/[!-~]*|\*)$/.test(target)) wrong.push(`a target ${JSON.stringify(target)}`)
  if (headers.raw[0] !== 'Host' || headers.raw[1] !== host || headers.getAll('host').length > 1) {
    wrong.push(`Host fields ${JSON.stringify(headers.getAll('host'))}`)
  }
  if (headers.getAll('cookie').length > 1) wrong.push('two Cookie fields')
  return { status: 200, headers: new Headers(['X-Target', target]), body: new EchoBody(request) }
}

let server: HttpServer | undefined

function port(): number {
  server ??= startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: handle,
    http2Limits: { streamWindowBytes: 65_535, connectionWindowBytes: 100_000, concurrentStreamsMax: 4 },
  })
  return server.port
}

/** @returns what is wrong with the frames of a server */
function faultIn(frames: readonly ReadFrame[]): string | undefined {
  const decoder = new HpackDecoder(4096)
  const states = new Map<number, 'head' | 'body' | 'over'>()
  let parts: Buffer[] = []
  for (const { type, flags, stream, payload } of frames) {
    const state = states.get(stream) ?? 'head'
    const ends = (flags & END_STREAM) !== 0
    if (parts.length > 0 && type !== 'CONTINUATION') return `${type} within a header block`
    if (type === 'DATA') {
      if (state !== 'body')
        return `DATA of stream ${stream} ${state === 'head' ? 'before its head' : 'after its end'}`
      if (ends) states.set(stream, 'over')
    } else if (type === 'HEADERS' || type === 'CONTINUATION') {
      if (stream % 2 === 0 || state === 'over') return `${type} of stream ${stream}`
      parts.push(payload)
      const names: string[] = []
      let status = ''
      if ((flags & END_HEADERS) !== 0) {
        const whole = Buffer.concat(parts)
        parts = []
        decoder.decode(whole, 0, whole.length, {
          field: ({ name, value }) => {
            names.push(name)
            if (name === ':status') status = value
          },
        })
        if (names.some((name, i) => i > 0 && !/^[^:A-Z]+$/.test(name))) return `fields ${names.join(', ')}`
        if ((names[0] === ':status') === (state === 'body')) return `a head of ${names.join(', ')}`
      }
      if (type === 'HEADERS' && ends) states.set(stream, 'over')
      else if (status >= '200') states.set(stream, 'body')
    } else if (type === 'PRIORITY' || type === 'PUSH_PROMISE') return type
  }
  return parts.length > 0 ? 'half a header block' : undefined
}

const NAMES = [
  'a',
  'x-b',
  'cookie',
  'host',
  'te',
  'content-length',
  'Upper',
  'connection',
  ':path',
  ':odd',
  'expect',
]
const VALUES = ['', 'h', 'trailers', '1', '5', 'a\r\nb: c', ' x', '\0', '100-continue', '/p', 'x'.repeat(300)]

/**
 * None opens the windows of all streams: those that wait are served once for all that came together, so who is first
 * depends on how frames were cut.
 */
const SETTINGS: readonly (readonly [id: number, value: number])[] = [
  ...[0, 1, 2, 3, 5, 6, 7, 8].flatMap((id) =>
    [0, 1, 100, 16_384, 2 ** 31].map((value) => [id, value] as const),
  ),
  [4, 2 ** 31],
]

/** A header block, mostly one of a good request. */
function fields(random: Random): string {
  const odd = (): string =>
    random.weighted<() => string>([
      [4, () => literal(random.pick(NAMES), random.pick(VALUES), random.chance(0.5))],
      [3, () => indexed(random.pick([0, 2, 3, 4, 5, 6, 7, 16, 61, 62, 63, 64, random.below(130)]))],
      [1, () => integer(0x20, 5, random.pick([0, 100, 4096, 5000]))],
      [1, () => random.text(random.below(20))],
    ])()
  const plain = block(pseudo('/p', random.pick(['GET', 'POST'])))
  const strange = block([
    [':method', random.pick(['GET', 'HEAD', 'OPTIONS', 'CONNECT', 'B REW', 'M'.repeat(33)])],
    [':scheme', random.pick(['http', 'https', 'ftp', '1'])],
    [':path', random.pick(['/', '/a?b', '*', 'x', '/\r\n', '/#a', 'http://h/'])],
    [':authority', random.pick(['h', 'h:80', '', 'u@h', 'h:80:80'])],
  ])
  const parts = random.chance(0.3) ? random.times(random.below(6), odd) : []
  return (random.chance(0.7) ? plain : strange) + parts.join('')
}

/** Streams of one connection: new ones, and old ones again. */
class Streams {
  #last = -1
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  any(): number {
    const kind = this.#random.below(20)
    if (kind === 0) return this.#random.below(40)
    if (this.#last < 0 || kind < 8) return (this.#last += 2)
    return kind < 15 ? this.#last : this.#random.below((this.#last + 1) / 2) * 2 + 1
  }
}

function oneFrame(random: Random, streams: Streams): string {
  const stream = streams.any()
  const flags = random.chance(0.9) ? random.pick([0, END_STREAM]) : random.below(256)
  return random.weighted<() => string>([
    [8, () => frame('HEADERS', flags | (random.chance(0.9) ? END_HEADERS : 0), stream, fields(random))],
    [6, () => data(stream, random.text(random.below(200)), flags & ~PADDED)],
    [1, () => data(stream, random.text(random.below(20)), flags | PADDED)],
    [1, () => data(stream, 'd'.repeat(random.pick([16_384, 16_385])), flags & ~PADDED)],
    [1, () => frame('CONTINUATION', flags, stream, fields(random))],
    [2, () => frame('RST_STREAM', 0, stream, `\0\0\0${String.fromCharCode(random.below(14))}`)],
    [2, () => settings(random.pick(SETTINGS))],
    [2, () => windowUpdate(random.pick([0, stream]), random.pick([0, 1, 1000, 2 ** 31 - 1]))],
    [1, () => ping('pingpong', random.below(2))],
    [1, () => priority(stream)],
    [1, () => frame(random.below(256), random.below(256), stream, random.text(random.below(30)))],
  ])()
}

function makeInput(random: Random): string {
  const streams = new Streams(random)
  const opening =
    PREFACE + settings([4, random.pick([0, 1, 100, 65_535, 65_535])]) + windowUpdate(0, 1_000_000)
  const whole = opening + random.times(random.between(1, 30), () => oneFrame(random, streams)).join('')
  return random.chance(0.3) ? damaged(random, whole) : whole
}

function damaged(random: Random, text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  for (let left = random.between(1, 4); left > 0; left--)
    bytes[random.below(bytes.length)] = random.below(256)
  return bytes.toString('latin1', 0, random.chance(0.3) ? random.below(bytes.length) : bytes.length)
}

/** @returns what the server said, in lines */
async function play(text: string, pieces: readonly string[]): Promise<string[]> {
  wrong = []
  const client = await RawClient.open(port())
  await client.send(...pieces)
  client.finish()
  const hang = setTimeout(() => client.reset(), HANG_MS)
  const begunMs = Date.now()
  const received = await client.rest()
  clearTimeout(hang)
  if (Date.now() - begunMs >= HANG_MS) throw new Finding('the connection stays open after its end', text)
  if (wrong.length > 0) throw new Finding(wrong.join('; '), text)
  // What does not begin as HTTP/2 is answered as HTTP/1.1.
  if (received.startsWith('HTTP/1.1 ')) return [received.slice(0, 'HTTP/1.1 200'.length)]
  const frames = readFrames(received)
  const fault = faultIn(frames)
  if (fault !== undefined) throw new Finding(`the server sends ${fault}: ${lines(frames).join(', ')}`, text)
  return outcome(received)
}

async function check(text: string, pieces: readonly string[]): Promise<void> {
  const whole = await play(text, [text])
  const cut = await play(text, pieces)
  if (!Bun.deepEquals(whole, cut)) {
    throw new Finding(`whole, it gives ${whole.join(', ')}; cut, ${cut.join(', ')}`, text)
  }
  const other = await play(text, [HELLO + get(1, '/other')])
  if (other[0] !== 'HEADERS 1 200') throw new Finding('another client is not served', text)
}

export const target: FuzzTarget = {
  name: 'http2',
  async run(random) {
    const text = makeInput(random)
    const bytewise = text.length < 2000 && random.chance(0.1)
    await check(text, bytewise ? text.split('') : random.split(text, random.pick([3, 30])))
  },
  async replay(input) {
    const text = Buffer.from(input).toString('latin1')
    await check(text, text.length < 2000 ? text.split('') : (text.match(/[^]{1,997}/g) ?? []))
  },
  async stop() {
    await server?.stop({ graceMs: 0 })
    server = undefined
  },
}

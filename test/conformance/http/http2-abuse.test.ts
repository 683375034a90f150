import { afterEach, describe, expect, test } from 'bun:test'
import { textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Http2Limits } from '#http/http2/limits.ts'
import type { HttpLimits } from '#http/limits.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import {
  block,
  data,
  END_HEADERS,
  END_STREAM,
  ENDS,
  frame,
  get,
  HELLO,
  indexed,
  literal,
  openHttp2,
  outcome,
  ping,
  post,
  PREFACE,
  priority,
  pseudo,
  readFrames,
  reset,
  settings,
  untilLine,
  windowUpdate,
} from './support/http2-client.ts'
import { RawClient } from './support/raw-client.ts'

// Clients that mean harm: each is stopped by the limit that has its name.

let server: HttpServer | undefined
afterEach(async () => {
  await server?.stop({ graceMs: 0 })
  server = undefined
})

/** What became of the requests. */
class Handled {
  runs = 0
  aborts = 0
  readonly sent: string[] = []

  /** `/never` is not answered; `/large` is, with 4 MB; others at once, bodies unread. */
  readonly handler = (request: HttpRequest): HttpReply | Promise<HttpReply> => {
    this.runs++
    request.onAbort(() => void this.aborts++)
    if (request.target === '/never') return new Promise(() => {})
    const body = request.target === '/large' ? new WholeBody(Buffer.alloc(4_000_000)) : textBody('')
    return {
      status: 200,
      headers: new Headers(),
      body,
      onSent: (bytes, complete) => void this.sent.push(`${bytes} ${complete}`),
    }
  }
}

function start(
  http2Limits: Partial<Http2Limits>,
  limits: Partial<HttpLimits> = {},
): [port: number, handled: Handled] {
  const handled = new Handled()
  server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler: handled.handler, http2Limits, limits })
  return [server.port, handled]
}

const odd = (count: number): number[] => Array.from({ length: count }, (_, i) => 2 * i + 1)
const CONTROLS = { controlFramesBurst: 20, controlFramesPerSecond: 0 }
const RESETS = { resetsBurst: 10, resetsPerSecond: 0 }

interface Flood {
  readonly name: string
  readonly sent: string
  readonly limits: Partial<Http2Limits>
  /** Handler runs at most. */
  readonly runs: number
}

const floods: readonly Flood[] = [
  {
    name: 'rapid reset',
    sent: odd(500)
      .map((id) => get(id, '/never') + reset(id))
      .join(''),
    limits: RESETS,
    runs: 11,
  },
  {
    name: 'broken requests',
    sent: odd(500)
      .map((id) => frame('HEADERS', ENDS, id, block([...pseudo(), ['A', 'b']])))
      .join(''),
    limits: RESETS,
    runs: 0,
  },
  {
    name: 'streams beyond concurrentStreamsMax',
    sent: odd(500)
      .map((id) => get(id, '/never'))
      .join(''),
    limits: { ...RESETS, concurrentStreamsMax: 4 },
    runs: 4,
  },
  {
    name: 'streams that overflow their windows',
    sent: odd(500)
      .map((id) => get(id, '/never') + windowUpdate(id, 2 ** 31 - 1))
      .join(''),
    limits: RESETS,
    runs: 11,
  },
  {
    name: 'streams that are reset for PRIORITY of a wrong size',
    sent: odd(500)
      .map((id) => get(id, '/never') + frame('PRIORITY', 0, id, 'x'))
      .join(''),
    limits: RESETS,
    runs: 11,
  },
  {
    name: 'streams that are reset for DATA after their end',
    sent: odd(500)
      .map((id) => get(id, '/never') + data(id, 'x'))
      .join(''),
    limits: RESETS,
    runs: 11,
  },
  {
    name: 'an answer drawn out in windows of a byte',
    sent: settings([4, 1]) + get(1, '/large') + windowUpdate(1, 1).repeat(500),
    limits: CONTROLS,
    runs: 1,
  },
  { name: 'SETTINGS', sent: settings().repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'SETTINGS acknowledged', sent: frame('SETTINGS', 1, 0).repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'PING', sent: ping().repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'PING acknowledged', sent: ping('12345678', 1).repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'PRIORITY', sent: priority(1).repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'unknown frames', sent: frame(0x20, 0, 0).repeat(500), limits: CONTROLS, runs: 0 },
  { name: 'empty DATA', sent: post(1, '/never') + data(1, '').repeat(500), limits: CONTROLS, runs: 1 },
  {
    name: 'padded empty DATA',
    sent: post(1, '/never') + data(1, '\x01\0', 8).repeat(500),
    limits: CONTROLS,
    runs: 1,
  },
  {
    name: 'DATA of a byte that nobody reads',
    sent: post(1, '/never') + data(1, 'x').repeat(500),
    limits: CONTROLS,
    runs: 1,
  },
  { name: 'DATA of a closed stream', sent: get(1) + data(1, 'x').repeat(500), limits: CONTROLS, runs: 1 },
  { name: 'WINDOW_UPDATE of a byte', sent: windowUpdate(0, 1).repeat(500), limits: CONTROLS, runs: 0 },
  {
    name: 'WINDOW_UPDATE of nothing for a closed stream',
    sent: get(1) + windowUpdate(1, 0).repeat(500),
    limits: CONTROLS,
    runs: 1,
  },
  {
    name: 'CONTINUATION',
    sent: frame('HEADERS', END_STREAM, 1, block(pseudo())) + frame('CONTINUATION', 0, 1).repeat(500),
    limits: {},
    runs: 0,
  },
  {
    name: 'a header block too large',
    sent:
      frame('HEADERS', END_STREAM, 1, block(pseudo())) +
      frame('CONTINUATION', 0, 1, literal('a', 'x'.repeat(9000))).repeat(5),
    limits: {},
    runs: 0,
  },
]

describe('floods end with ENHANCE_YOUR_CALM', () => {
  for (const { name, sent, limits, runs } of floods) {
    test(name, async () => {
      const [port, handled] = start(limits)
      const client = await openHttp2(port, HELLO + sent)
      const said = outcome(await client.rest())
      expect(said.at(-1)).toMatch(/^GOAWAY \d+ ENHANCE_YOUR_CALM$/)
      expect(handled.runs).toBeLessThanOrEqual(runs)
      const complete = handled.sent.filter((outcome) => outcome.endsWith('true'))
      expect(handled.aborts + complete.length).toBe(handled.runs)
    })
  }
})

test('the client is told which limit it was', async () => {
  const [port] = start(CONTROLS)
  const client = await openHttp2(port, HELLO + ping().repeat(500))
  const farewell = readFrames(await client.rest()).at(-1)
  expect(farewell?.type).toBe('GOAWAY')
  expect(farewell?.payload.toString('latin1', 8)).toBe('too many frames that carry nothing')
})

test('what clients may say about their requests and answers costs nothing', async () => {
  const [port, handled] = start(CONTROLS)
  const client = await openHttp2(port)
  for (const id of odd(200)) await client.send(get(id) + priority(id) + windowUpdate(0, 1))
  client.finish()
  expect(outcome(await client.rest()).at(-1)).toBe('GOAWAY 399 NO_ERROR')
  expect(handled.runs).toBe(200)
})

test('an HPACK bomb is a request too large', async () => {
  const [port, handled] = start({})
  const bomb = literal('x-bomb', 'x'.repeat(4000), true) + indexed(62).repeat(12_000)
  const trailers = frame('HEADERS', ENDS, 3, indexed(62).repeat(16_000))
  const client = await openHttp2(
    port,
    `${HELLO}${frame('HEADERS', END_STREAM, 1, block(pseudo()) + bomb.slice(0, 8000))}` +
      `${frame('CONTINUATION', END_HEADERS, 1, bomb.slice(8000))}${post(3, '/never')}${trailers}`,
  )
  client.finish()
  expect(outcome(await client.rest())).toEqual([
    'HEADERS 1 431',
    'DATA 1 45 end',
    'RST_STREAM 3 PROTOCOL_ERROR',
    'GOAWAY 3 NO_ERROR',
  ])
  expect(handled.runs).toBe(1)
})

describe('deadlines', () => {
  const SOON = { headersTimeoutMs: 40, lingerTimeoutMs: 40 }
  const cases: readonly (readonly [name: string, sent: string, end: string])[] = [
    ['half a preface', PREFACE.slice(0, 20), 'GOAWAY 0 SETTINGS_TIMEOUT'],
    ['a preface without SETTINGS', PREFACE, 'GOAWAY 0 SETTINGS_TIMEOUT'],
    [
      'a header block that does not end',
      HELLO + frame('HEADERS', END_STREAM, 1, block(pseudo())),
      'GOAWAY 1 ENHANCE_YOUR_CALM',
    ],
    ['a frame that does not end', HELLO + get(1).slice(0, -1), 'GOAWAY 0 ENHANCE_YOUR_CALM'],
  ]
  for (const [name, sent, end] of cases) {
    test(name, async () => {
      const [port, handled] = start({}, SOON)
      const client = await openHttp2(port, sent)
      expect(outcome(await client.rest()).at(-1)).toBe(end)
      expect(handled.runs).toBe(0)
    })
  }

  test('an idle connection is drained: what was under way is served', async () => {
    const [port] = start({}, { idleTimeoutMs: 40 })
    const client = await openHttp2(port, HELLO + get(1))
    const said = await untilLine(client, /^PING/)
    expect(said.slice(-2)).toEqual(['GOAWAY 2147483647 NO_ERROR', 'PING drained?'])
    await client.send(get(3) + ping('drained?', 1) + get(5))
    const rest = outcome(await client.rest())
    expect(rest.slice(-3)).toEqual(['PING drained?', 'HEADERS 3 200 end', 'GOAWAY 3 NO_ERROR'])
  })

  test('a client that does not answer the drain is left', async () => {
    const [port] = start({}, { idleTimeoutMs: 40, lingerTimeoutMs: 40 })
    const client = await openHttp2(port, HELLO + get(1))
    expect(outcome(await client.rest()).at(-1)).toBe('GOAWAY 1 NO_ERROR')
  })

  test('a window that stays shut', async () => {
    const [port, handled] = start({}, { writeTimeoutMs: 40 })
    const client = await openHttp2(port, PREFACE + settings([4, 0]) + get(1, '/large'))
    const said = await untilLine(client, /^RST_STREAM/)
    expect(said.at(-1)).toBe('RST_STREAM 1 CANCEL')
    expect([handled.aborts, handled.sent]).toEqual([1, ['0 false']])
    client.reset()
  })

  test('a body that stops arriving', async () => {
    const handled: string[] = []
    server = startHttpServer({
      hostname: '127.0.0.1',
      port: 0,
      limits: { bodyTimeoutMs: 40 },
      handler: async ({ body }) => {
        await Promise.resolve(body.bytes(1000)).catch((error: Error) => handled.push(error.message))
        return { status: 200, headers: new Headers(), body: textBody('') }
      },
    })
    const client = await openHttp2(server.port, HELLO + post(1) + data(1, 'some'))
    const said = await untilLine(client, /^RST_STREAM/)
    expect(said.slice(-3)).toEqual(['HEADERS 1 408', 'DATA 1 29 end', 'RST_STREAM 1 NO_ERROR'])
    expect(handled).toEqual(['the request body stopped arriving'])
    client.reset()
  })
})

describe('clients that never read', () => {
  const sorts: readonly (readonly [name: string, make: (i: number) => string])[] = [
    ['PING', () => ping()],
    ['SETTINGS', () => settings()],
    ['requests', (i) => get(2 * i + 1)],
    ['broken requests', (i) => frame('HEADERS', ENDS, 2 * i + 1, block([...pseudo(), ['A', 'b']]))],
  ]
  for (const [name, make] of sorts) {
    test(`${name}: reading stops, and the connection is cut`, async () => {
      const boundless = 1e9
      const [port, handled] = start(
        {
          controlFramesBurst: boundless,
          controlFramesPerSecond: 0,
          resetsBurst: boundless,
          resetsPerSecond: 0,
        },
        { writeTimeoutMs: 150, unsentBytesMax: 10_000 },
      )
      const client = await openHttp2(port)
      client.pause()
      let frames = 0
      let backlog = Buffer.alloc(0)
      let taken = 0
      // As long as the server lives; it stops reading when the kernel's buffers in both directions are full.
      while (server?.connections !== 0) {
        if (backlog.length === 0 && taken < 200_000_000) {
          backlog = Buffer.from(Array.from({ length: 500 }, () => make(frames++)).join(''), 'latin1')
        }
        const written = Math.max(0, client.write(backlog))
        taken += written
        backlog = backlog.subarray(written)
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(taken).toBeLessThan(200_000_000)
      expect(handled.runs).toBeLessThan(frames)
      client.reset()
    }, 60_000)
  }
})

test('streams that were opened after the last GOAWAY are not served', async () => {
  const [port, handled] = start({}, {})
  const client = await openHttp2(port, HELLO + get(1, '/never'))
  await untilLine(client, /^SETTINGS ack/)
  const stopped = server?.stop({ graceMs: 500 })
  await untilLine(client, /^PING/)
  await client.send(get(3) + ping('drained?', 1) + get(5) + post(7) + data(7, 'x'))
  const said = await untilLine(client, /^GOAWAY 3/)
  expect(said.slice(-2)).toEqual(['HEADERS 3 200 end', 'GOAWAY 3 NO_ERROR'])
  expect(handled.runs).toBe(2)
  client.reset()
  await stopped
})

test('a stream that has a large answer leaves its turn to others', async () => {
  const [port] = start({}, { unsentBytesMax: 10_000 })
  const client = await openHttp2(port, PREFACE + settings([4, 10_000_000]) + windowUpdate(0, 100_000_000))
  client.pause()
  await client.send(
    odd(4)
      .map((id) => get(id, '/large'))
      .join(''),
  )
  client.resume()
  const received = await client.until((text) => text.length > 12_000_000)
  client.reset()
  const bytes = new Map<number, number>()
  for (const { type, stream, payload } of readFrames(received)) {
    if (type === 'DATA') bytes.set(stream, (bytes.get(stream) ?? 0) + payload.length)
  }
  expect(bytes.size).toBe(4)
})

test('a connection that is given up leaves nothing', async () => {
  const [port, handled] = start({})
  const client = await RawClient.open(port)
  await client.send(
    HELLO +
      odd(20)
        .map((id) => post(id, '/never'))
        .join(''),
  )
  await untilLine(client, /^SETTINGS ack/)
  client.reset()
  while (server?.connections !== 0) await new Promise((resolve) => setImmediate(resolve))
  expect([handled.runs, handled.aborts]).toEqual([20, 20])
})

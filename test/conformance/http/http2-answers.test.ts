import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { AbsentBody, emptyBody, textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { HpackDecoder } from '#http/http2/hpack-decoder.ts'
import type { Body, BodySink, HttpReply } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import { block, ENDS, frame, get, HELLO, outcome, pseudo, readFrames } from './support/http2-client.ts'
import { RawClient } from './support/raw-client.ts'

// What becomes of a handler's reply on an HTTP/2 stream, one that cannot be sent included.

let reply: HttpReply
let sent: string[] = []
beforeEach(() => void (sent = []))

const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  // After the client's FIN: requests that are here whole are answered all the same.
  handler: async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return { ...reply, onSent: (bytes, complete) => void sent.push(`${bytes} ${complete}`) }
  },
})
afterAll(() => server.stop({ graceMs: 0 }))

function replyOf(body: Body, raw: string[] = [], status = 200): HttpReply {
  return { status, headers: new Headers(raw), body }
}

/** A body of that length which says `half`, then what `then` has it do. */
function half(length: number | undefined, then: (sink: BodySink) => void): Body {
  return {
    length,
    start(sink) {
      sink.data(Buffer.from('half'))
      setImmediate(() => then(sink))
    },
    pause() {},
    resume() {},
    cancel() {},
    bytes: () => Buffer.from('half'),
  }
}

async function ask(request: string): Promise<string> {
  const client = await RawClient.open(server.port)
  await client.send(HELLO + request)
  client.finish()
  return client.rest()
}

/** What was said but the farewell, which comes as soon as the client's end is seen. */
function saidOf(received: string): string[] {
  return outcome(received).filter((line) => line !== 'GOAWAY 1 NO_ERROR')
}

/** The fields of the answer. */
function fieldsOf(received: string): string[] {
  const heads = readFrames(received).filter(({ type }) => type === 'HEADERS' || type === 'CONTINUATION')
  const bytes = Buffer.concat(heads.map(({ payload }) => payload))
  const fields: string[] = []
  new HpackDecoder(0).decode(bytes, 0, bytes.length, {
    field: ({ name, value }) => void fields.push(`${name}: ${name === 'date' ? '…' : value}`),
  })
  return fields
}

interface Case {
  readonly name: string
  readonly reply: HttpReply
  readonly expected: readonly string[]
  /** Bytes and whether they were all. */
  readonly sent: string
}

const FAILED = ['HEADERS 1 500', 'DATA 1 35 end']
const CUT = ['HEADERS 1 200', 'DATA 1 4', 'RST_STREAM 1 INTERNAL_ERROR']
const cases: readonly Case[] = [
  {
    name: 'a body',
    reply: replyOf(textBody('body')),
    expected: ['HEADERS 1 200', 'DATA 1 4 end'],
    sent: '4 true',
  },
  { name: 'no body', reply: replyOf(emptyBody), expected: ['HEADERS 1 200 end'], sent: '0 true' },
  {
    name: 'a value that would end its line',
    reply: replyOf(textBody('x'), ['a', 'b\r\nc: d']),
    expected: FAILED,
    sent: '0 false',
  },
  {
    name: 'a name that is no token',
    reply: replyOf(textBody('x'), ['a b', 'c']),
    expected: FAILED,
    sent: '0 false',
  },
  {
    name: 'a value that is not latin1',
    reply: replyOf(textBody('x'), ['a', '€']),
    expected: FAILED,
    sent: '0 false',
  },
  { name: 'an interim status', reply: replyOf(emptyBody, [], 103), expected: FAILED, sent: '0 false' },
  { name: 'a status of four digits', reply: replyOf(emptyBody, [], 1000), expected: FAILED, sent: '0 false' },
  {
    name: 'a change of protocol',
    reply: {
      ...replyOf(emptyBody, [], 101),
      upgrade: {
        take() {
          throw new Error('there is no connection to take')
        },
      },
    },
    expected: FAILED,
    sent: '0 false',
  },
  {
    name: 'a body that fails',
    reply: replyOf(half(undefined, (sink) => sink.fail(new Error('broken')))),
    expected: CUT,
    sent: '4 false',
  },
  {
    name: 'a body shorter than its length',
    reply: replyOf(half(5, (sink) => sink.end())),
    expected: CUT,
    sent: '4 false',
  },
  {
    name: 'a body longer than its length',
    reply: replyOf(half(5, (sink) => sink.data(Buffer.from('more')))),
    expected: CUT,
    sent: '4 false',
  },
]

describe('replies', () => {
  for (const one of cases) {
    test(one.name, async () => {
      reply = one.reply
      expect(saidOf(await ask(get(1)))).toEqual([...one.expected])
      expect(sent).toEqual([one.sent])
    })
  }
})

test('names in lower case, none that is ours to say, and what is', async () => {
  const theirs = [
    'X-Mixed',
    '1',
    'Connection',
    'x',
    'Content-Length',
    '9',
    'Keep-Alive',
    'z',
    'Set-Cookie',
    ' a ',
  ]
  reply = replyOf(textBody('body'), [...theirs, 'Set-Cookie', 'b'], 418)
  expect(fieldsOf(await ask(get(1)))).toEqual([
    ':status: 418',
    'x-mixed: 1',
    'set-cookie: a',
    'set-cookie: b',
    'date: …',
    'content-length: 4',
  ])
})

test('an answer to HEAD tells the length that GET would give', async () => {
  reply = replyOf(new AbsentBody(1234), ['Date', 'theirs'])
  const received = await ask(frame('HEADERS', ENDS, 1, block(pseudo('/', 'HEAD'))))
  expect(fieldsOf(received)).toEqual([':status: 200', 'date: …', 'content-length: 1234'])
})

test('a head of 40,000 bytes leaves in three frames', async () => {
  const long = 'v'.repeat(10_000)
  reply = replyOf(emptyBody, ['A', long, 'B', long, 'C', long, 'D', long])
  const received = await ask(get(1))
  expect(fieldsOf(received).filter((field) => field.endsWith(long)).length).toBe(4)
  const types = readFrames(received).map(({ type }) => type)
  expect(types.filter((type) => type === 'CONTINUATION').length).toBe(2)
})

test('trailers that cannot be written cut the answer', async () => {
  reply = replyOf(half(undefined, (sink) => sink.end(new Headers(['a', 'b\nc']))))
  expect(saidOf(await ask(get(1, '/', ['te', 'trailers'])))).toEqual(CUT)
  expect(sent).toEqual(['4 false'])
})

import { afterAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { emptyBody, WholeBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { startHttpServer } from '#http/server.ts'
import { mayTrail } from '#http/trailers.ts'
import { parseAnswers } from './support/answers.ts'
import { startProxy } from './support/proxy.ts'
import { RawBackend } from './support/raw-backend.ts'
import { RawClient } from './support/raw-client.ts'
import { judge, type JudgedRequest } from './support/strict-judge.ts'

// Whatever the bytes are, well-formed or not, how they are cut into segments changes nothing.

let seen: string[] = []

const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: async ({ method, target, headers, body }) => {
    const bytes = Buffer.from(await body.bytes(100_000))
    seen.push([method, target, ...headers.raw, bytes.toString('latin1')].join('|'))
    return { status: 200, headers: new Headers(), body: new WholeBody(bytes) }
  },
})

const backend = new RawBackend(() => {})
const proxy = startProxy(backend.origin)

afterAll(async () => {
  await Promise.all([proxy.stop(), server.stop({ graceMs: 0 })])
  backend.stop()
})

const bytes = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text).toString('latin1'))
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/).filter((text) => !RESERVED.test(text))
const RESERVED =
  /^(?:host|expect|connection|upgrade|te|trailer|keep-alive|content-length|transfer-encoding)$/i
const value = fc.stringMatching(/^(?:[!-~\xa0-\xff](?:[ -~\t]{0,20}[!-~])?)?$/)
const fields = fc.array(fc.tuple(name, value), { maxLength: 5 })

const lines = fields.map((list) => list.map(([key, text]) => `${key}: ${text}\r\n`).join(''))

interface Message {
  readonly lines: string
  readonly pieces: readonly string[]
  readonly chunked: boolean
  readonly trailers: string
}

const message: fc.Arbitrary<Message> = fc.record({
  lines,
  pieces: fc.array(
    bytes.filter((text) => text !== ''),
    { maxLength: 4 },
  ),
  chunked: fc.boolean(),
  trailers: lines,
})

function framed({ lines, pieces, chunked, trailers }: Message): string {
  if (!chunked) return `${lines}Content-Length: ${pieces.join('').length}\r\n\r\n${pieces.join('')}`
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
  return `Transfer-Encoding: chunked\r\n${lines}\r\n${chunks}0\r\n${trailers}\r\n`
}

function listed(text: string): [name: string, value: string][] {
  return [...text.matchAll(/^(.+?): (.*)\r$/gm)].map((match) => [match[1] as string, match[2] as string])
}

const request = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'X-Y'), fc.webPath(), message)
  .map(([method, path, sent]) => ({
    text: `${method} /${path} HTTP/1.1\r\nHost: h\r\n${framed(sent)}`,
    line: `${method}|/${path}|`,
    body: sent.pieces.join(''),
    trailers: sent.chunked ? listed(sent.trailers).filter(([key]) => mayTrail(key)) : [],
  }))

/** Where to cut a text, as fractions of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

function cut(text: string, at: readonly number[]): string[] {
  const places = [...new Set([0, ...at.map((part) => Math.floor(part * text.length)), text.length])].toSorted(
    (a, b) => a - b,
  )
  return places.slice(1).map((end, i) => text.slice(places[i], end))
}

/** One damaged place: bytes that matter to the grammar, put in or put over what is there. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  put: fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    '\t',
    ':',
    ';',
    ',',
    '0',
    'g',
    '-',
    '\x7f',
    '\x80',
    '\r\n\r\n',
    '0\r\n\r\n',
    'chunked',
  ),
  over: fc.nat({ max: 3 }),
})

const runs = { numRuns: 150, seed: 20_261_121 }

async function outcome(pieces: readonly string[]): Promise<unknown> {
  seen = []
  const client = await RawClient.open(server.port)
  await client.send(...pieces)
  client.finish()
  const answers = parseAnswers(await client.rest())
  return { seen, answers: answers.map(({ status, body }) => [status, body]) }
}

test('well-formed requests come through whole, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), cuts, async (requests, at) => {
      await outcome(cut(requests.map(({ text }) => text).join(''), at))
      expect(seen.length).toBe(requests.length)
      requests.forEach(({ line, body }, i) => {
        expect(seen[i]).toStartWith(line)
        expect(seen[i]).toEndWith(`|${body}`)
      })
    }),
    runs,
  )
})

test('damaged requests mean the same, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 3 }),
      damage,
      cuts,
      async (requests, { at, put, over }, places) => {
        const text = requests.map((one) => one.text).join('')
        const place = Math.floor(at * text.length)
        const damaged = text.slice(0, place) + put + text.slice(place + over)
        const whole = await outcome([damaged])
        expect(await outcome(cut(damaged, places))).toEqual(whole)
      },
    ),
    { ...runs, numRuns: 400 },
  )
})

async function answerTo(pieces: readonly string[]): Promise<unknown> {
  const client = createHttpClient()
  backend.script = async (connection) => {
    await connection.sendPieces(pieces)
    connection.finish()
  }
  try {
    const { status, headers, body } = await client.send({
      origin: backend.origin,
      method: 'POST',
      target: '/',
      headers: new Headers(),
      body: emptyBody,
      timeoutMs: 2000,
    })
    const head = [status, headers.raw]
    try {
      return [...head, Buffer.from(await body.bytes(100_000)).toString('latin1')]
    } catch (error) {
      return [...head, (error as HttpError).failure]
    }
  } catch (error) {
    return (error as HttpError).failure
  } finally {
    client.close()
  }
}

test('answers mean the same, damaged or not, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(message, fc.option(damage), cuts, async (sent, harm, places) => {
      const text = `HTTP/1.1 200 OK\r\n${framed(sent)}`
      const place = Math.floor((harm?.at ?? 0) * text.length)
      const damaged = harm === null ? text : text.slice(0, place) + harm.put + text.slice(place + harm.over)
      const whole = await answerTo([damaged])
      expect(await answerTo(cut(damaged, places))).toEqual(whole)
      if (harm === null) expect(whole).toMatchObject([200, {}, sent.pieces.join('')])
    }),
    { ...runs, numRuns: 300 },
  )
})

interface Passed {
  /** What the backend was sent, and what the client got. */
  readonly requests: readonly JudgedRequest[]
  readonly answers: readonly unknown[]
}

/** The requests of `sent` through a proxy; the backend gives `answers` in turn, each on a connection of its own. */
async function pass(sent: readonly string[], answers: readonly (readonly string[])[]): Promise<Passed> {
  const requests: JudgedRequest[] = []
  backend.script = async (connection) => {
    await connection.until((text) => !judge(text).partial)
    const pieces = answers[requests.length] ?? []
    requests.push(...judge(connection.received).requests)
    await connection.sendPieces(pieces)
    connection.finish()
  }
  const client = await RawClient.open(proxy.server.port)
  await client.send(...sent)
  client.finish()
  const received = parseAnswers(await client.rest())
  return { requests, answers: received.map(({ status, body, complete }) => [status, body, complete]) }
}

test('pipelined requests and their answers come through a proxy whole, however both are cut', async () => {
  const exchange = fc.tuple(request, message, cuts)
  await fc.assert(
    fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 4 }), cuts, async (exchanges, at) => {
      const { requests, answers } = await pass(
        cut(exchanges.map(([{ text }]) => text).join(''), at),
        exchanges.map(([, answer, places]) =>
          cut(`HTTP/1.1 200 OK\r\nConnection: close\r\n${framed(answer)}`, places),
        ),
      )
      expect(requests.map(({ body }) => body)).toEqual(exchanges.map(([{ body }]) => body))
      requests.forEach(({ method, target, trailers }, i) => {
        expect(`${method}|${target}|`).toBe(exchanges[i]?.[0].line as string)
        expect(trailers).toEqual(exchanges[i]?.[0].trailers as [string, string][])
      })
      expect(answers).toEqual(exchanges.map(([, { pieces }]) => [200, pieces.join(''), true]))
    }),
    runs,
  )
})

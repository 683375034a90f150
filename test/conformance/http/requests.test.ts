import { afterAll, describe, expect, test } from 'bun:test'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { startHttpServer } from '#http/server.ts'
import { requestCases, type RequestCase } from './requests.cases.ts'
import { parseAnswers } from './support/answers.ts'
import { converse, deliveries, type Delivery } from './support/raw-client.ts'

const NEXT = 'GET /next HTTP/1.1\r\nHost: n\r\n\r\n'

interface Seen {
  readonly line: string
  readonly headers: readonly string[]
}

let seen: Seen[] = []

const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: async (request) => {
    const body = Buffer.from(await request.body.bytes(1_000_000)).toString('latin1')
    const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`)
    seen.push({ line: `${request.method} ${request.target} ${body}`, headers })
    return { status: 200, headers: new Headers(), body: textBody(request.target) }
  },
})

afterAll(() => server.stop({ graceMs: 0 }))

async function check(
  { send, seen: expected, outcome, headers }: RequestCase,
  delivery: Delivery,
): Promise<void> {
  seen = []
  const received = await converse(server.port, outcome === 'wait' ? send : send + NEXT, delivery)
  const lines = outcome === 'next' ? [...expected, 'GET /next '] : expected
  const statuses = lines.map(() => 200)
  if (typeof outcome === 'number') statuses.push(outcome)
  expect(seen.map(({ line }) => line)).toEqual([...lines])
  const methods = lines.map((line) => line.split(' ', 1)[0] as string)
  expect(parseAnswers(received, methods).map(({ status }) => status)).toEqual(statuses)
  if (headers !== undefined) expect(seen[expected.length - 1]?.headers).toEqual([...headers])
}

for (const [subject, cases] of Object.entries(requestCases)) {
  describe(subject, () => {
    for (const one of cases) {
      test(one.name, async () => {
        for (const delivery of deliveries) await check(one, delivery)
      })
    }
  })
}

const refusedHeads = {
  'no Host': 'HEAD /a HTTP/1.1\r\n\r\n',
  'a target that is none': 'HEAD a HTTP/1.1\r\nHost: h\r\n\r\n',
  'a malformed chunk': 'HEAD /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
}

for (const [name, send] of Object.entries(refusedHeads)) {
  test(`an answer to HEAD has no body, a refusal neither: ${name}`, async () => {
    for (const delivery of deliveries) {
      const received = await converse(server.port, send, delivery)
      expect(received).toStartWith('HTTP/1.1 400 Bad Request\r\n')
      expect(received).toEndWith('\r\nConnection: close\r\n\r\n')
    }
  })
}

test('no connection is left', async () => {
  await server.stop({ graceMs: 1000 })
  expect(server.connections).toBe(0)
})

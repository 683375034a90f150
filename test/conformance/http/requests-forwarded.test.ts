import { afterAll, describe, expect, test } from 'bun:test'
import { requestCases } from './requests.cases.ts'
import { startProxy } from './support/proxy.ts'
import { converse, deliveries } from './support/raw-client.ts'
import { Recorder, sight } from './support/recorder.ts'

// What the engine, as a proxy, makes of requests: the backend is sent the good ones, each exactly once and in a form
// that a strict reader takes, and nothing of the others that could be a request.

const NEXT = 'GET /next HTTP/1.1\r\nHost: n\r\n\r\n'

const recorder = new Recorder()
const proxy = startProxy(recorder.origin)

afterAll(async () => {
  await proxy.stop()
  recorder.stop()
})

for (const [subject, cases] of Object.entries(requestCases)) {
  test(`${subject}: ${cases.length} cases`, async () => {
    for (const { name, send, seen, outcome } of cases) {
      const lines = outcome === 'next' ? [...seen, 'GET /next '] : seen
      const expected = lines.map((line) => {
        const [, method = '', target = '', body = ''] = /^(\S+) (\S+) ([^]*)$/.exec(line) ?? []
        return sight({ method, target, body })
      })
      for (const delivery of deliveries) {
        await converse(proxy.server.port, outcome === 'wait' ? send : send + NEXT, delivery)
        expect({ name, delivery, seen: recorder.take().map(sight) }).toEqual({
          name,
          delivery,
          seen: expected,
        })
        expect(recorder.violations).toEqual([])
      }
    }
  })
}

interface ForwardedCase {
  readonly name: string
  readonly send: string
  readonly fields: readonly string[]
  readonly body?: string
  readonly trailers?: readonly (readonly [name: string, value: string])[]
}

const get = (fields: string): string => `GET /a HTTP/1.1\r\nHost: h\r\n${fields}\r\n`
const post = (fields: string, body: string): string => `POST /a HTTP/1.1\r\nHost: h\r\n${fields}\r\n${body}`

const forwardedCases: readonly ForwardedCase[] = [
  {
    name: 'fields as they were sent, blanks around values normalised',
    send: get('b:2\r\nA:\t x  y \r\nB: \xe9\r\nA:\r\n'),
    fields: ['Host: h', 'b: 2', 'A: x  y', 'B: \xe9', 'A: '],
  },
  {
    name: 'fields of the connection end here',
    send: get(
      'Connection: keep-alive, X-A\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\n' +
        'Trailer: X-T\r\nUpgrade: h2c\r\nX-B: 2\r\n',
    ),
    fields: ['Host: h', 'X-B: 2'],
  },
  {
    name: 'Connection cannot take framing or Host away',
    send: post('Connection: Content-Length, Host, Transfer-Encoding\r\nContent-Length: 5\r\n', 'hello'),
    fields: ['Host: h', 'Content-Length: 5'],
    body: 'hello',
  },
  {
    name: 'a length with leading zeros goes out as a number',
    send: post('Content-Length: 005\r\n', 'hello'),
    fields: ['Host: h', 'Content-Length: 5'],
    body: 'hello',
  },
  {
    name: 'chunks become plain chunks, without extensions and without trailers that could harm',
    send: post(
      'transfer-encoding: CHUNKED\r\n',
      '2;a=b\r\nhe\r\n003\r\nllo\r\n0;z\r\nX-T: 1\r\nHost: other\r\n\r\n',
    ),
    fields: ['Host: h', 'Transfer-Encoding: chunked'],
    body: 'hello',
    trailers: [['X-T', '1']],
  },
  {
    name: 'an expectation is met here',
    send: post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
    fields: ['Host: h', 'Content-Length: 5'],
    body: 'hello',
  },
  {
    name: 'HTTP/1.0 without Host',
    send: 'GET /a HTTP/1.0\r\nA: 1\r\n\r\n',
    fields: [`Host: ${recorder.origin.slice(7)}`, 'A: 1'],
  },
  {
    name: 'the authority of absolute-form in place of Host',
    send: 'GET http://real:81/a HTTP/1.1\r\nA: 1\r\nHost: other\r\n\r\n',
    fields: ['A: 1', 'Host: real:81'],
  },
  {
    name: 'names that only look like framing',
    send: get('Content_Length: 5\r\nTransfer_Encoding: chunked\r\nX-Content-Length: 7\r\n'),
    fields: ['Host: h', 'Content_Length: 5', 'Transfer_Encoding: chunked', 'X-Content-Length: 7'],
  },
]

describe('one request goes out', () => {
  for (const { name, send, fields, body = '', trailers = [] } of forwardedCases) {
    test(name, async () => {
      for (const delivery of deliveries) {
        await converse(proxy.server.port, send, delivery)
        const sent = recorder.take().map((request) => ({
          ...request,
          fields: request.fields.map(([key, value]) => `${key}: ${value}`),
        }))
        expect({ delivery, sent }).toEqual({
          delivery,
          sent: [
            {
              method: send.split(' ', 1)[0] as string,
              target: '/a',
              minor: 1,
              fields: [...fields],
              body,
              trailers: [...trailers],
            },
          ],
        })
        expect(recorder.violations).toEqual([])
      }
    })
  }
})

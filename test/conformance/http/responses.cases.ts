import type { HttpFailure } from '#http/errors.ts'

/** What the bytes of a backend mean to the client. */
export interface ResponseCase {
  readonly name: string
  /** GET when undefined. */
  readonly method?: string
  /** latin1; `<fin>` and `<rst>` at the end close the connection in that way. */
  readonly send: string
  /** Status, and the body as latin1. */
  readonly answer?: readonly [status: number, body: string]
  /** How the head fails. */
  readonly failure?: HttpFailure
  /** How the body fails after the head of `answer`. */
  readonly bodyFailure?: HttpFailure
  /** Whether the connection serves the next request. */
  readonly kept: boolean
  readonly headers?: readonly string[]
}

const kept = (name: string, send: string, status: number, body: string): ResponseCase => ({
  name,
  send,
  answer: [status, body],
  kept: true,
})
const once = (name: string, send: string, status: number, body: string): ResponseCase => ({
  ...kept(name, send, status, body),
  kept: false,
})
const malformed = (name: string, send: string): ResponseCase => ({
  name,
  send,
  failure: 'malformed',
  kept: false,
})
const broken = (name: string, send: string, bodyFailure: HttpFailure): ResponseCase => ({
  name,
  send,
  answer: [200, ''],
  bodyFailure,
  kept: false,
})

const ok = (fields: string, body = ''): string => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`
const chunked = (body: string): string => ok('Transfer-Encoding: chunked\r\n', body)

export const responseCases: readonly ResponseCase[] = [
  kept('a body by length', ok('Content-Length: 5\r\n', 'hello'), 200, 'hello'),
  kept('an empty body', ok('Content-Length: 0\r\n'), 200, ''),
  kept('chunked', chunked('3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n'), 200, 'abcde'),
  kept('no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'),
  kept('an empty reason phrase', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', 200, 'ok'),
  kept('a status that is not known', 'HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok', 799, 'ok'),
  kept('204 has no body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''),
  kept('304 has no body whatever its length says', 'HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n', 304, ''),
  { ...kept('an answer to HEAD has no body', ok('Content-Length: 9\r\n'), 200, ''), method: 'HEAD' },
  { ...kept('a chunked answer to HEAD', ok('Transfer-Encoding: chunked\r\n'), 200, ''), method: 'HEAD' },
  kept(
    'interim answers are skipped',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n${ok('Content-Length: 2\r\n', 'ok')}`,
    200,
    'ok',
  ),
  {
    ...kept(
      'order, spelling and duplicates are kept',
      ok('b: 2\r\nSet-Cookie: x\r\nset-cookie: y\r\nContent-Length: 0\r\nB:\r\n'),
      200,
      '',
    ),
    headers: ['b: 2', 'Set-Cookie: x', 'set-cookie: y', 'Content-Length: 0', 'B: '],
  },
  {
    ...kept(
      'fields named by Connection end here',
      ok('X-Hop: 1\r\nConnection: X-Hop\r\nContent-Length: 0\r\n'),
      200,
      '',
    ),
    headers: ['Connection: X-Hop', 'Content-Length: 0'],
  },
  kept(
    'HTTP/1.0 with keep-alive',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
    200,
    'ok',
  ),
  once('HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'),
  once('Connection: close', ok('Connection: close\r\nContent-Length: 2\r\n', 'ok'), 200, 'ok'),
  once(
    'a kept time that is over at once',
    ok('Keep-Alive: timeout=1\r\nContent-Length: 2\r\n', 'ok'),
    200,
    'ok',
  ),
  once('a body that ends with the connection', ok('', 'until the end<fin>'), 200, 'until the end'),
  once(
    'bytes after the answer',
    ok('Content-Length: 2\r\n', 'okHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'),
    200,
    'ok',
  ),
  once('bytes after the last chunk', chunked('2\r\nok\r\n0\r\n\r\n!'), 200, 'ok'),
  once('a body after 204', 'HTTP/1.1 204 No Content\r\n\r\nbody', 204, ''),
  {
    ...once('a body after the answer to HEAD', ok('Content-Length: 4\r\n', 'body'), 200, ''),
    method: 'HEAD',
  },
  broken('FIN within the body', ok('Content-Length: 9\r\n', 'half<fin>'), 'reset'),
  broken('RST within the body', ok('Content-Length: 9\r\n', 'half<rst>'), 'reset'),
  broken('FIN within chunks', chunked('5\r\nhel<fin>'), 'reset'),
  broken('FIN before the last chunk', chunked('5\r\nhello\r\n<fin>'), 'reset'),
  broken('RST where the end of the connection is the end of the body', ok('', 'half<rst>'), 'reset'),
  broken('a chunk that is longer than its size', chunked('2\r\nabc\r\n0\r\n\r\n'), 'malformed'),
  broken('a chunk size that is none', chunked('2\r\nab\r\nZ\r\n\r\n'), 'malformed'),
  broken('a trailer ended by a bare LF', chunked('2\r\nab\r\n0\r\nT: 1\n\r\n'), 'malformed'),
  malformed(
    'Content-Length beside Transfer-Encoding',
    ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  malformed('two lengths', ok('Content-Length: 2\r\nContent-Length: 2\r\n', 'ok')),
  malformed('two lengths that differ', ok('Content-Length: 2\r\nContent-Length: 9\r\n', 'ok')),
  malformed('a list of lengths', ok('Content-Length: 2, 2\r\n', 'ok')),
  malformed('a negative length', ok('Content-Length: -2\r\n', 'ok')),
  malformed('another coding than chunked', ok('Transfer-Encoding: gzip\r\n', 'ok')),
  malformed('chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  malformed('a folded field', ok('A: 1\r\n 2\r\nContent-Length: 0\r\n')),
  malformed('a space before the colon', ok('A : 1\r\nContent-Length: 0\r\n')),
  malformed('a bare LF between fields', ok('A: 1\nContent-Length: 0\r\n')),
  malformed('NUL in a value', ok('A: \x00\r\nContent-Length: 0\r\n')),
  malformed('a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n'),
  malformed('a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'),
  malformed('a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'),
  malformed('a status below 100', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'),
  malformed('HTTP/2', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
  malformed('HTTP/1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n'),
  malformed('no status line', 'hello\r\n\r\n<fin>'),
  malformed('an empty line before the status line', `\r\n${ok('Content-Length: 0\r\n')}`),
  malformed('101 that nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'),
  malformed('interim answers without end', 'HTTP/1.1 102 X\r\n\r\n'.repeat(17)),
  { name: 'a head of 70 KB', send: ok(`A: ${'v'.repeat(70_000)}\r\n`), failure: 'too-large', kept: false },
  { name: 'FIN instead of an answer', send: '<fin>', failure: 'reset', kept: false },
  { name: 'RST instead of an answer', send: '<rst>', failure: 'reset', kept: false },
  { name: 'FIN within the head', send: 'HTTP/1.1 200 OK\r\nA: 1<fin>', failure: 'reset', kept: false },
  {
    name: 'FIN after an interim answer',
    send: 'HTTP/1.1 100 Continue\r\n\r\n<fin>',
    failure: 'reset',
    kept: false,
  },
]

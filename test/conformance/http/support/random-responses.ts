import type { Random } from '../../../support/random.ts'
import { chunks } from './random-requests.ts'

// Answers as backends give them, good ones and, with a small probability for each part, bad ones.

const STATUS_LINES = ['HTTP/1.1 200 OK', 'HTTP/1.1 200', 'HTTP/1.1 404 Not Found', 'HTTP/1.1 500 \xe9']
const BODILESS_LINES = ['HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified']
const ODD_STATUS_LINES = [
  'HTTP/1.0 200 OK',
  'HTTP/1.2 200 OK',
  'HTTP/2 200',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1 099 OK',
  'HTTP/1.1 999 Odd',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 200OK',
  'HTTP/1.1 101 Switching Protocols',
  'http/1.1 200 OK',
  'ICY 200 OK',
  '',
]
const ODD_FIELDS = [
  'Connection: close',
  'Connection: keep-alive',
  'Connection: Content-Length',
  'Keep-Alive: timeout=5',
  'A : 1',
  'A: 1\r\n folded',
  'A: x\rB: y',
  'A: \x00',
  'A',
  ': 1',
  'Trailer: X-T',
  'Upgrade: h2c',
]
const ODD_FRAMINGS = [
  'Content-Length: +4',
  'Content-Length: 4, 4',
  'Content-Length: 4\r\nContent-Length: 4',
  'Content-Length: 4\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Content-Length: 99999999999999999999',
  'Content-Length: 10',
]

/** One answer, framed as its body is, perhaps after interim ones and perhaps with bytes after it. */
export function randomResponse(random: Random, oddness: number): string {
  const odd = (): boolean => random.chance(oddness)
  const lines = [
    odd() ? random.pick(ODD_STATUS_LINES) : random.pick(random.chance(0.1) ? BODILESS_LINES : STATUS_LINES),
    ...random.times(random.below(3), () => (odd() ? random.pick(ODD_FIELDS) : `X-${random.below(9)}: v`)),
  ]
  const content = random.text(random.below(30))
  let body = content
  if (odd()) lines.push(random.pick(ODD_FRAMINGS))
  else if (BODILESS_LINES.includes(lines[0] as string)) body = ''
  else if (random.chance(0.4)) {
    lines.push('Transfer-Encoding: chunked')
    body = chunks(random, odd, content)
  } else if (random.chance(0.9)) lines.push(`Content-Length: ${content.length}`)
  const interims = random.chance(0.2) ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : ''
  const extra = odd() ? random.pick(['!', '\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison']) : ''
  return `${interims}${lines.join('\r\n')}\r\n\r\n${body}${extra}`
}

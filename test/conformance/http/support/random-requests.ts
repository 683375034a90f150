import type { Random } from '../../../support/random.ts'

// Requests by the grammar of RFC 9112, and beside it: every part of one is well-formed, or with a small probability
// one of the shapes that servers have been found to disagree about.

export interface RequestMix {
  /** The probability that a part is odd: 0 makes well-formed requests alone. */
  readonly oddness: number
}

type Choices = readonly (readonly [weight: number, choice: string])[]

const METHODS: Choices = [
  [6, 'GET'],
  [6, 'POST'],
  [3, 'PUT'],
  [1, 'HEAD'],
  [1, 'OPTIONS'],
  [1, 'DELETE'],
  [1, 'PATCH'],
]
const ODD_METHODS = [
  'get',
  'CONNECT',
  'TRACE',
  'M-SEARCH',
  'PURGE',
  'ANNOUNCE',
  'G@T',
  'GE\tT',
  '',
  'PRI',
  'X'.repeat(40),
]
const ODD_TARGETS = [
  '*',
  'h:80',
  'http://h/abs',
  'HTTP://h',
  'http://u@h/',
  'http:///x',
  'ftp://h/x',
  '//h/x',
  '/a#b',
  '/#',
  '#',
  '/a b',
  '/\xe9',
  '/\x7f',
  '/a\tb',
  '/%',
  '/%00',
  '/..%2f',
  '/a\\b',
  '/?',
  '/{x}',
  'a',
  '',
  '/"<>^`|',
  'https://h?q',
]
const ODD_VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/1.',
  'HTTP/01.1',
  '',
  'HTTP/1.1\r',
]
const ODD_HOSTS = [
  'Host: h\r\nHost: h',
  'Host:',
  'Host: h h',
  'Host: u@h',
  'Host: h/x',
  'Host: [::1]:80',
  'Host : h',
  'host:h',
  'X-Host: h',
  'Host: a,b',
  'Host: h:80:80',
]
const ODD_FIELDS = [
  'A : 1',
  ' A: 1',
  'A\t: 1',
  ': 1',
  'A',
  'A: 1\n B: 2',
  'A: 1\r\n folded',
  'A: \x00',
  'A: \x01',
  'A: \x7f',
  'A: \r',
  'A: x\rB: y',
  'A(: 1',
  '\xe9: 1',
  'A: \xe9',
  'Content_Length: 4',
  'Expect: 100-continue',
  'Expect: x',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: Content-Length',
  'Connection: Transfer-Encoding, Host',
  'Connection: x-a',
  'X-A: 1',
  'TE: trailers',
  'Trailer: X-T',
  'Upgrade: h2c',
  'Keep-Alive: timeout=1',
  'A:',
  'A: a\tb',
  'Proxy-Connection: keep-alive',
  'Connection: upgrade, http2-settings',
]
const ODD_LENGTHS = [
  '+4',
  '-1',
  '0x4',
  '4, 4',
  '4,',
  '',
  '04',
  '4 ',
  ' 4',
  '4.0',
  '1e1',
  '99999999999999999999',
  '4\x00',
  '\x0b4',
  '4;',
]
const ODD_ENCODINGS = [
  'Chunked',
  'chunked ',
  'xchunked',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'identity',
  '',
  '"chunked"',
  '\x0bchunked',
  'chunked;q=1',
  ',chunked',
  'chunk ed',
  'chunked\x00',
]
const ODD_SIZES = [
  '0x4',
  '+4',
  '-4',
  ' 4',
  '4 ',
  '4;',
  '4;a',
  '4;a="b',
  '4;a="\\""',
  '4;a=',
  '4; a',
  '4;a;b=c',
  '4;a="b"c',
  '4\t;x',
  '04',
  '',
  'g',
  '4\n',
  '0000000000000004',
  'fffffffffffffffff',
  'ffffffff',
  '80000000',
  '4;\r',
  '4;a\n',
  '4\r',
]
const ODD_ENDS = ['\n', '\r', '\r\r\n', '\n\r\n', '', '\r\n\r\n', ' \r\n']
const ODD_TRAILERS = [
  'X-T: 1\r\n',
  'X-T : 1\r\n',
  'bad\r\n',
  'Content-Length: 4\r\n',
  'Transfer-Encoding: chunked\r\n',
  ' x: 1\r\n',
  'X: 1\n',
  'Host: x\r\n',
]
/** Bytes that mean something to the grammar. */
const SPICE = [
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
  'f',
  '-',
  '#',
  '*',
  '/',
  '\x7f',
  '\x80',
  '\r\n\r\n',
  '0\r\n\r\n',
  'chunked',
  'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
]

/** One request, framed as its body is; its path begins with `id`. */
export function randomRequest(random: Random, { oddness }: RequestMix, id: string): string {
  const odd = (): boolean => random.chance(oddness)
  const end = (): string => (random.chance(oddness / 8) ? random.pick(ODD_ENDS) : '\r\n')
  const method = odd() ? random.pick(ODD_METHODS) : random.weighted(METHODS)
  const target = odd()
    ? random.pick(ODD_TARGETS)
    : `/${id}${random.pick(['', '', '/a%20b', '?q=1&r', '/x//y/', '?'])}`
  const version = odd() ? random.pick(ODD_VERSIONS) : 'HTTP/1.1'
  const space = random.chance(oddness / 8) ? random.pick(['  ', '\t', '']) : ' '
  const lines = [odd() ? random.pick(ODD_HOSTS) : 'Host: h']
  for (let i = random.below(4); i > 0; i--) lines.push(randomField(random, odd()))
  const body = randomBody(random, odd, method)
  lines.splice(random.below(lines.length + 1), 0, ...body.lines)
  const head = [`${method}${space}${target} ${version}`, ...lines].map((line) => line + end()).join('')
  const empty = random.chance(oddness / 8) ? random.pick(['\r\n', '\n', '\r', '\r\n\r\n']) : ''
  return `${empty}${head}${end()}${body.text}`
}

function randomField(random: Random, odd: boolean): string {
  if (odd) return random.pick(ODD_FIELDS)
  const name = random.pick(['Accept', 'x-a', 'X-A', 'Cookie', 'Content-Type', 'Via', "x!#$%&'*+.^_`|~9"])
  return `${name}:${random.pick([' ', '', '\t', '  '])}${random.pick(['1', 'a, b', '', 'caf\xe9', 'a  b\tc', '"q;=:"'])}`
}

interface RandomBody {
  readonly lines: readonly string[]
  readonly text: string
}

function randomBody(random: Random, odd: () => boolean, method: string): RandomBody {
  const bodiless = ['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(method)
  if (random.chance(bodiless ? 0.9 : 0.2)) return { lines: [], text: '' }
  const content = random.chance(0.1)
    ? 'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n'
    : random.text(random.below(40))
  const length = odd()
    ? random.pick(ODD_LENGTHS)
    : String(content.length + (odd() ? random.between(-2, 2) : 0))
  const encoding = odd() ? random.pick(ODD_ENCODINGS) : 'chunked'
  const lengthLine = `Content-Length: ${length}`
  const encodingLine = `Transfer-Encoding: ${encoding}`
  if (odd()) {
    const both = random.pick([
      [lengthLine, encodingLine],
      [encodingLine, lengthLine],
      [lengthLine, lengthLine],
      [lengthLine, `Content-Length: ${random.below(60)}`],
      [encodingLine, 'Transfer-Encoding: chunked'],
    ])
    return { lines: both, text: random.chance(0.5) ? content : chunks(random, odd, content) }
  }
  return random.chance(0.5)
    ? { lines: [lengthLine], text: content }
    : { lines: [encodingLine], text: chunks(random, odd, content) }
}

/** A body in the chunked coding. */
export function chunks(random: Random, odd: () => boolean, content: string): string {
  const end = (): string => (odd() ? random.pick(ODD_ENDS) : '\r\n')
  let text = ''
  for (const piece of content === '' ? [] : random.split(content, 4)) {
    const digits = piece.length.toString(16)
    const size = odd()
      ? random.pick(ODD_SIZES)
      : random.pick([digits, digits.toUpperCase(), `0${digits}`, `${digits};x=1`])
    text += `${size}${end()}${piece}${end()}`
  }
  const trailers = odd() ? random.pick(ODD_TRAILERS) : random.pick(['', '', 'X-T: 1\r\n'])
  return `${text}0${end()}${trailers}${end()}`
}

/** `text` damaged in `places` places by bytes that matter to the grammar. */
export function damage(random: Random, text: string, places: number): string {
  for (let i = 0; i < places; i++) {
    const at = random.below(text.length + 1)
    const over = random.pick([0, 0, 1, 1, 2, 8])
    const put = random.weighted([
      [6, random.pick(SPICE)],
      [1, ''],
      [1, random.text(1)],
      [1, text.slice(at, at + random.below(30))],
    ])
    text = text.slice(0, at) + put + text.slice(at + over)
  }
  return text
}

/** A few pipelined requests, perhaps damaged. */
export function randomPipeline(random: Random, mix: RequestMix, most: number): string {
  const count = random.between(1, most)
  const text = Array.from({ length: count }, (_, i) => randomRequest(random, mix, `r${i}`)).join('')
  return mix.oddness > 0 && random.chance(0.3) ? damage(random, text, random.between(1, 3)) : text
}

import { CR, COLON, LF, SPACE, TAB, fieldValue, host, target, token } from './characters.ts'
import { sameName } from './headers.ts'
import type { HttpLimits } from './limits.ts'

/** The head of one message, and what its fields say about framing. */
export class MessageHead {
  /** name, value, name, value … as sent. */
  readonly raw: string[] = []
  method = ''
  target = ''
  status = 0
  reason = ''
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  minor = 1
  /** -1 when there is none. */
  contentLength = -1
  chunked = false
  connectionClose = false
  connectionKeepAlive = false
  expectContinue = false
  hostCount = 0
  /** What Connection names besides `close` and `keep-alive`, in lower case. */
  connectionNames: string[] | undefined
}

/** Negative results of the parsers are the status to answer, negated. */
export const INCOMPLETE = 0
/** The result for a head that is larger than its limits. */
export const TOO_LARGE = -431

/**
 * Parses a request head from latin1 text that may end anywhere. Strict: what RFC 9112 lets a recipient repair is
 * refused, because two recipients that repair differently are how requests are smuggled.
 * @returns the index after the head, INCOMPLETE, or a negated status
 */
export function parseRequestHead(head: MessageHead, text: string, limits: HttpLimits): number {
  const end = text.length
  let at = 0
  while (at < end && token[text.charCodeAt(at)] === 1) at++
  if (at === end) return at > METHOD_BYTES_MAX ? -501 : INCOMPLETE
  if (text.charCodeAt(at) !== SPACE || at === 0) return -400
  if (at > METHOD_BYTES_MAX) return -501
  head.method = text.substring(0, at)
  const begin = ++at
  while (at < end && target[text.charCodeAt(at)] === 1) at++
  if (at > limits.requestLineBytesMax) return -414
  if (at === end) return INCOMPLETE
  if (text.charCodeAt(at) !== SPACE || at === begin) return -400
  head.target = text.substring(begin, at)
  const version = parseVersion(text, at + 1)
  if (version < 0) return version
  if (version === INCOMPLETE_VERSION) return INCOMPLETE
  head.minor = version
  at += 9
  if (end < at + 2) return end === at || text.charCodeAt(at) === CR ? INCOMPLETE : -400
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return -400
  const result = parseFields(head, text, at + 2, limits)
  if (result <= 0) return result
  return requestFraming(head) ?? result
}

/** Parses a response head in the same way; what is wrong with it is -502, or TOO_LARGE. */
export function parseResponseHead(head: MessageHead, text: string, limits: HttpLimits): number {
  const end = text.length
  const version = parseVersion(text, 0)
  if (version < 0) return -502
  if (version === INCOMPLETE_VERSION || end < 13) return INCOMPLETE
  head.minor = version
  if (text.charCodeAt(8) !== SPACE) return -502
  for (let i = 9; i < 12; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -502
    head.status = head.status * 10 + digit
  }
  if (head.status < 100) return -502
  let at = 12
  // The space before an empty reason is often left out (RFC 9112 §4 asks recipients to allow for it).
  if (text.charCodeAt(at) === SPACE) at++
  else if (text.charCodeAt(at) !== CR) return -502
  const begin = at
  while (at < end && fieldValue[text.charCodeAt(at)] === 1) at++
  if (at + 1 >= end) return at - begin > limits.requestLineBytesMax ? TOO_LARGE : INCOMPLETE
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return -502
  head.reason = text.substring(begin, at)
  const result = parseFields(head, text, at + 2, limits)
  if (result < 0) return result === TOO_LARGE ? TOO_LARGE : -502
  if (result === INCOMPLETE) return INCOMPLETE
  // Both at once is how responses are split, and HTTP/1.0 knows no chunks (RFC 9112 §6.1, §6.3).
  if (head.chunked && (head.contentLength !== -1 || head.minor === 0)) return -502
  return result
}

const METHOD_BYTES_MAX = 32
const INCOMPLETE_VERSION = 100

/** 0 or 1 for HTTP/1.x at `at`; INCOMPLETE_VERSION; or -400, -505. */
function parseVersion(text: string, at: number): number {
  if (text.startsWith('HTTP/1.1', at)) return 1
  const given = text.substring(at, at + 8)
  if (given.length < 8)
    return 'HTTP/1.1'.startsWith(given) || /^HTTP(\/(\d(\.)?)?)?$/.test(given) ? INCOMPLETE_VERSION : -400
  if (given === 'HTTP/1.0') return 0
  return /^HTTP\/\d\.\d$/.test(given) ? -505 : -400
}

/** Parses field lines up to the empty one. Folding, bare LF and space before the colon all fail the token test. */
function parseFields(head: MessageHead, text: string, start: number, limits: HttpLimits): number {
  const end = text.length
  const { raw } = head
  let at = start
  for (;;) {
    if (at - start > limits.headerBytesMax) return TOO_LARGE
    if (at >= end) return INCOMPLETE
    if (text.charCodeAt(at) === CR) {
      if (at + 1 >= end) return INCOMPLETE
      if (text.charCodeAt(at + 1) !== LF) return -400
      if (head.connectionNames !== undefined) dropNamed(raw, head.connectionNames)
      return at + 2
    }
    const nameStart = at
    while (at < end && token[text.charCodeAt(at)] === 1) at++
    if (at === end) return end - start > limits.headerBytesMax ? TOO_LARGE : INCOMPLETE
    if (text.charCodeAt(at) !== COLON || at === nameStart) return -400
    const nameEnd = at++
    while (at < end && isBlank(text.charCodeAt(at))) at++
    const valueStart = at
    while (at < end && fieldValue[text.charCodeAt(at)] === 1) at++
    if (at + 1 >= end) {
      if (at < end && text.charCodeAt(at) !== CR) return -400
      return end - start > limits.headerBytesMax ? TOO_LARGE : INCOMPLETE
    }
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return -400
    let valueEnd = at
    at += 2
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--
    const name = text.substring(nameStart, nameEnd)
    const value = text.substring(valueStart, valueEnd)
    const failure = note(head, name, value)
    if (failure !== 0) return failure
    raw.push(name, value)
    if (raw.length > limits.headerCountMax * 2) return TOO_LARGE
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** Takes from a field what it says about framing. The name's length picks the few that matter. */
function note(head: MessageHead, name: string, value: string): number {
  switch (name.length) {
    case 4:
      return sameName(name, 'host') ? noteHost(head, value) : 0
    case 6:
      return sameName(name, 'expect') ? noteExpect(head, value) : 0
    case 10:
      return sameName(name, 'connection') ? noteConnection(head, value) : 0
    case 14:
      return sameName(name, 'content-length') ? noteLength(head, value) : 0
    case 17:
      return sameName(name, 'transfer-encoding') ? noteEncoding(head, value) : 0
    default:
      return 0
  }
}

function noteHost(head: MessageHead, value: string): number {
  head.hostCount++
  for (let i = 0; i < value.length; i++) if (host[value.charCodeAt(i)] === 0) return -400
  return 0
}

function noteExpect(head: MessageHead, value: string): number {
  if (!sameName(value, '100-continue')) return -417
  head.expectContinue = true
  return 0
}

function noteConnection(head: MessageHead, value: string): number {
  if (sameName(value, 'keep-alive')) head.connectionKeepAlive = true
  else if (sameName(value, 'close')) head.connectionClose = true
  else {
    for (const option of value.split(',')) {
      const name = option.trim()
      if (sameName(name, 'close')) head.connectionClose = true
      else if (sameName(name, 'keep-alive')) head.connectionKeepAlive = true
      else if (name !== '') (head.connectionNames ??= []).push(name.toLowerCase())
    }
  }
  return 0
}

/** Never dropped, whoever names them: they frame and route the message, or the engine deals with them itself. */
const NEVER_DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** Fields that Connection names were meant for us alone (RFC 9110 §7.6.1): no layer above may pass them on. */
function dropNamed(raw: string[], names: readonly string[]): void {
  let kept = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    if (names.includes(name) && !NEVER_DROPPED.has(name)) continue
    raw[kept] = raw[i] as string
    raw[kept + 1] = raw[i + 1] as string
    kept += 2
  }
  raw.length = kept
}

/** Digits only, once: a list or a repetition is refused even where all values agree. */
function noteLength(head: MessageHead, value: string): number {
  if (head.contentLength !== -1 || value.length === 0 || value.length > 15) return -400
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -400
    length = length * 10 + digit
  }
  head.contentLength = length
  return 0
}

/** `chunked`, once, is the only coding that is spoken. */
function noteEncoding(head: MessageHead, value: string): number {
  if (head.chunked) return -400
  if (!sameName(value, 'chunked')) return -501
  head.chunked = true
  return 0
}

/** What only the whole head can tell; undefined when all is well. */
function requestFraming(head: MessageHead): number | undefined {
  if (head.hostCount > 1) return -400
  if (head.hostCount === 0 && head.minor === 1) return -400
  if (head.chunked && (head.contentLength !== -1 || head.minor === 0)) return -400
  return undefined
}

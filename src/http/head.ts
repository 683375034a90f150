import { CR, COLON, HASH, LF, SPACE, fieldValue, host, target, token, isBlank } from './characters.ts'
import { fieldNumber, fieldNumberIn, spells } from './field-names.ts'
import {
  HeaderBlock,
  LINE_SIZE,
  NAME_END,
  NAME_START,
  NUMBER,
  VALUE_END,
  VALUE_START,
} from './header-block.ts'
import { Headers } from './headers.ts'
import { latin1 } from './latin1.ts'
import type { HttpLimits } from './limits.ts'
import { reasonPhrase } from './status.ts'
import { isAuthority, METHOD_BYTES_MAX } from './target.ts'

/** The head of one message, and what its fields say about framing. */
export class MessageHead {
  /** The header lines; set once the head is here whole. */
  block: HeaderBlock | undefined
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
  /** Where Host's value begins and ends among the bytes. */
  hostStart = 0
  hostEnd = 0
  /** What Connection names besides `close` and `keep-alive`, in lower case. */
  connectionNames: string[] | undefined

  /** Begins another head. */
  reset(): this {
    this.block = undefined
    this.method = ''
    this.target = ''
    this.status = 0
    this.reason = ''
    this.minor = 1
    this.contentLength = -1
    this.chunked = false
    this.connectionClose = false
    this.connectionKeepAlive = false
    this.expectContinue = false
    this.hostCount = 0
    this.hostStart = 0
    this.hostEnd = 0
    this.connectionNames = undefined
    return this
  }
}

/** Negative results of the parsers are the status to answer, negated. */
export const INCOMPLETE = 0
/** The result for a head that is larger than its limits. */
export const TOO_LARGE = -431

/**
 * Parses the request head in `bytes` from `start`, which may end anywhere before `end`. Strict: what RFC 9112 lets a
 * recipient repair is refused, because two recipients that repair differently are how requests are smuggled.
 * @returns the index after the head, INCOMPLETE, or a negated status
 */
export function parseRequestHead(
  head: MessageHead,
  bytes: Buffer,
  start: number,
  end: number,
  limits: HttpLimits,
): number {
  let at = start
  while (at < end && token[bytes[at] as number] === 1) at++
  if (at - start > METHOD_BYTES_MAX) return -501
  if (at === end) return INCOMPLETE
  if (bytes[at] !== SPACE || at === start) return -400
  head.method = methodIn(bytes, start, at)
  const begin = ++at
  while (at < end && target[bytes[at] as number] === 1) at++
  const targetEnd = at
  // A fragment is no part of a target (RFC 3986 §3.5): where a path ends must not be a matter of opinion above.
  if (at < end && bytes[at] === HASH)
    while (at < end && (target[bytes[at] as number] === 1 || bytes[at] === HASH)) at++
  if (at - start > limits.requestLineBytesMax) return -414
  if (at === end) return INCOMPLETE
  if (bytes[at] !== SPACE || targetEnd === begin) return -400
  head.target = latin1(bytes, begin, targetEnd)
  const version = parseVersion(bytes, at + 1, end)
  if (version < 0) return version
  if (version === INCOMPLETE_VERSION) return INCOMPLETE
  head.minor = version
  at += 9
  if (end < at + 2) return end === at || bytes[at] === CR ? INCOMPLETE : -400
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return -400
  const result = parseFields(head, bytes, at + 2, end, limits)
  if (result <= 0) return result
  return requestFraming(head) ?? result
}

/** Parses a response head in the same way; what is wrong with it is -502, or TOO_LARGE. */
export function parseResponseHead(
  head: MessageHead,
  bytes: Buffer,
  start: number,
  end: number,
  limits: HttpLimits,
): number {
  const version = parseVersion(bytes, start, end)
  if (version < 0) return -502
  if (version === INCOMPLETE_VERSION || end < start + 13) return INCOMPLETE
  head.minor = version
  if (bytes[start + 8] !== SPACE) return -502
  for (let i = start + 9; i < start + 12; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) return -502
    head.status = head.status * 10 + digit
  }
  if (head.status < 100) return -502
  let at = start + 12
  // The space before an empty reason is often left out (RFC 9112 §4 asks recipients to allow for it).
  if (bytes[at] === SPACE) at++
  else if (bytes[at] !== CR) return -502
  const begin = at
  while (at < end && fieldValue[bytes[at] as number] === 1) at++
  if (at + 1 >= end) return at - begin > limits.requestLineBytesMax ? TOO_LARGE : INCOMPLETE
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return -502
  head.reason = reasonIn(bytes, begin, at, head.status)
  const result = parseFields(head, bytes, at + 2, end, limits)
  if (result < 0) return result === TOO_LARGE ? TOO_LARGE : -502
  if (result === INCOMPLETE) return INCOMPLETE
  // Both at once is how responses are split, and HTTP/1.0 knows no chunks (RFC 9112 §6.1, §6.3).
  if (head.chunked && (head.contentLength !== -1 || head.minor === 0)) return -502
  return result
}

const INCOMPLETE_VERSION = 100

/** Most methods are one of these: no text need be made for them. */
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS'] as const

function methodIn(bytes: Buffer, from: number, to: number): string {
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i] as string
    if (is(bytes, from, to, method)) return method
  }
  return latin1(bytes, from, to)
}

function reasonIn(bytes: Buffer, from: number, to: number, status: number): string {
  const usual = reasonPhrase(status)
  return is(bytes, from, to, usual) ? usual : latin1(bytes, from, to)
}

/** Whether the bytes from `from` to `to` are `text`. */
export function is(bytes: Buffer, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false
  return true
}

const VERSION = 'HTTP/1.1'

/** 0 or 1 for HTTP/1.x at `at`; INCOMPLETE_VERSION; or -400, -505. */
function parseVersion(bytes: Buffer, at: number, end: number): number {
  if (end - at >= 8 && is(bytes, at, at + 8, VERSION)) return 1
  const given = latin1(bytes, at, Math.min(at + 8, end))
  if (given.length < 8) {
    return VERSION.startsWith(given) || /^HTTP(\/(\d(\.)?)?)?$/.test(given) ? INCOMPLETE_VERSION : -400
  }
  if (given === 'HTTP/1.0') return 0
  return /^HTTP\/\d\.\d$/.test(given) ? -505 : -400
}

/** The lines of the head being parsed; nothing else runs meanwhile. */
let lines = new Int32Array(64 * LINE_SIZE)

/** Parses field lines up to the empty one. Folding, bare LF and space before the colon all fail the token test. */
function parseFields(
  head: MessageHead,
  bytes: Buffer,
  start: number,
  end: number,
  limits: HttpLimits,
): number {
  const sizeMax = limits.headerCountMax * LINE_SIZE
  let size = 0
  let at = start
  for (;;) {
    if (at - start > limits.headerBytesMax) return TOO_LARGE
    if (at >= end) return INCOMPLETE
    if (bytes[at] === CR) {
      if (at + 1 >= end) return INCOMPLETE
      if (bytes[at + 1] !== LF) return -400
      head.block = new HeaderBlock(bytes, firstOf(lines, size))
      return at + 2
    }
    const nameStart = at
    while (at < end && token[bytes[at] as number] === 1) at++
    if (at === end) return end - start > limits.headerBytesMax ? TOO_LARGE : INCOMPLETE
    if (bytes[at] !== COLON || at === nameStart) return -400
    const nameEnd = at++
    while (at < end && isBlank(bytes[at] as number)) at++
    const valueStart = at
    while (at < end && fieldValue[bytes[at] as number] === 1) at++
    if (at + 1 >= end) {
      if (at < end && bytes[at] !== CR) return -400
      return end - start > limits.headerBytesMax ? TOO_LARGE : INCOMPLETE
    }
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return -400
    let valueEnd = at
    at += 2
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--
    const number = fieldNumberIn(bytes, nameStart, nameEnd)
    const failure = note(head, number, bytes, valueStart, valueEnd)
    if (failure !== 0) return failure
    if (size === sizeMax) return TOO_LARGE
    if (size === lines.length) lines = grown(lines)
    lines[size + NAME_START] = nameStart
    lines[size + NAME_END] = nameEnd
    lines[size + VALUE_START] = valueStart
    lines[size + VALUE_END] = valueEnd
    lines[size + NUMBER] = number
    size += LINE_SIZE
  }
}

/** A copy of the first `size`: for as few as there usually are, a loop is cheaper than `slice`. */
function firstOf(all: Int32Array, size: number): Int32Array {
  const copy = new Int32Array(size)
  for (let i = 0; i < size; i++) copy[i] = all[i] as number
  return copy
}

function grown(old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(old.length * 2)
  larger.set(old)
  return larger
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

const HOST = fieldNumber('host')
const EXPECT = fieldNumber('expect')
const CONNECTION = fieldNumber('connection')
const CONTENT_LENGTH = fieldNumber('content-length')
const TRANSFER_ENCODING = fieldNumber('transfer-encoding')

/** Takes from a field what it says about framing. */
function note(head: MessageHead, number: number, bytes: Buffer, from: number, to: number): number {
  switch (number) {
    case HOST:
      return noteHost(head, bytes, from, to)
    case EXPECT:
      return noteExpect(head, bytes, from, to)
    case CONNECTION:
      return noteConnection(head, bytes, from, to)
    case CONTENT_LENGTH:
      return noteLength(head, bytes, from, to)
    case TRANSFER_ENCODING:
      return noteEncoding(head, bytes, from, to)
    default:
      return 0
  }
}

function noteHost(head: MessageHead, bytes: Buffer, from: number, to: number): number {
  head.hostCount++
  head.hostStart = from
  head.hostEnd = to
  let at = from
  while (at < to && host[bytes[at] as number] === 1) at++
  if (at > from && at < to && bytes[at] === COLON) {
    do at++
    while (at < to && isDigit(bytes[at] as number))
  }
  // What is left are literals, and what is wrong.
  return at === to || isAuthority(latin1(bytes, from, to)) ? 0 : -400
}

function noteExpect(head: MessageHead, bytes: Buffer, from: number, to: number): number {
  if (!spells(bytes, from, to, '100-continue')) return -417
  head.expectContinue = true
  return 0
}

function noteConnection(head: MessageHead, bytes: Buffer, from: number, to: number): number {
  if (spells(bytes, from, to, 'keep-alive')) head.connectionKeepAlive = true
  else if (spells(bytes, from, to, 'close')) head.connectionClose = true
  else {
    for (const option of latin1(bytes, from, to).split(',')) {
      const name = option.trim().toLowerCase()
      if (name === 'close') head.connectionClose = true
      else if (name === 'keep-alive') head.connectionKeepAlive = true
      else if (name !== '') (head.connectionNames ??= []).push(name)
    }
  }
  return 0
}

/** Digits only, once: a list or a repetition is refused even where all values agree. */
function noteLength(head: MessageHead, bytes: Buffer, from: number, to: number): number {
  if (head.contentLength !== -1 || to === from || to - from > 15) return -400
  let length = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) return -400
    length = length * 10 + digit
  }
  head.contentLength = length
  return 0
}

/** `chunked`, once, is the only coding that is spoken. */
function noteEncoding(head: MessageHead, bytes: Buffer, from: number, to: number): number {
  if (head.chunked) return -400
  if (!spells(bytes, from, to, 'chunked')) return -501
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

/** Never dropped, whoever names them: they frame and route the message, or the engine deals with them itself. */
const NEVER_DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'te',
  'transfer-encoding',
  'upgrade',
])

/**
 * The header lines of a parsed head. Fields that Connection names were meant for us alone (RFC 9110 §7.6.1): no layer
 * above may pass them on.
 */
export function headersOf({ block, connectionNames }: MessageHead): Headers {
  const headers = new Headers(block)
  if (connectionNames !== undefined) {
    for (const name of connectionNames) if (!NEVER_DROPPED.has(name)) headers.delete(name)
  }
  return headers
}

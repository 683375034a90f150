import { fieldValue, target as targetCharacters, token } from '#http/characters.ts'
import type { HttpLimits } from '#http/limits.ts'
import { isAuthority, isServed, originForm } from '#http/target.ts'
import type { FieldSink } from './hpack-decoder.ts'

/** Fields of HTTP/1.1 connections: their presence makes a message malformed (RFC 9113 §8.2.2). */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** The fields of one request head, checked as strictly as those of HTTP/1.1, whose messages they may have to become. */
export class RequestFields implements FieldSink {
  readonly #limits: HttpLimits
  method: string | undefined
  #scheme: string | undefined
  #authority: string | undefined
  #path: string | undefined
  #host: string | undefined
  #cookie: string | undefined
  /** name, value, name, value …, without Host and Cookie. */
  #raw: string[] = []
  #bytes = 0
  #regular = false
  contentLength: number | undefined
  expectsContinue = false
  /** What makes the message malformed: its stream ends with PROTOCOL_ERROR (RFC 9113 §8.1.1). */
  malformed: string | undefined
  /** The status to answer a well-formed message that is not taken. */
  refusal: number | undefined

  constructor(limits: HttpLimits) {
    this.#limits = limits
  }

  field(name: string, value: string): void {
    if (this.malformed !== undefined) return
    this.#bytes += name.length + value.length
    if (this.#bytes > this.#limits.headerBytesMax + this.#limits.requestLineBytesMax) {
      this.refusal ??= 431
      // Nothing of it is needed any more; what names it, later errors may need.
      if (name.charCodeAt(0) !== COLON) return
    }
    if (!isValue(value)) this.malformed = `the value of ${shown(name)}`
    else if (name.charCodeAt(0) === COLON) this.#pseudo(name, value)
    else this.#add(name, value)
  }

  /** The whole head is here. @returns the request-target, or undefined when `malformed` or `refusal` is set */
  finish(): { target: string; host: string; raw: string[] } | undefined {
    if (this.malformed !== undefined) return undefined
    const { method } = this
    if (method !== undefined && !isServed(method)) {
      this.refusal ??= 501
      return undefined
    }
    const path = this.#path
    if (method === undefined || path === undefined || this.#scheme === undefined) {
      this.malformed = 'a pseudo-header that is missing'
      return undefined
    }
    const host = this.#authority ?? this.#host
    if (this.#authority !== undefined && this.#host !== undefined && this.#authority !== this.#host) {
      this.malformed = 'Host that is not :authority'
      return undefined
    }
    if (path.length + method.length > this.#limits.requestLineBytesMax) this.refusal ??= 414
    if (this.#raw.length > this.#limits.headerCountMax * 2) this.refusal ??= 431
    const target = originForm(method, path)
    // An absolute-form path would name a second authority.
    if (target === undefined || target.authority !== undefined || !all(path, targetCharacters))
      this.refusal ??= 400
    if (host === undefined || host === '' || !isAuthority(host)) this.refusal ??= 400
    if (this.refusal !== undefined) return undefined
    const raw = ['host', host as string, ...this.#raw]
    if (this.#cookie !== undefined) raw.push('cookie', this.#cookie)
    return { target: path, host: host as string, raw }
  }

  #pseudo(name: string, value: string): void {
    if (this.#regular) {
      this.malformed = 'a pseudo-header after other fields'
      return
    }
    if (name === ':method' && this.method === undefined && all(value, token) && value !== '')
      this.method = value
    else if (name === ':scheme' && this.#scheme === undefined && /^[a-z][a-z\d+.-]*$/i.test(value))
      this.#scheme = value
    else if (name === ':authority' && this.#authority === undefined) this.#authority = value
    else if (name === ':path' && this.#path === undefined && value !== '') this.#path = value
    else this.malformed = `the pseudo-header ${shown(name)}`
  }

  #add(name: string, value: string): void {
    this.#regular = true
    if (!isName(name) || CONNECTION_SPECIFIC.has(name)) {
      this.malformed = `the field ${shown(name)}`
      return
    }
    switch (name) {
      case 'host':
        if (this.#host !== undefined) this.malformed = 'Host twice'
        this.#host = value
        return
      case 'cookie':
        // They may come apart, and go on in one (RFC 9113 §8.2.3).
        this.#cookie = this.#cookie === undefined ? value : `${this.#cookie}; ${value}`
        return
      case 'te':
        if (value !== 'trailers') this.malformed = 'TE other than trailers'
        break
      case 'content-length':
        if (this.contentLength !== undefined || !/^\d{1,15}$/.test(value)) this.malformed = 'Content-Length'
        this.contentLength = Number(value)
        break
      case 'expect':
        if (value.toLowerCase() === '100-continue') this.expectsContinue = true
        else this.refusal ??= 417
        break
    }
    if (this.#raw.length <= this.#limits.headerCountMax * 2) this.#raw.push(name, value)
  }
}

/** The fields of a trailer section. */
export class TrailerFields implements FieldSink {
  readonly raw: string[] = []
  malformed = false
  #bytes = 0

  field(name: string, value: string): void {
    if (this.malformed) return
    this.#bytes += name.length + value.length
    if (!isName(name) || !isValue(value) || CONNECTION_SPECIFIC.has(name)) this.malformed = true
    else if (this.#bytes <= TRAILER_BYTES_MAX) this.raw.push(name, value)
    else this.malformed = true
  }
}

const TRAILER_BYTES_MAX = 8192
const COLON = 58

/** A token without capitals (RFC 9113 §8.2.1). */
function isName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (token[code] !== 1 || (code >= 65 && code <= 90)) return false
  }
  return name !== ''
}

/** No control characters, no blanks at either end (RFC 9113 §8.2.1). */
function isValue(value: string): boolean {
  const first = value.charCodeAt(0)
  const last = value.charCodeAt(value.length - 1)
  return all(value, fieldValue) && !isBlank(first) && !isBlank(last)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function all(text: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (allowed[text.charCodeAt(i)] !== 1) return false
  return true
}

/** For messages: bounded, and harmless in a log. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64))
}

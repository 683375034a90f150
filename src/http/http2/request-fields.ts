import { target as targetCharacters } from '#http/characters.ts'
import type { HttpLimits } from '#http/limits.ts'
import { Headers } from '#http/headers.ts'
import { sameName } from '#http/same-name.ts'
import { isAuthority, isServed, METHOD_BYTES_MAX, originForm } from '#http/target.ts'
import { fieldKinds, HeaderField } from './header-field.ts'
import { headerLines, lineBytes } from './header-lines.ts'
import type { FieldSink } from './hpack-decoder.ts'

export interface RequestHead {
  readonly target: string
  readonly host: string
  /** Host first. */
  readonly headers: Headers
}

/** The fields of one request head, checked as strictly as those of HTTP/1.1, whose messages they may have to become. */
export class RequestFields implements FieldSink {
  readonly #limits: HttpLimits
  method: string | undefined
  #scheme: string | undefined
  #authority: HeaderField | undefined
  #path: string | undefined
  #host: HeaderField | undefined
  /** Without Host. */
  readonly #fields: HeaderField[] = []
  /** Bytes of the lines that these and Host become. */
  #bytes = 0
  #regular = false
  /** Where the first Cookie is; -1 when there is none. */
  #cookieAt = -1
  /** Further ones. */
  #crumbs: string[] | undefined
  contentLength: number | undefined
  expectsContinue = false
  /** What makes the message malformed: its stream ends with PROTOCOL_ERROR (RFC 9113 §8.1.1). */
  malformed: string | undefined
  /** The status to answer a well-formed message that is not taken. */
  refusal: number | undefined

  constructor(limits: HttpLimits) {
    this.#limits = limits
  }

  field(field: HeaderField): void {
    if (this.malformed !== undefined) return
    const { kind } = field
    if (kind === fieldKinds.malformed) this.malformed = `the field ${shown(field)}`
    else if (kind >= fieldKinds.method && kind <= fieldKinds.authority) this.#pseudo(field)
    else this.#add(field)
  }

  /** The whole head is here. @returns undefined when `malformed` or `refusal` is set */
  finish(): RequestHead | undefined {
    if (this.malformed !== undefined) return undefined
    const { method } = this
    if (method !== undefined && (!isServed(method) || method.length > METHOD_BYTES_MAX)) {
      this.refusal = 501
      return undefined
    }
    const path = this.#path
    const scheme = this.#scheme
    if (method === undefined || path === undefined || scheme === undefined) {
      this.malformed = 'a pseudo-header that is missing'
      return undefined
    }
    const host = this.#authority ?? this.#host
    if (host !== undefined && this.#host !== undefined && !sameName(host.value, this.#host.value)) {
      this.malformed = 'Host that is not :authority'
      return undefined
    }
    if (path.length + method.length > this.#limits.requestLineBytesMax) this.refusal ??= 414
    if (host !== undefined && !this.#fits(lineBytes(host))) this.refusal ??= 431
    const target = originForm(method, path)
    // An absolute-form path would name a second authority.
    if (target === undefined || target.authority !== undefined || !isTarget(path)) this.refusal ??= 400
    if (host === undefined || host.value === '' || !isAuthority(host.value)) this.refusal ??= 400
    if (!/^https?$/i.test(scheme)) this.refusal ??= 400
    if (host === undefined || this.refusal !== undefined) return undefined
    return { target: path, host: host.value, headers: this.#headers(host) }
  }

  #pseudo(field: HeaderField): void {
    const { kind, value } = field
    let known: unknown
    if (kind === fieldKinds.method) {
      known = this.method
      this.method = value
    } else if (kind === fieldKinds.path) {
      known = this.#path
      this.#path = value
    } else if (kind === fieldKinds.scheme) {
      known = this.#scheme
      this.#scheme = value
    } else {
      known = this.#authority
      this.#authority = field
    }
    if (known !== undefined || this.#regular) this.malformed = `${shown(field)} twice, or after other fields`
  }

  #add(field: HeaderField): void {
    this.#regular = true
    const { kind, value } = field
    switch (kind) {
      case fieldKinds.host:
        if (this.#host !== undefined) this.malformed = 'Host twice'
        this.#host = field
        return
      case fieldKinds.contentLength:
        if (this.contentLength !== undefined || !/^\d{1,15}$/.test(value)) this.malformed = 'Content-Length'
        this.contentLength = Number(value)
        break
      case fieldKinds.expect:
        if (sameName(value, '100-continue')) this.expectsContinue = true
        else this.refusal ??= 417
        break
    }
    const isCrumb = kind === fieldKinds.cookie && this.#cookieAt >= 0
    if (!this.#fits(isCrumb ? value.length + CRUMB_EXTRAS : lineBytes(field))) this.refusal = 431
    // Nothing of such a request is needed but what names it.
    if (this.refusal !== undefined) return
    if (isCrumb) {
      ;(this.#crumbs ??= []).push(value)
      return
    }
    if (kind === fieldKinds.cookie) this.#cookieAt = this.#fields.length
    this.#fields.push(field)
  }

  /** Counts a line. @returns whether there is room for it */
  #fits(bytes: number): boolean {
    const { headerBytesMax, headerCountMax } = this.#limits
    this.#bytes += bytes
    return this.#bytes <= headerBytesMax && this.#fields.length < headerCountMax
  }

  #headers(host: HeaderField): Headers {
    const fields = this.#fields
    // Crumbs may come apart, and go on in one (RFC 9113 §8.2.3).
    if (this.#crumbs !== undefined) {
      const first = fields[this.#cookieAt] as HeaderField
      // An empty one would leave a blank at an end.
      const crumbs = [first.value, ...this.#crumbs].filter((crumb) => crumb !== '')
      fields[this.#cookieAt] = new HeaderField('cookie', crumbs.join('; '))
    }
    fields.unshift(host)
    return new Headers(headerLines(fields))
  }
}

/** What joins two crumbs: `; `. */
const CRUMB_EXTRAS = 2

function isTarget(path: string): boolean {
  for (let i = 0; i < path.length; i++) if (targetCharacters[path.charCodeAt(i)] !== 1) return false
  return true
}

/** For messages: bounded, and harmless in a log. */
function shown({ name }: HeaderField): string {
  return JSON.stringify(name.slice(0, 64))
}

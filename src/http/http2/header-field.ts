import { COLON, fieldValue, token, isBlank } from '#http/characters.ts'
import { FIELD_NUMBERS, fieldNumber, fieldNumberOf } from '#http/field-names.ts'

/** What a field is to a message. */
export const fieldKinds = {
  regular: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  host: 5,
  cookie: 6,
  contentLength: 7,
  expect: 8,
  /** No message may hold it (RFC 9113 §8.2): what HTTP/1.1 could not carry, a connection's own field. */
  malformed: 9,
} as const

/** A decoded field. What it is gets found out once, however often a table says it again. */
export class HeaderField {
  readonly name: string
  readonly value: string
  /** As the name is spelt in a field line: that of `:authority` is Host, as HTTP/1.1 clients spell it. */
  readonly lineName: string
  /** The number of that (field-names.ts). */
  readonly number: number
  /** One of `fieldKinds`. */
  readonly kind: number

  constructor(name: string, value: string) {
    const lineName = name === ':authority' || name === 'host' ? 'Host' : name
    const number = fieldNumberOf(lineName)
    this.name = name
    this.value = value
    this.lineName = lineName
    this.number = number
    this.kind = kindOf(name, value, number)
  }

  /** What it counts in a table (RFC 7541 §4.1). */
  get tableBytes(): number {
    return this.name.length + this.value.length + 32
  }
}

/** By number, what a well-formed field of that name is. */
const kinds = new Uint8Array(FIELD_NUMBERS)
kinds[fieldNumber('host')] = fieldKinds.host
kinds[fieldNumber('cookie')] = fieldKinds.cookie
kinds[fieldNumber('content-length')] = fieldKinds.contentLength
kinds[fieldNumber('expect')] = fieldKinds.expect
// Fields of HTTP/1.1 connections (RFC 9113 §8.2.2).
for (const name of [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
] as const) {
  kinds[fieldNumber(name)] = fieldKinds.malformed
}
const TE = fieldNumber('te')

function kindOf(name: string, value: string, number: number): number {
  if (!isValue(value)) return fieldKinds.malformed
  if (name.charCodeAt(0) === COLON) return pseudoKind(name, value)
  if (!isName(name) || (number === TE && value !== 'trailers')) return fieldKinds.malformed
  return kinds[number] as number
}

/** RFC 9113 §8.3.1: those of requests. */
function pseudoKind(name: string, value: string): number {
  if (name === ':authority') return fieldKinds.authority
  if (name === ':path' && value !== '') return fieldKinds.path
  if (name === ':method' && value !== '' && all(value, token)) return fieldKinds.method
  if (name === ':scheme' && /^[a-z][a-z\d+.-]*$/i.test(value)) return fieldKinds.scheme
  return fieldKinds.malformed
}

/** A token without capitals (RFC 9113 §8.2.1). */
function isName(name: string): boolean {
  return name !== '' && all(name, token) && !/[A-Z]/.test(name)
}

/** No control characters, no blanks at either end (RFC 9113 §8.2.1). */
function isValue(value: string): boolean {
  return (
    all(value, fieldValue) && !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1))
  )
}

function all(text: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (allowed[text.charCodeAt(i)] !== 1) return false
  return true
}

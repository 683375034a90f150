// A second reading of RFC 9112, as plain as it can be and with no line of the engine's: it judges what the engine
// forwards, and what the engine should have made of what it was sent. Nothing that the RFC lets a recipient repair passes.

export interface JudgedRequest {
  readonly method: string
  readonly target: string
  /** 0 or 1. */
  readonly minor: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

/** What a byte stream holds: whole requests, then nothing, part of another, or something that is none. */
export interface Judgement {
  readonly requests: readonly JudgedRequest[]
  /** Why what follows the requests is not one; undefined when nothing or part of one follows. */
  readonly violation: string | undefined
  /** True when what follows may yet become one. */
  readonly partial: boolean
}

/** @param text latin1 */
export function judge(text: string): Judgement {
  const requests: JudgedRequest[] = []
  let rest = text
  while (rest !== '') {
    // Empty lines before a request are to be ignored (§2.2).
    if (rest.startsWith('\r\n')) {
      rest = rest.slice(2)
      continue
    }
    let read: readonly [JudgedRequest, string] | undefined
    try {
      read = readRequest(rest)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return { requests, violation: error.message, partial: false }
    }
    if (read === undefined) return { requests, violation: undefined, partial: true }
    requests.push(read[0])
    rest = read[1]
  }
  return { requests, violation: undefined, partial: false }
}

/** All values of a field, as one list in wire order. */
export function valuesOf(request: JudgedRequest, name: string): string[] {
  return request.fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
}

class Violation extends Error {}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/1\.([01])$/
const FIELD_LINE =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[ \t\x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/
const HOST = /^(?:(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::\d*)?)?$/
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const QUOTED = String.raw`"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"`
const BLANKS = String.raw`[ \t]*`
const CHUNK_LINE = new RegExp(
  `^([0-9A-Fa-f]{1,16})(?:${BLANKS};${BLANKS}${TOKEN}(?:${BLANKS}=${BLANKS}(?:${TOKEN}|${QUOTED}))?)*$`,
)

/** A line and what follows it; undefined while its end is not here. */
function readLine(text: string, what: string): readonly [line: string, rest: string] | undefined {
  const end = text.search(/[\r\n]/)
  if (end === -1 || text.slice(end) === '\r') return undefined
  if (!text.startsWith('\r\n', end))
    throw new Violation(`bare ${text[end] === '\r' ? 'CR' : 'LF'} in ${what}`)
  return [text.slice(0, end), text.slice(end + 2)]
}

type Fields = [name: string, value: string][]

function readFields(text: string, what: string): readonly [fields: Fields, rest: string] | undefined {
  const fields: Fields = []
  for (let rest = text; ;) {
    const read = readLine(rest, what)
    if (read === undefined) return undefined
    rest = read[1]
    if (read[0] === '') return [fields, rest]
    const [, name, value] = FIELD_LINE.exec(read[0]) ?? []
    if (name === undefined || value === undefined) throw new Violation(`${what} ${JSON.stringify(read[0])}`)
    fields.push([name, value])
  }
}

function readRequest(text: string): readonly [JudgedRequest, rest: string] | undefined {
  const line = readLine(text, 'request line')
  if (line === undefined) return undefined
  const [, method, target, minor] = REQUEST_LINE.exec(line[0]) ?? []
  if (method === undefined || target === undefined) {
    throw new Violation(`request line ${JSON.stringify(line[0])}`)
  }
  const head = readFields(line[1], 'field')
  if (head === undefined) return undefined
  const [fields, afterHead] = head
  const values = (name: string): string[] =>
    fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
  const hosts = values('host')
  if (hosts.length > 1 || (hosts.length === 0 && minor === '1'))
    throw new Violation(`${hosts.length} Host fields`)
  if (hosts[0] !== undefined && !HOST.test(hosts[0])) throw new Violation(`Host ${JSON.stringify(hosts[0])}`)
  const body = readBody(values('content-length'), values('transfer-encoding'), minor === '0', afterHead)
  if (body === undefined) return undefined
  return [{ method, target, minor: Number(minor), fields, body: body[0], trailers: body[1] }, body[2]]
}

type Content = readonly [body: string, trailers: Fields, rest: string]

function readBody(
  lengths: readonly string[],
  encodings: readonly string[],
  old: boolean,
  text: string,
): Content | undefined {
  if (encodings.length > 0) {
    if (lengths.length > 0) throw new Violation('Content-Length beside Transfer-Encoding')
    if (old) throw new Violation('Transfer-Encoding in HTTP/1.0')
    if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
      throw new Violation(`Transfer-Encoding ${JSON.stringify(encodings)}`)
    }
    return readChunks(text)
  }
  if (lengths.length > 1 || (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0] as string))) {
    throw new Violation(`Content-Length ${JSON.stringify(lengths)}`)
  }
  const length = Number(lengths[0] ?? 0)
  return text.length < length ? undefined : [text.slice(0, length), [], text.slice(length)]
}

function readChunks(text: string): Content | undefined {
  let body = ''
  for (let rest = text; ;) {
    const line = readLine(rest, 'chunk line')
    if (line === undefined) return undefined
    const size = CHUNK_LINE.exec(line[0])?.[1]
    if (size === undefined) throw new Violation(`chunk line ${JSON.stringify(line[0])}`)
    const length = Number.parseInt(size, 16)
    rest = line[1]
    if (length === 0) {
      const end = readFields(rest, 'trailer')
      return end === undefined ? undefined : [body, end[0], end[1]]
    }
    if (rest.length >= length + 2 && !rest.startsWith('\r\n', length))
      throw new Violation('data longer than its chunk')
    if (rest.length < length + 2) {
      if (rest.length > length && rest[length] !== '\r') throw new Violation('data longer than its chunk')
      return undefined
    }
    body += rest.slice(0, length)
    rest = rest.slice(length + 2)
  }
}

export interface JudgedResponse {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** What follows it. */
  readonly rest: string
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [ \t\x21-\x7e\x80-\xff]*)?$/

/**
 * The first final answer in a byte stream that has ended.
 * @param text latin1
 * @returns why there is none: it is malformed, or not there whole
 */
export function judgeResponse(text: string, method: string): JudgedResponse | string {
  try {
    for (let rest = text; ;) {
      const line = readLine(rest, 'status line')
      const head = line === undefined ? undefined : readFields(line[1], 'field')
      if (line === undefined || head === undefined) return 'part of a head'
      const [, minor, digits] = STATUS_LINE.exec(line[0]) ?? []
      if (digits === undefined) return `status line ${JSON.stringify(line[0])}`
      const [fields, afterHead] = head
      const values = (name: string): string[] =>
        fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
      const lengths = values('content-length')
      const encodings = values('transfer-encoding')
      const status = Number(digits)
      // Judged whether they apply or not.
      if (encodings.length === 0 && lengths.length > 0) readBody(lengths, [], false, '')
      if (encodings.length > 0) readBody(lengths, encodings, minor === '0', '')
      if (status < 200) {
        rest = afterHead
        continue
      }
      const framed = lengths.length > 0 || encodings.length > 0
      const bodiless = method === 'HEAD' || status === 204 || status === 304
      const body: Content | undefined = bodiless
        ? ['', [], afterHead]
        : framed
          ? readBody(lengths, encodings, minor === '0', afterHead)
          : [afterHead, [], '']
      return body === undefined ? 'part of a body' : { status, fields, body: body[0], rest: body[2] }
    }
  } catch (error) {
    if (error instanceof Violation) return error.message
    throw error
  }
}

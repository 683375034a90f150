import { parseIp } from '#base/ip-range.ts'

/** Who may call what: the body of `POST /_gatehouse/who-can`. */
export interface Question {
  readonly method: string
  readonly url: URL
  /** An access key, the ARN or the name of a user or role; undefined: nobody signs. */
  readonly as: string | undefined
  /** For the method's authorizer, where it reads one. */
  readonly token: string | undefined
  /** name, value, name, value … */
  readonly headers: readonly string[]
  /** The client's address. */
  readonly from: string
}

export class QuestionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'QuestionError'
  }
}

export const questionBytesMax: number = 64 * 1024
const METHOD = /^[A-Z]{1,20}$/
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** @throws QuestionError */
export function readQuestion(body: Uint8Array): Question {
  const { method, url, as, token, headers = [], from = '127.0.0.1' } = membersOf(body)
  if (typeof method !== 'string' || !METHOD.test(method))
    throw expected('method', 'a method such as GET', method)
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw expected('url', 'a URL such as http://localhost:4566/_aws/execute-api/{api}/{stage}/pets', url)
  }
  if (typeof from !== 'string' || parseIp(from) === undefined) throw expected('from', 'an address', from)
  if (!isFields(headers)) throw new QuestionError('headers: expected a list: name, value, name, value …')
  return { method, url: new URL(url), as: textOf('as', as), token: textOf('token', token), headers, from }
}

function membersOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below: what was sent may hold secrets.
  }
  throw new QuestionError('expected JSON: {"method": "GET", "url": "http://…", "as": "…"}')
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && FIELD_VALUE.test(value))) return value
  throw new QuestionError(`${name}: expected a text in one line`)
}

function isFields(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length % 2 === 0 &&
    value.every(
      (text, at) => typeof text === 'string' && (at % 2 === 0 ? FIELD_NAME : FIELD_VALUE).test(text),
    )
  )
}

function expected(name: string, what: string, found: unknown): QuestionError {
  return new QuestionError(`${name}: expected ${what}, found ${JSON.stringify(found)?.slice(0, 200)}`)
}

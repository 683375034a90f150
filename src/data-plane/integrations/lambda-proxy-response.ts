import { utf8Text } from '#base/utf8.ts'
import { emptyBody, textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { sameName } from '#http/same-name.ts'
import type { Body } from '#http/message.ts'
import type { MethodResponse } from '#data-plane/exchange.ts'
import { integrationError, type GatewayError } from '#data-plane/gateway-error.ts'
import { addRemapped, awsProxyRules } from '#data-plane/remapped-headers.ts'
import { isHeaderName } from '#base/header-name.ts'
import { headerValue } from '#data-plane/reply-headers.ts'

type Json = Readonly<Record<string, unknown>>

const MEMBERS: ReadonlySet<string> = new Set([
  'statusCode',
  'headers',
  'multiValueHeaders',
  'body',
  'isBase64Encoded',
])

/**
 * What a function behind AWS_PROXY answered, as a response. Developer guide, "Output format of a Lambda function for
 * proxy integration"; what is refused was recorded on AWS.
 * @param acceptsBinary whether the request's Accept is one of the API's binary media types
 * @throws GatewayError 502 when the answer has another form
 */
export function readProxyResponse(payload: Uint8Array, acceptsBinary: () => boolean): MethodResponse {
  const answer = parse(payload)
  for (const member in answer) {
    if (!MEMBERS.has(member)) throw malformed(`unknown member ${JSON.stringify(member)}`)
  }
  const { statusCode, body, isBase64Encoded } = answer
  return {
    status: statusOf(statusCode),
    headers: headersOf(answer['headers'], answer['multiValueHeaders']),
    body: bodyOf(body, isBase64Encoded === true || isBase64Encoded === 'true', acceptsBinary),
  }
}

const METADATA_MEMBERS: ReadonlySet<string> = new Set([
  'statusCode',
  'headers',
  'multiValueHeaders',
  'cookies',
])

/**
 * What a function that streams its answer says of it, before the body. Developer guide, "Set up a Lambda proxy
 * integration with payload response streaming".
 * @throws GatewayError 502 when it has another form
 */
export function readStreamMetadata(metadata: Uint8Array): Omit<MethodResponse, 'body'> {
  const answer = parse(metadata)
  for (const member in answer) {
    if (!METADATA_MEMBERS.has(member)) throw malformed(`unknown member ${JSON.stringify(member)}`)
  }
  const headers = headersOf(answer['headers'], answer['multiValueHeaders'])
  const { cookies } = answer
  if (cookies !== undefined && cookies !== null) {
    if (!Array.isArray(cookies)) throw malformed('cookies is not a list')
    for (const cookie of cookies) add(headers, 'Set-Cookie', textOf('Set-Cookie', cookie))
  }
  return { status: statusOf(answer['statusCode']), headers }
}

function parse(payload: Uint8Array): Json {
  let answer: unknown
  try {
    answer = JSON.parse(utf8Text(payload))
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
  return objectOf(answer, 'it')
}

function statusOf(status: unknown): number {
  if (status === undefined) return 200
  const number = typeof status === 'string' && /^\d{3}$/.test(status) ? Number(status) : status
  if (typeof number === 'number' && Number.isInteger(number) && number >= 200 && number <= 599) return number
  throw malformed(`statusCode is ${JSON.stringify(status)}, expected an integer from 200 to 599`)
}

function bodyOf(body: unknown, isBase64: boolean, acceptsBinary: () => boolean): Body {
  if (body === undefined || body === null) return emptyBody
  if (typeof body !== 'string') throw malformed('body is not a string')
  // Without a binary media type in Accept the base64 text itself is the body (recorded on AWS).
  if (!isBase64 || !acceptsBinary()) return textBody(body)
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(body)) throw malformed('body is not base64')
  return new WholeBody(Buffer.from(body, 'base64'))
}

/**
 * One list of both: values of `multiValueHeaders` first, then the single value unless it is among them; names as
 * `multiValueHeaders` spells them.
 */
function headersOf(headers: unknown, multiValueHeaders: unknown): Headers {
  const result = new Headers()
  const single = headers === undefined || headers === null ? {} : objectOf(headers, 'headers')
  if (multiValueHeaders !== undefined && multiValueHeaders !== null) {
    const multi = objectOf(multiValueHeaders, 'multiValueHeaders')
    for (const name in multi) {
      const values = multi[name]
      if (!Array.isArray(values)) throw malformed(`multiValueHeaders.${name} is not a list`)
      const texts = values.map((value) => textOf(name, value))
      const other = valueOf(single, name)
      if (other !== undefined && !texts.includes(other)) texts.push(other)
      for (const text of texts) add(result, name, text)
    }
    for (const name in single) {
      const text = textOf(name, single[name])
      if (valueOf(multi, name) === undefined) add(result, name, text)
    }
    return result
  }
  for (const name in single) add(result, name, textOf(name, single[name]))
  return result
}

/** The member of that name in any case, as text. */
function valueOf(members: Json, name: string): string | undefined {
  for (const key in members) {
    if (sameName(key, name)) return String(members[key])
  }
  return undefined
}

function add(headers: Headers, name: string, value: string): void {
  if (!isHeaderName(name)) throw malformed(`${JSON.stringify(name)} is no header name`)
  addRemapped(headers, awsProxyRules, name, headerValue(value))
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  throw malformed(`header ${name} is neither text, number nor boolean`)
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw malformed(`${what} is no object`)
}

/** The words are those of AWS's execution log. */
export function malformed(why: string, cause?: unknown): GatewayError {
  return integrationError(502, `Malformed Lambda proxy response: ${why}`, cause)
}

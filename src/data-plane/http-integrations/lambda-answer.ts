import { isHeaderName } from '#base/header-name.ts'
import { utf8Text } from '#base/utf8.ts'
import { emptyBody, textBody, WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { MethodResponse } from '#data-plane/exchange.ts'
import { HeaderNames } from '#data-plane/header-names.ts'
import { malformed } from '#data-plane/integrations/lambda-proxy-response.ts'
import { headerValue } from '#data-plane/reply-headers.ts'
import { canonicalName } from './canonical-name.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * What a function answered, payload format 2.0: what is no object with a status code is the body of a 200, whether it is
 * JSON or not, a JSON text without its quotes (recorded on AWS). Developer guide, "Lambda function response for format
 * 2.0".
 * @throws GatewayError 500
 */
export function readAnswerV2(payload: Uint8Array): MethodResponse {
  const answer = parsed(payload)
  if (!isObject(answer) || !('statusCode' in answer)) {
    return {
      status: 200,
      headers: new Headers(['Content-Type', 'application/json']),
      body: typeof answer === 'string' ? textBody(answer) : new WholeBody(payload),
    }
  }
  const headers = new Headers()
  addHeaders(headers, answer['headers'])
  const { cookies } = answer
  if (cookies !== undefined && cookies !== null) {
    if (!Array.isArray(cookies)) throw malformed('cookies is not a list')
    for (const cookie of cookies) add(headers, 'set-cookie', cookie)
  }
  return explicit(answer, headers)
}

/**
 * The same in payload format 1.0: values of `headers` and of `multiValueHeaders` are all sent (recorded on AWS).
 * @throws GatewayError 500
 */
export function readAnswerV1(payload: Uint8Array): MethodResponse {
  const answer = parsed(payload)
  if (!isObject(answer)) throw malformed('it is no object')
  const headers = new Headers()
  addHeaders(headers, answer['headers'])
  for (const [name, values] of Object.entries(objectOf(answer['multiValueHeaders'], 'multiValueHeaders'))) {
    if (!Array.isArray(values)) throw malformed(`multiValueHeaders.${name} is not a list`)
    for (const value of values) add(headers, name, value)
  }
  return explicit(answer, headers)
}

/** @returns undefined for what is no JSON */
function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(payload))
  } catch {
    return undefined
  }
}

function explicit(answer: Json, headers: Headers): MethodResponse {
  const status = statusOf(answer['statusCode'])
  // Recorded on AWS.
  if (!headers.has('content-type')) headers.add('Content-Type', 'text/plain; charset=utf-8')
  return { status, headers, body: bodyOf(answer['body'], answer['isBase64Encoded'] === true) }
}

/** A number with a fraction is refused (recorded on AWS). */
function statusOf(status: unknown): number {
  const number = typeof status === 'string' && /^\d{3}$/.test(status) ? Number(status) : status
  if (typeof number === 'number' && Number.isInteger(number) && number >= 200 && number <= 599) return number
  throw malformed(`statusCode is ${JSON.stringify(status)}, expected an integer from 200 to 599`)
}

function bodyOf(body: unknown, isBase64: boolean): Body {
  if (body === undefined || body === null) return emptyBody
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  if (!isBase64) return textBody(text)
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw malformed('body is not base64')
  return new WholeBody(Buffer.from(text, 'base64'))
}

function addHeaders(headers: Headers, given: unknown): void {
  for (const [name, value] of Object.entries(objectOf(given, 'headers'))) add(headers, name, value)
}

/** Framing is the gateway's. */
const DROPPED: HeaderNames = new HeaderNames(
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'apigw-requestid',
)

function add(headers: Headers, name: string, value: unknown): void {
  if (!isHeaderName(name)) throw malformed(`${JSON.stringify(name)} is no header name`)
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
    throw malformed(`header ${name} is neither text, number nor boolean`)
  }
  if (!DROPPED.has(name)) headers.add(canonicalName(name), headerValue(String(value)))
}

function objectOf(value: unknown, what: string): Json {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  throw malformed(`${what} is no object`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { Headers } from '#http/headers.ts'
import type { Exchange } from './exchange.ts'

/** What every reply of a REST API begins with (recorded on AWS). */
export function replyHeaders(exchange: Exchange, contentType: string, errorType?: string): Headers {
  const raw = ['Content-Type', contentType, 'x-amzn-RequestId', exchange.requestId]
  if (errorType !== undefined) raw.push('x-amzn-ErrorType', errorType)
  raw.push('x-amz-apigw-id', exchange.extendedRequestId)
  return new Headers(raw)
}

const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/
const ALL_CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/g
const BEYOND_LATIN1 = /[^\x00-\xff]/

/**
 * A value that came from data as a header value: it can never end the line, and what latin1 lacks goes out as UTF-8.
 */
export function headerValue(text: string): string {
  const line = CONTROLS.test(text) ? text.replace(ALL_CONTROLS, ' ') : text
  return BEYOND_LATIN1.test(line) ? Buffer.from(line, 'utf8').toString('latin1') : line
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Whether a name may be that of a header (RFC 9110 §5.6.2). */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name)
}

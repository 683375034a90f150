import { Headers } from '#http/headers.ts'
import type { Exchange } from './exchange.ts'

/** What every reply of a REST API begins with (recorded on AWS). */
export function replyHeaders(exchange: Exchange, contentType: string, errorType?: string): Headers {
  const raw = ['Content-Type', contentType, 'x-amzn-RequestId', exchange.requestId]
  if (errorType !== undefined) raw.push('x-amzn-ErrorType', errorType)
  raw.push('x-amz-apigw-id', exchange.extendedRequestId)
  return new Headers(raw)
}

/**
 * A value that came from data as a header value: it can never end the line, and what latin1 lacks goes out as UTF-8.
 */
export function headerValue(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isControl(code) || code > 0xff) return careful(text)
  }
  return text
}

function careful(text: string): string {
  let line = ''
  let beyondLatin1 = false
  for (const character of text) {
    const code = character.charCodeAt(0)
    beyondLatin1 ||= code > 0xff
    line += isControl(code) ? ' ' : character
  }
  return beyondLatin1 ? Buffer.from(line, 'utf8').toString('latin1') : line
}

/** Tabs may stand in a value; nothing else below the space may, nor DEL. */
function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09) || code === 0x7f
}

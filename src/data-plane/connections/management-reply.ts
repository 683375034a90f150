import { emptyBody, textBody } from '#http/body.ts'
import type { HttpReply } from '#http/message.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { replyHeaders } from '#data-plane/reply-headers.ts'

/** @param body left out: none */
export function managementReply(exchange: Exchange, status: number, body?: object): HttpReply {
  const headers = replyHeaders(exchange, 'application/json')
  return { status, headers, body: body === undefined ? emptyBody : textBody(JSON.stringify(body)) }
}

/** An error that AWS clients can tell apart. @param message left out: none, as AWS sends GoneException */
export function managementError(
  exchange: Exchange,
  status: number,
  errorType: string,
  message?: string,
): HttpReply {
  const headers = replyHeaders(exchange, 'application/json', errorType)
  return { status, headers, body: message === undefined ? emptyBody : textBody(JSON.stringify({ message })) }
}

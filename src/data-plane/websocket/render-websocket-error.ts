import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'

/** What WebSocket APIs say with a status; who may not come in is not told why. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad request body',
  401: 'Unauthorized',
  403: 'Forbidden',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
}

/**
 * The answer to an error: of a handshake as an HTTP answer, of a message as a text frame, with the one blank that clients of
 * AWS see after its first name. Of a message that does not fit its model it names the message: developer guide, "Request
 * validation".
 */
export function renderWebSocketError(exchange: Exchange, error: GatewayError): HttpReply {
  const { responseType, status, message: reason, cause, validationErrorString } = error
  const message = messageOf(error)
  exchange.error = new GatewayError(responseType, {
    status,
    message,
    reason,
    cause,
    ...(validationErrorString === undefined ? {} : { validationErrorString }),
  })
  return {
    status,
    headers: new Headers([
      'Content-Type',
      'application/json',
      ...error.headers,
      'x-amzn-RequestId',
      exchange.requestId,
    ]),
    body: textBody(bodyOf(exchange, responseType === 'BAD_REQUEST_BODY', message)),
  }
}

function messageOf({ responseType, status, clientMessage }: GatewayError): string {
  if (responseType === 'BAD_REQUEST_PARAMETERS' && clientMessage !== null) return clientMessage
  return MESSAGES[status] ?? (status < 500 ? 'Bad Request' : 'Internal server error')
}

function bodyOf({ event, requestId }: Exchange, namesMessage: boolean, message: string): string {
  const connection =
    event === undefined ? '' : `"connectionId":${JSON.stringify(event.connection.connectionId)}, `
  if (namesMessage && event?.messageId !== undefined) {
    return `{"message": ${JSON.stringify(message)}, ${connection}"messageId":${JSON.stringify(event.messageId)}}`
  }
  return `{"message": ${JSON.stringify(message)}, ${connection}"requestId":${JSON.stringify(requestId)}}`
}

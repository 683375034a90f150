import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { GatewayResponseType } from '#model/gateway-response.ts'
import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import { newExtendedRequestId } from './trace-ids.ts'

/** What HTTP APIs say with a status; nobody can customise it. Re-spelled from REST APIs' words by AWS itself. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** Where HTTP APIs answer with another status than REST APIs do. */
const STATUSES: Readonly<Partial<Record<GatewayResponseType, number>>> = {
  INTEGRATION_TIMEOUT: 503,
  INTEGRATION_FAILURE: 503,
  DEFAULT_5XX: 500,
}

/** The answer to an error, in HTTP APIs' own form: `{"message":"Not Found"}`. */
export function renderHttpApiError(exchange: Exchange, error: GatewayError): HttpReply {
  const { responseType } = error
  const status = STATUSES[responseType] ?? error.status
  const message = MESSAGES[status] ?? (status < 500 ? 'Bad Request' : 'Internal Server Error')
  const { headers, message: reason, cause } = error
  exchange.error = new GatewayError(responseType, { status, message, headers, reason, cause })
  return reply(status, message, exchange.requestId, headers)
}

/** Where an HTTP API has no such stage, or its own address is disabled. */
export function renderNotFound(): HttpReply {
  return reply(404, 'Not Found', newExtendedRequestId(), [])
}

const JSON_TYPE = ['Content-Type', 'application/json']

function reply(status: number, message: string, requestId: string, headers: readonly string[]): HttpReply {
  // A challenge comes without a type (developer guide, "Troubleshooting issues with HTTP API JWT authorizers").
  const own = headers.length > 0 ? headers : JSON_TYPE
  return {
    status,
    headers: new Headers([...own, 'Apigw-Requestid', requestId]),
    body: textBody(`{"message":"${message}"}`),
  }
}

import { FieldName } from '#http/added-lines.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'

/** Makes the reply of an HTTP API: the integration's headers, and the request's id. */
export function routeResponse(): Step {
  return (exchange) => {
    const { response } = exchange
    if (response === undefined) throw configurationError('the integration gave no response')
    exchange.reply = {
      status: response.status,
      reason: response.reason,
      headers: response.headers.preceded([REQUEST_ID, exchange.requestId]),
      body: response.body,
    }
  }
}

const REQUEST_ID = new FieldName('Apigw-Requestid')

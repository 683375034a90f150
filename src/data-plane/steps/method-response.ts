import { FieldName } from '#http/added-lines.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'

/** Makes the reply: the integration's headers between the gateway's own. */
export function methodResponse(): Step {
  return (exchange) => {
    const { response } = exchange
    if (response === undefined) throw configurationError('the integration gave no response')
    const { headers } = response
    const own = [REQUEST_ID, exchange.requestId, EXTENDED_REQUEST_ID, exchange.extendedRequestId]
    if (!headers.has('content-type')) own.unshift(CONTENT_TYPE, 'application/json')
    exchange.reply = {
      status: response.status,
      reason: response.reason,
      headers: headers.preceded(own),
      body: response.body,
    }
  }
}

const REQUEST_ID = new FieldName('x-amzn-RequestId')
const EXTENDED_REQUEST_ID = new FieldName('x-amz-apigw-id')
const CONTENT_TYPE = new FieldName('Content-Type')

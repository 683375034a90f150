import { configurationError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'

/** Makes the reply: the integration's headers between the gateway's own. */
export function methodResponse(): Step {
  return (exchange) => {
    const { response } = exchange
    if (response === undefined) throw configurationError('the integration gave no response')
    const { headers } = response
    const own = ['x-amzn-RequestId', exchange.requestId, 'x-amz-apigw-id', exchange.extendedRequestId]
    if (!headers.has('content-type')) own.unshift('Content-Type', 'application/json')
    exchange.reply = {
      status: response.status,
      reason: response.reason,
      headers: headers.preceded(own),
      body: response.body,
    }
  }
}

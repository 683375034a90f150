import { Headers } from '#http/headers.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'

/** Makes the reply: the integration's headers between the gateway's own. */
export function methodResponse(): Step {
  return (exchange) => {
    const { response } = exchange
    if (response === undefined) throw configurationError('the integration gave no response')
    const { headers } = response
    const raw = headers.has('content-type') ? [] : ['Content-Type', 'application/json']
    raw.push('x-amzn-RequestId', exchange.requestId, 'x-amz-apigw-id', exchange.extendedRequestId)
    for (const item of headers.raw) raw.push(item)
    exchange.reply = {
      status: response.status,
      reason: response.reason,
      headers: new Headers(raw),
      body: response.body,
    }
  }
}

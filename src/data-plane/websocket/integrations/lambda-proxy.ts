import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { compileInvokeFunction } from '#data-plane/integrations/invoke-function.ts'
import { functionError } from '#data-plane/integrations/function-error.ts'
import { readProxyResponse } from '#data-plane/integrations/lambda-proxy-response.ts'
import { parseServiceUri } from '#data-plane/integrations/lambda-uri.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import { asMethodIntegration } from '#data-plane/websocket/as-method.ts'
import { lambdaEvent } from '#data-plane/websocket/lambda-event.ts'
import type { WebSocketIntegrationDefinition } from '#data-plane/websocket/route-definition.ts'
import { eventOf } from '#data-plane/websocket/websocket-event.ts'

/** AWS_PROXY: what happened goes to a Lambda function as an event; the body of its answer is the message back. */
export function compileLambdaProxy(definition: WebSocketIntegrationDefinition): CompiledIntegration {
  const method = asMethodIntegration(definition)
  const call = compileInvokeFunction(method, parseServiceUri(method))
  const takesBinary = definition.limits.webSocket.binaryBytesMax > 0
  return {
    readsBody: false,
    invoke: async (exchange) => {
      const result = await call(exchange, utf8Bytes(lambdaEvent(exchange)), 'RequestResponse')
      if (result.functionError !== undefined) throw functionError(result.payload, result.requestId)
      let isBinary = false
      exchange.response = readProxyResponse(result.payload, () => (isBinary = takesBinary))
      const event = eventOf(exchange)
      event.answersBinary = isBinary
      event.answersEmpty = exchange.response.body.length === 0 && hasBody(result.payload)
    },
  }
}

/** An empty body is a message; none is none. @param payload a proxy response */
function hasBody(payload: Uint8Array): boolean {
  const { body } = JSON.parse(utf8Text(payload)) as { readonly body?: unknown }
  return body === ''
}

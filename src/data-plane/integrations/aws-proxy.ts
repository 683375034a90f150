import { createHash } from 'node:crypto'
import { utf8Bytes } from '#base/utf8.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { Exchange, MethodResponse } from '#data-plane/exchange.ts'
import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import { compileRequestParameters, forbiddenAwsHeaders } from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { newSegmentId } from '#data-plane/trace-ids.ts'
import { compileInvokeFunction } from './invoke-function.ts'
import { compileProxyEvent } from './lambda-proxy-event.ts'
import { readProxyResponse } from './lambda-proxy-response.ts'
import { functionError } from './function-error.ts'
import { parseServiceUri } from './lambda-uri.ts'
import { compileStreamFunction } from './stream-function.ts'

/** AWS_PROXY: the request goes to a Lambda function as an event, its answer is the response. */
export function compileAwsProxy(definition: IntegrationDefinition): CompiledIntegration {
  const uri = parseServiceUri(definition)
  const { integration, isBinary, warn } = definition
  const httpMethod = integration.httpMethod ?? 'ANY'
  if (httpMethod !== 'POST') {
    warn(
      `functions are invoked with POST, found ${httpMethod}: other methods are answered 500`,
      'integration/httpMethod',
    )
  }
  const event = compileProxyEvent(definition)
  const parameters = compileRequestParameters(definition, forbiddenAwsHeaders)
  const call = streamsAnswers(integration) ? callStreaming() : callWhole()
  // Eight hex digits that stay the same for a function (recorded on AWS).
  const lineage = createHash('sha256').update(uri.rest).digest('hex').slice(0, 8)
  const traced = `Sampled=0;Lineage=1:${lineage}:0`

  return {
    readsBody: true,
    invoke: (exchange) => {
      if (httpMethod !== 'POST' && (httpMethod !== 'ANY' || exchange.method !== 'POST')) {
        throw configurationError(`Lambda functions are invoked with POST, not ${httpMethod}`)
      }
      // Mappings have no effect here, save that a header which they may not set fails the request (recorded on AWS).
      if (parameters.setsForbidden) parameters.evaluate(exchange)
      return call(exchange)
    },
  }

  function callWhole(): (exchange: Exchange) => Promise<void> {
    const invokeFunction = compileInvokeFunction(definition, uri)
    return async (exchange) => {
      const payload = utf8Bytes(event(exchange))
      const result = await invokeFunction(exchange, payload, 'RequestResponse')
      if (result.functionError !== undefined) {
        throw functionError(result.payload, result.requestId)
      }
      respond(
        exchange,
        readProxyResponse(result.payload, () => isBinary(exchange.request.headers.get('accept'))),
      )
    }
  }

  function callStreaming(): (exchange: Exchange) => Promise<void> {
    const streamFunction = compileStreamFunction(definition, uri)
    return async (exchange) => {
      respond(exchange, await streamFunction(exchange, utf8Bytes(event(exchange))))
    }
  }

  function respond(exchange: Exchange, response: MethodResponse): void {
    response.headers.add('X-Amzn-Trace-Id', `${exchange.traceId};Parent=${newSegmentId()};${traced}`)
    exchange.response = response
  }
}

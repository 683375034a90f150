import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { FunctionCall, FunctionResult } from '#data-plane/ports.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import { functionFailure } from './lambda-failure.ts'
import { invokeSourceArn, type ServiceUri } from './lambda-uri.ts'

/** Calls the function that a method is integrated with. */
export type InvokeFunction = (
  exchange: Exchange,
  payload: Uint8Array,
  invocationType: FunctionCall['invocationType'],
) => Promise<FunctionResult>

/** @param functionArn what `uri` names */
export function compileInvokeFunction(
  definition: IntegrationDefinition,
  uri: ServiceUri,
  functionArn: string,
): InvokeFunction {
  const { snapshot, timeoutMs } = definition
  const sourceArn = invokeSourceArn(definition)
  const sourceAccount = snapshot.account
  const endpoint = `https://lambda.${uri.region}.amazonaws.com/${uri.rest}`

  async function invoke(
    exchange: Exchange,
    payload: Uint8Array,
    invocationType: FunctionCall['invocationType'],
  ): Promise<FunctionResult> {
    const call: FunctionCall = { functionArn, payload, invocationType, sourceArn, sourceAccount }
    try {
      return await withDeadline(exchange.services.ports.functions.invoke(call), timeoutMs)
    } catch (error) {
      throw functionFailure(error)
    }
  }

  return async (exchange, payload, invocationType) => {
    const { executionLog, services } = exchange
    if (executionLog === undefined) return invoke(exchange, payload, invocationType)
    executionLog.sending({ uri: endpoint, headers: requestHeaders(exchange, invocationType), body: payload })
    const startedMs = services.clock.now()
    const result = await invoke(exchange, payload, invocationType)
    executionLog.received({
      status: invocationType === 'Event' ? 202 : 200,
      latencyMs: services.clock.now() - startedMs,
      headers: ['Content-Type', 'application/json', 'Content-Length', String(result.payload.length)],
      body: result.payload,
    })
    return result
  }
}

/** What AWS logs of a call that it makes as a signed request; here it is none, and what would sign it is left out. */
function requestHeaders(
  { requestId, traceId, plan: { apiId } }: Exchange,
  invocationType: FunctionCall['invocationType'],
): string[] {
  return [
    'x-amzn-lambda-integration-tag',
    requestId,
    'x-amzn-apigateway-api-id',
    apiId,
    ...(invocationType === 'Event' ? ['X-Amz-Invocation-Type', 'Event'] : []),
    'Accept',
    'application/json',
    'User-Agent',
    `AmazonAPIGateway_${apiId}`,
    'X-Amzn-Trace-Id',
    traceId,
    'Content-Type',
    'application/json',
  ]
}

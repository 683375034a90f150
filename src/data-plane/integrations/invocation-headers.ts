import { basicDate } from '#aws/signature-claim.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { FunctionCall, FunctionResult } from '#data-plane/ports.ts'
import { dateText } from '#http/dates.ts'

/**
 * What AWS logs of the call of a function, which it makes as a signed request to Lambda's API. What signs it
 * (`Authorization`, `X-Amz-Security-Token`, `X-Amz-Content-Sha256`) is left out: nothing is signed here.
 * @param region of the function
 */
export function invocationHeaders(
  { requestId, traceId, services, plan: { apiId } }: Exchange,
  { invocationType, sourceArn, roleArn, caller }: FunctionCall,
  region: string,
): readonly string[] {
  return [
    'x-amzn-lambda-integration-tag',
    requestId,
    'X-Amz-Date',
    basicDate(services.clock.now()),
    'x-amzn-apigateway-api-id',
    apiId,
    // The policies of a role, or of the caller, say what it may call.
    ...(roleArn === undefined && caller === undefined ? ['X-Amz-Source-Arn', sourceArn] : []),
    ...(invocationType === 'RequestResponse' ? [] : ['X-Amz-Invocation-Type', invocationType]),
    'Accept',
    'application/json',
    'User-Agent',
    `AmazonAPIGateway_${apiId}`,
    'Host',
    `lambda.${region}.amazonaws.com`,
    'X-Amzn-Trace-Id',
    traceId,
    'Content-Type',
    'application/json',
  ]
}

/** What AWS logs of Lambda's answer; the head that Lambda puts on every one. */
export function invokedHeaders(
  { traceId, services }: Exchange,
  functionArn: string,
  { requestId, functionError, payload }: FunctionResult,
): readonly string[] {
  const version = versionOf(functionArn)
  return [
    'Date',
    dateText(services.clock.now()),
    'Content-Type',
    'application/json',
    'Content-Length',
    String(payload.length),
    'Connection',
    'keep-alive',
    ...(requestId === undefined ? [] : ['x-amzn-RequestId', requestId]),
    ...(functionError === undefined ? [] : ['X-Amz-Function-Error', functionError]),
    'x-amzn-Remapped-Content-Length',
    '0',
    ...(version === undefined ? [] : ['X-Amz-Executed-Version', version]),
    'X-Amzn-Trace-Id',
    traceId,
  ]
}

/** What ran: a name is of `$LATEST`, and what an alias stands for is not told. */
function versionOf(functionArn: string): string | undefined {
  const qualifier = functionArn.split(':')[7] ?? '$LATEST'
  return qualifier === '$LATEST' || /^\d+$/.test(qualifier) ? qualifier : undefined
}

import { Headers } from '#http/headers.ts'
import type { Exchange, IntegrationResponse } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { compileMappedRequest } from '#data-plane/mapped-request.ts'
import { compileMappedResponse } from '#data-plane/mapped-response.ts'
import type { FunctionResult } from '#data-plane/ports.ts'
import { forbiddenAwsHeaders } from '#data-plane/request-parameters.ts'
import {
  DefinitionError,
  type CompiledIntegration,
  type IntegrationDefinition,
} from '#data-plane/route-definition.ts'
import { functionErrorMessage } from './function-error.ts'
import { compileInvokeFunction } from './invoke-function.ts'
import { functionArnOf, parseServiceUri } from './lambda-uri.ts'

/** AWS: an action of an AWS service, request and response mapped. Lambda's Invoke is the one that is supported. */
export function compileAws(definition: IntegrationDefinition): CompiledIntegration {
  const uri = parseServiceUri(definition)
  const functionArn = functionArnOf(uri)
  if (functionArn === undefined) {
    throw new DefinitionError(
      `integrations with the AWS service ${uri.service} are not supported yet: only Lambda functions are`,
      'integration/uri',
    )
  }
  const invokeFunction = compileInvokeFunction(definition, uri, functionArn)

  async function invoke(exchange: Exchange): Promise<void> {
    const { headers, body } = exchange.integrationRequest ?? { headers: new Headers(), body: EMPTY_EVENT }
    const payload = body.length === 0 ? EMPTY_EVENT : body
    const refusal = refuse(payload)
    if (refusal !== undefined) {
      exchange.integrationResponse = refusal
      return
    }
    const invocationType = headers.get('x-amz-invocation-type') === 'Event' ? 'Event' : 'RequestResponse'
    const result = await invokeFunction(exchange, payload, invocationType)
    exchange.integrationResponse = {
      status: invocationType === 'Event' ? 202 : 200,
      headers: answerHeaders(result),
      body: result.payload,
      selection: result.functionError === undefined ? '' : functionErrorMessage(result.payload),
    }
  }

  return {
    readsBody: true,
    request: compileMappedRequest(definition, forbiddenAwsHeaders),
    invoke: (exchange) => {
      const httpMethod = definition.integration.httpMethod ?? 'ANY'
      if (httpMethod !== 'POST' && (httpMethod !== 'ANY' || exchange.method !== 'POST')) {
        throw configurationError(`Lambda functions are invoked with POST, not ${httpMethod}`)
      }
      return invoke(exchange)
    },
    response: compileMappedResponse(definition, { traceHeader: true }),
  }
}

const EMPTY_EVENT: Uint8Array = Buffer.from('{}')

/** Lambda's answer to a payload that is not JSON: the function does not run. */
function refuse(payload: Uint8Array): IntegrationResponse | undefined {
  try {
    JSON.parse(Buffer.from(payload).toString('utf8'))
    return undefined
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`
    return {
      status: 400,
      headers: new Headers([
        'Content-Type',
        'application/json',
        'x-amzn-ErrorType',
        'InvalidRequestContentException',
      ]),
      body: Buffer.from(JSON.stringify({ Type: 'User', message })),
      selection: message,
    }
  }
}

function answerHeaders({ functionError }: FunctionResult): Headers {
  const headers = new Headers(['Content-Type', 'application/json'])
  if (functionError !== undefined) headers.add('X-Amz-Function-Error', functionError)
  return headers
}

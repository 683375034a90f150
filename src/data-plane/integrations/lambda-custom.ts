import { utf8Text } from '#base/utf8.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange, IntegrationResponse } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { compileMappedRequest } from '#data-plane/mapped-request.ts'
import { compileMappedResponse } from '#data-plane/mapped-response.ts'
import type { FunctionResult, InvocationType } from '#data-plane/ports.ts'
import { forbiddenAwsHeaders } from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { functionErrorMessage } from './function-error.ts'
import { compileInvokeFunction, invocationStatuses } from './invoke-function.ts'
import type { ServiceUri } from './lambda-uri.ts'

/** AWS with Lambda's Invoke: the mapped request is the event, what the function returns is mapped back. */
export function compileLambdaCustom(definition: IntegrationDefinition, uri: ServiceUri): CompiledIntegration {
  const invokeFunction = compileInvokeFunction(definition, uri)

  async function invoke(exchange: Exchange): Promise<void> {
    const { headers, body } = exchange.integrationRequest ?? { headers: new Headers(), body: NO_BODY }
    const payload = body.length === 0 ? EMPTY_EVENT : body
    const asked = headers.get('x-amz-invocation-type') ?? 'RequestResponse'
    const refusal = isInvocationType(asked) ? refuse(payload) : unknownType(asked)
    if (refusal !== undefined) {
      exchange.integrationResponse = refusal
      return
    }
    const result = await invokeFunction(exchange, payload, asked as InvocationType, body)
    exchange.integrationResponse = {
      status: invocationStatuses[asked as InvocationType],
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

function isInvocationType(text: string): boolean {
  return Object.hasOwn(invocationStatuses, text)
}

const NO_BODY = new Uint8Array(0)
/** What the function is given for none; the log tells none (recorded on AWS). */
const EMPTY_EVENT: Uint8Array = Buffer.from('{}')

/** Lambda's answer to a payload that is not JSON: the function does not run. */
function refuse(payload: Uint8Array): IntegrationResponse | undefined {
  try {
    JSON.parse(utf8Text(payload))
    return undefined
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`
    return refusalOf('InvalidRequestContentException', { Type: 'User', message })
  }
}

function unknownType(asked: string): IntegrationResponse {
  const enumeration = Object.keys(invocationStatuses).join(', ')
  const message =
    `1 validation error detected: Value '${asked}' at 'invocationType' failed to satisfy constraint: ` +
    `Member must satisfy enum value set: [${enumeration}]`
  return refusalOf('ValidationException', { message })
}

function refusalOf(
  type: string,
  body: { readonly Type?: string; readonly message: string },
): IntegrationResponse {
  return {
    status: 400,
    headers: new Headers(['Content-Type', 'application/json', 'x-amzn-ErrorType', type]),
    body: Buffer.from(JSON.stringify(body)),
    selection: body.message,
  }
}

function answerHeaders({ functionError }: FunctionResult): Headers {
  const headers = new Headers(['Content-Type', 'application/json'])
  if (functionError !== undefined) headers.add('X-Amz-Function-Error', functionError)
  return headers
}

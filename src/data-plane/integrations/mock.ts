import { utf8Text } from '#base/utf8.ts'
import { Headers } from '#http/headers.ts'
import { JsonError, parseJson } from '#languages/json/parse.ts'
import { JsonObject } from '#languages/json/value.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { compileMappedRequest } from '#data-plane/mapped-request.ts'
import { compileMappedResponse } from '#data-plane/mapped-response.ts'
import { forbiddenHeaders } from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'

/** MOCK: no backend; the request template says which status the integration responses are chosen by. */
export function compileMock(definition: IntegrationDefinition): CompiledIntegration {
  return {
    readsBody: true,
    request: compileMappedRequest(definition, forbiddenHeaders),
    invoke: (exchange) => {
      const status = statusOf(exchange.integrationRequest?.body)
      exchange.integrationResponse = {
        status,
        headers: new Headers(),
        body: new Uint8Array(0),
        selection: String(status),
      }
    },
    response: compileMappedResponse(definition, { traceHeader: false }),
  }
}

/** The template's output need not be strict JSON: `{statusCode: 200}` will do (recorded on AWS). */
function statusOf(body: Uint8Array | undefined): number {
  const text = body === undefined ? '' : utf8Text(body)
  try {
    const value = parseJson(text)
    const status = value instanceof JsonObject ? value.get('statusCode') : undefined
    if (typeof status === 'number') return status
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
  }
  throw configurationError(
    'Unable to parse statusCode. It should be an integer that is defined in the request template.',
  )
}

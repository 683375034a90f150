import type { HttpClientResponse } from '#http/client.ts'
import { FieldRules } from '#http/field-rules.ts'
import type { Body } from '#http/message.ts'
import { corsHeaders } from '#data-plane/cors.ts'
import type { MethodResponse } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { LimitedBody } from '#data-plane/limited-body.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'

/** What belongs to the connection with the backend, and the id of a request to an HTTP API that is one. */
const DROPPED = [
  'apigw-requestid',
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'via',
] as const
const rules: FieldRules = new FieldRules({ dropped: DROPPED })
/** Where the gateway answers for CORS: cheaper than taking them away later. */
const corsRules: FieldRules = new FieldRules({ dropped: [...DROPPED, ...corsHeaders] })

export interface BackendResponse {
  readonly leavesOutCors: boolean
  /** @throws GatewayError for what is too large */
  readonly responseOf: (answered: HttpClientResponse) => MethodResponse
}

/** A backend's answer as that of the route. */
export function compileBackendResponse({ snapshot, limits }: ApiIntegrationDefinition): BackendResponse {
  const leavesOutCors = snapshot.api.corsConfiguration !== undefined
  const kept = leavesOutCors ? corsRules : rules
  return {
    leavesOutCors,
    responseOf: ({ status, reason, headers, body }) => ({
      status,
      reason,
      headers: headers.edited(kept),
      body: limited(body, limits),
    }),
  }
}

/** A body that is known to be too large is refused; one that turns out to be is cut off. */
function limited(body: Body, { responseBodyBytesMax }: DataPlaneLimits): Body {
  const { length } = body
  if (length === undefined) return new LimitedBody(body, responseBodyBytesMax)
  if (length <= responseBodyBytesMax) return body
  body.cancel()
  throw configurationError(`the answer has ${length} bytes: at most ${responseBodyBytesMax} are passed on`)
}

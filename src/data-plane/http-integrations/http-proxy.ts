import { FieldName } from '#http/added-lines.ts'
import { emptyBody, WholeBody } from '#http/body.ts'
import { HttpError } from '#http/errors.ts'
import { FieldRules } from '#http/field-rules.ts'
import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import { corsHeaders } from '#data-plane/cors.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError, GatewayError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { carriesBody } from '#data-plane/integrations/http-backend.ts'
import { LimitedBody } from '#data-plane/limited-body.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { endingHeaders, isAwsSignature } from '#data-plane/method-headers.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'
import { DefinitionError, type CompiledIntegration } from '#data-plane/route-definition.ts'
import { compileUri, UriError, type Endpoint, type UriTemplate } from '#data-plane/uri-template.ts'
import { DEFAULT_ROUTE } from '#languages/path-patterns/route-key.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import { forwarded } from './forwarded.ts'

/** What a backend is asked, once the path's parameters are in it. */
export interface ProxiedRequest extends Endpoint {
  readonly method: string
  readonly headers: Headers
}

/** Sends it, by whichever way the integration's connection is. */
export type SendProxied = (exchange: Exchange, request: HttpClientRequest) => Promise<HttpClientResponse>

/** Host is that of the endpoint; who is in front is told by Forwarded and Via. */
const DROPPED = ['host', 'via', 'forwarded', 'x-forwarded-host'] as const
const requestRules: FieldRules = new FieldRules({ dropped: [...endingHeaders, ...DROPPED] })
const signedRequestRules: FieldRules = new FieldRules({
  dropped: [...endingHeaders, ...DROPPED, 'authorization'],
})
/** What belongs to the connection with the backend. */
const RESPONSE_DROPPED = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'via',
] as const
const responseRules: FieldRules = new FieldRules({ dropped: RESPONSE_DROPPED })
/** Where the gateway answers for CORS: cheaper than taking them away later. */
const corsResponseRules: FieldRules = new FieldRules({ dropped: [...RESPONSE_DROPPED, ...corsHeaders] })

const FORWARDED = new FieldName('Forwarded')
const VIA = new FieldName('Via')
const TRACE_ID = new FieldName('X-Amzn-Trace-Id')

/**
 * HTTP_PROXY: the client's request goes to the backend and the answer comes back, bodies streaming both ways. Developer
 * guide, "Working with HTTP proxy integrations for HTTP APIs".
 */
export function compileHttpRouteProxy(definition: ApiIntegrationDefinition): CompiledIntegration {
  const { snapshot, integration, limits, timeoutMs, clientTls } = definition
  const { integrationMethod = 'ANY' } = integration
  if (integration.connectionType !== 'INTERNET') {
    throw new DefinitionError(
      `connectionType ${integration.connectionType}: expected INTERNET`,
      'integration/connectionType',
    )
  }
  const endpointOf = compileEndpoint(definition)
  const leavesOutCors = snapshot.api.corsConfiguration !== undefined
  const rules = leavesOutCors ? corsResponseRules : responseRules
  const send: SendProxied = (exchange, request) => exchange.services.httpClient.send(request)

  function answer(exchange: Exchange, method: string, body: Body): Promise<void> {
    const { origin, target } = endpointOf(exchange)
    return send(exchange, {
      origin,
      method,
      target,
      headers: requestHeaders(exchange),
      body,
      timeoutMs,
      tls: clientTls,
      // A client that has gone away needs no answer: the backend is told by a connection that ends.
      onCancel: (listener) => exchange.request.onAbort(listener),
    }).then((answered) => {
      exchange.response = {
        status: answered.status,
        reason: answered.reason,
        headers: answered.headers.edited(rules),
        body: limited(answered.body, limits),
      }
    }, notAnswered)
  }

  return {
    readsBody: false,
    leavesOutCors,
    invoke: (exchange) => {
      const method = integrationMethod === 'ANY' ? exchange.method : integrationMethod
      const { body } = exchange.request
      if (carriesBody(method)) return answer(exchange, method, requestBody(exchange, limits))
      if (body.length === 0) return answer(exchange, method, emptyBody)
      // A body that does not go on is received all the same: a malformed request must not have had effect.
      return Promise.resolve(body.bytes(Math.min(limits.requestBodyBytesMax, limits.heldBodyBytesMax))).then(
        () => answer(exchange, method, emptyBody),
        notAnswered,
      )
    },
  }
}

/**
 * The integration's uri with the path's parameters in it, as they were sent, and the client's query behind. A route that
 * has no path of its own, `$default`, passes the client's whole path (developer guide, "Working with routes for HTTP
 * APIs").
 */
function compileEndpoint(definition: ApiIntegrationDefinition): (exchange: Exchange) => Endpoint {
  const { integration, stageVariables, route } = definition
  const text = withStageVariables(integration.integrationUri ?? '', stageVariables)
  // `{proxy+}` is `{proxy}`.
  const uri: UriTemplate = compileUri(text.replace(/\+\}/g, '}'))
  const constant = uri.names.length === 0 ? uri.render(() => undefined) : undefined
  const isDefault = route.routeKey === DEFAULT_ROUTE
  return (exchange) => {
    const { address } = exchange
    const endpoint = constant ?? render(uri, exchange)
    const below = isDefault && !endpoint.target.includes('?') ? belowPath(endpoint, address.path) : endpoint
    const { query } = address
    if (query === undefined || query === '') return below
    const separator = below.target.includes('?') ? '&' : '?'
    return { origin: below.origin, target: `${below.target}${separator}${query}` }
  }
}

function belowPath({ origin, target }: Endpoint, path: string): Endpoint {
  return { origin, target: target.endsWith('/') ? target.slice(0, -1) + path : target + path }
}

function render(uri: UriTemplate, exchange: Exchange): Endpoint {
  try {
    return uri.render((name) => exchange.pathParameter(name))
  } catch (cause) {
    if (cause instanceof UriError) throw configurationError('Invalid endpoint address', cause)
    throw cause
  }
}

function requestHeaders(exchange: Exchange): Headers {
  const { request, traceId } = exchange
  const signed = isAwsSignature(request.headers.get('authorization'))
  return request.headers.edited(signed ? signedRequestRules : requestRules, [
    FORWARDED,
    forwarded(exchange),
    VIA,
    'HTTP/1.1 AmazonAPIGateway',
    TRACE_ID,
    traceId,
  ])
}

/** The body as it arrives, unless an earlier step needed the whole of it. */
function requestBody({ body, requestBody }: Exchange, { requestBodyBytesMax }: DataPlaneLimits): Body {
  if (body !== undefined) return new WholeBody(body)
  return requestBody.length === undefined ? new LimitedBody(requestBody, requestBodyBytesMax) : requestBody
}

/** A body that is known to be too large is refused; one that turns out to be is cut off. */
function limited(body: Body, { responseBodyBytesMax }: DataPlaneLimits): Body {
  const { length } = body
  if (length === undefined) return new LimitedBody(body, responseBodyBytesMax)
  if (length <= responseBodyBytesMax) return body
  body.cancel()
  throw configurationError(`the answer has ${length} bytes: at most ${responseBodyBytesMax} are passed on`)
}

/** What is too large or not well-formed of the request is the client's; all else is 503. */
function notAnswered(error: unknown): never {
  if (error instanceof GatewayError) throw error
  const ofClient = requestBodyError(error)
  if (ofClient !== undefined) throw ofClient
  const isTimeout = error instanceof HttpError && error.failure.endsWith('timeout')
  throw new GatewayError(isTimeout ? 'INTEGRATION_TIMEOUT' : 'INTEGRATION_FAILURE', {
    reason: `the endpoint gave no answer: ${String(error)}`,
    cause: error,
  })
}

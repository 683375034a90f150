import { FieldName } from '#http/added-lines.ts'
import { emptyBody, WholeBody } from '#http/body.ts'
import { FieldRules } from '#http/field-rules.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { carriesBody } from '#data-plane/integrations/http-backend.ts'
import { LimitedBody } from '#data-plane/limited-body.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { endingHeaders, isAwsSignature } from '#data-plane/method-headers.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import { compileUri, UriError, type Endpoint, type UriTemplate } from '#data-plane/uri-template.ts'
import { DEFAULT_ROUTE } from '#languages/path-patterns/route-key.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import { notAnswered } from './backend-failure.ts'
import { compileBackendResponse } from './backend-response.ts'
import { forwarded } from './forwarded.ts'
import { compilePrivateIntegration } from './private-integration.ts'
import { compileRequestMappings, type RequestMappings } from './request-mappings.ts'
import { compileSend } from './send.ts'

/** Host is that of the endpoint; who is in front is told by Forwarded and Via. */
const DROPPED = ['host', 'via', 'forwarded', 'x-forwarded-host'] as const
const requestRules: FieldRules = new FieldRules({ dropped: [...endingHeaders, ...DROPPED] })
const signedRequestRules: FieldRules = new FieldRules({
  dropped: [...endingHeaders, ...DROPPED, 'authorization'],
})
const FORWARDED = new FieldName('Forwarded')
const VIA = new FieldName('Via')
const TRACE_ID = new FieldName('X-Amzn-Trace-Id')

/**
 * HTTP_PROXY: the client's request goes to the backend and the answer comes back, bodies streaming both ways. Developer
 * guide, "Working with HTTP proxy integrations for HTTP APIs".
 */
export function compileHttpRouteProxy(definition: ApiIntegrationDefinition): CompiledIntegration {
  const { integration, limits, timeoutMs, clientTls } = definition
  const { integrationMethod = 'ANY' } = integration
  const isPrivate = integration.connectionType === 'VPC_LINK'
  const link = isPrivate ? compilePrivateIntegration(definition) : undefined
  const mappings = compileRequestMappings(definition)
  const askedOf = compileAsked(link?.endpoint ?? compileEndpoint(definition), mappings, isPrivate)
  const send = compileSend(definition, link?.send)
  const { leavesOutCors, responseOf } = compileBackendResponse(definition)

  function answer(exchange: Exchange, method: string, body: Body): Promise<void> {
    const { origin, target, headers } = askedOf(exchange)
    return send(exchange, {
      origin,
      method,
      target,
      headers,
      body,
      timeoutMs,
      tls: clientTls,
      // A client that has gone away needs no answer: the backend is told by a connection that ends.
      onCancel: (listener) => exchange.onLeft(listener),
    }).then((answered) => {
      exchange.response = responseOf(answered)
    }, notAnswered)
  }

  return {
    readsBody: mappings?.readsBody === true,
    leavesOutCors,
    invoke: (exchange) => {
      const method = integrationMethod === 'ANY' ? exchange.method : integrationMethod
      const { body } = exchange.request
      if (carriesBody(method)) return answer(exchange, method, requestBody(exchange, limits))
      if (body.length === 0 || exchange.body !== undefined) return answer(exchange, method, emptyBody)
      // A body that does not go on is received all the same: a malformed request must not have had effect.
      return Promise.resolve(body.bytes(Math.min(limits.requestBodyBytesMax, limits.heldBodyBytesMax))).then(
        () => answer(exchange, method, emptyBody),
        notAnswered,
      )
    },
  }
}

/** What a backend is asked. */
interface Asked extends Endpoint {
  readonly headers: Headers
}

/** Puts endpoint, the client's query and headers together, as mappings have changed them. */
function compileAsked(
  endpointOf: (exchange: Exchange) => Endpoint,
  mappings: RequestMappings | undefined,
  keepsHost: boolean,
): (exchange: Exchange) => Asked {
  const headersOf = (exchange: Exchange): Headers => {
    const headers = requestHeaders(exchange)
    // There is no host in an ARN: backends of a VPC are told the client's.
    if (keepsHost) headers.add('Host', exchange.request.host)
    return headers
  }
  if (mappings === undefined) {
    return (exchange) => {
      const { origin, target } = endpointOf(exchange)
      return { origin, target: withQuery(target, exchange.address.query), headers: headersOf(exchange) }
    }
  }
  return (exchange) => {
    const { origin, target } = endpointOf(exchange)
    const headers = headersOf(exchange)
    const { path, query } = mappings.apply(exchange, headers)
    return { origin, target: withQuery(path === undefined ? target : withPath(target, path), query), headers }
  }
}

function withQuery(target: string, query: string | undefined): string {
  return query === undefined || query === '' ? target : `${target}${target.includes('?') ? '&' : '?'}${query}`
}

/** Another path before the uri's own query. */
function withPath(target: string, path: string): string {
  const mark = target.indexOf('?')
  return mark === -1 ? path : path + target.slice(mark)
}

/**
 * The integration's uri with the path's parameters in it, as they were sent. A route that has no path of its own,
 * `$default`, passes the client's whole path (developer guide, "Working with routes for HTTP APIs").
 */
function compileEndpoint(definition: ApiIntegrationDefinition): (exchange: Exchange) => Endpoint {
  const { integration, stageVariables, route } = definition
  const text = withStageVariables(integration.integrationUri ?? '', stageVariables)
  // `{proxy+}` is `{proxy}`.
  const uri: UriTemplate = compileUri(text.replace(/\+\}/g, '}'))
  const constant = uri.names.length === 0 ? uri.render(() => undefined) : undefined
  const isDefault = route.routeKey === DEFAULT_ROUTE
  return (exchange) => {
    const endpoint = constant ?? render(uri, exchange)
    return isDefault && !endpoint.target.includes('?') ? belowPath(endpoint, exchange.address.path) : endpoint
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

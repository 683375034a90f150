import { WholeBody, emptyBody } from '#http/body.ts'
import { FieldName } from '#http/added-lines.ts'
import { FieldRules } from '#http/field-rules.ts'
import { Headers } from '#http/headers.ts'
import { sameName } from '#http/same-name.ts'
import type { Body } from '#http/message.ts'
import { compileRequestConversion, type RequestConversion } from '#data-plane/conversion.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { HeaderNames } from '#data-plane/header-names.ts'
import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import { LimitedBody } from '#data-plane/limited-body.ts'
import { PacedBody } from '#data-plane/paced-body.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'
import type { Query } from '#data-plane/query-string.ts'
import { endingHeaders, isAwsSignature, respelledHeaders } from '#data-plane/method-headers.ts'
import { httpProxyRules } from '#data-plane/remapped-headers.ts'
import {
  compileRequestParameters,
  forbiddenHeaders,
  type MappedParameters,
} from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { streamPace } from './stream-pace.ts'
import { backendFailure, carriesBody, compileHttpBackend, type BackendRequest } from './http-backend.ts'

/**
 * Method request headers that do not go on to the backend (recorded on AWS). Host is that of the endpoint; the method
 * that was asked for goes on where it is mapped (developer guide, "Amazon API Gateway important notes").
 */
const DROPPED = ['host', 'content-encoding', 'via', 'x-http-method-override'] as const
const dropped: HeaderNames = new HeaderNames(...DROPPED)

/** The client's headers on their way to the backend, when nothing but the gateway touches them. */
const requestRules: FieldRules = new FieldRules({
  dropped: [...endingHeaders, ...DROPPED],
  respelled: respelledHeaders,
})

/** The same of a request that is signed for AWS. */
const signedRequestRules: FieldRules = new FieldRules({
  dropped: [...endingHeaders, ...DROPPED, 'authorization'],
  respelled: respelledHeaders.filter((name) => name !== 'Authorization'),
})

/**
 * HTTP_PROXY: the client's request goes to the backend and the answer comes back, bodies streaming both ways unless
 * `contentHandling` has the request's converted.
 */
export function compileHttpProxy(definition: IntegrationDefinition): CompiledIntegration {
  const backend = compileHttpBackend(definition)
  const parameters = compileRequestParameters(definition, forbiddenHeaders)
  const { limits, snapshot, integration } = definition
  const apiId = snapshot.api.id
  const convert = integration.contentHandling === undefined ? undefined : compileRequestConversion(definition)
  const bounded = compileBounds(definition)
  const streams = streamsAnswers(definition.integration)

  function invoke(exchange: Exchange): Promise<void> {
    const mapped = parameters.isEmpty ? undefined : parameters.evaluate(exchange)
    const method = backend.method(exchange)
    if (carriesBody(method)) return send(exchange, mapped, method, requestBody(exchange, limits, convert))
    if (exchange.request.body.length === 0) return send(exchange, mapped, method, emptyBody)
    return unsentBody(exchange, limits).then(() => send(exchange, mapped, method, emptyBody))
  }

  /** With callbacks in place of `await`: a function that waits keeps its whole frame, which costs more than this work. */
  function send(
    exchange: Exchange,
    mapped: MappedParameters | undefined,
    method: string,
    body: Body,
  ): Promise<void> {
    const unmapped = exchange.address.query === undefined && mapped === undefined
    const request: BackendRequest = {
      method,
      endpoint: backend.endpoint(mapped?.path ?? NO_PATH, unmapped ? NO_QUERY : queryOf(exchange, mapped)),
      headers: requestHeaders(exchange, mapped, apiId),
      body,
    }
    const startedMs = streams ? performance.now() : 0
    return backend.send(exchange, request).then((answer) => {
      exchange.response = {
        status: answer.status,
        reason: answer.reason,
        headers: answer.headers.edited(httpProxyRules),
        body: bounded(answer.body, startedMs),
      }
    }, notAnswered)
  }

  return { readsBody: parameters.readsBody || convert !== undefined, invoke }
}

/** No answer has a body yet: what is too large or not well-formed is the client's. */
function notAnswered(error: unknown): never {
  throw requestBodyError(error) ?? backendFailure(error)
}

const API_ID = new FieldName('X-Amzn-Apigateway-Api-Id')
const NO_QUERY: Query = new Map()
const NO_PATH: ReadonlyMap<string, string> = new Map()

/** The client's headers, repeated ones joined, mapped ones in their place, the gateway's own last. */
function requestHeaders(exchange: Exchange, mapped: MappedParameters | undefined, apiId: string): Headers {
  const { request } = exchange
  if (mapped === undefined && !request.headers.repeats) {
    const own = exchange.addedHeaders()
    own.push(API_ID, apiId)
    const signed = isAwsSignature(request.headers.get('authorization'))
    return request.headers.edited(signed ? signedRequestRules : requestRules, own)
  }
  const list = exchange.headers
  const headers = new Headers()
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    if (!dropped.has(name)) addJoined(headers, name, list[i + 1] as string)
  }
  if (mapped !== undefined) for (const [name, value] of mapped.headers) headers.set(name, value)
  headers.add(API_ID.text, apiId)
  return headers
}

/** Several values of a name go out as one line (recorded on AWS). */
function addJoined({ raw }: Headers, name: string, value: string): void {
  for (let i = 0; i < raw.length; i += 2) {
    if (!sameName(raw[i] as string, name)) continue
    raw[i + 1] += `,${value}`
    return
  }
  raw.push(name, value)
}

/** The client's query; what is mapped is appended to it (recorded on AWS). */
function queryOf(exchange: Exchange, mapped: MappedParameters | undefined): Query {
  if (mapped === undefined || mapped.query.size === 0) return exchange.query
  const query = new Map<string, readonly string[]>(exchange.query)
  for (const [name, values] of mapped.query) query.set(name, [...(query.get(name) ?? []), ...values])
  return query
}

/** The body as it arrives, unless an earlier step or its conversion needed the whole of it. */
function requestBody(
  exchange: Exchange,
  { requestBodyBytesMax }: DataPlaneLimits,
  convert: RequestConversion | undefined,
): Body {
  const { body, requestBody } = exchange
  if (body !== undefined) return new WholeBody(convert === undefined ? body : convert(exchange, body))
  return requestBody.length === undefined ? new LimitedBody(requestBody, requestBodyBytesMax) : requestBody
}

/** A body that does not go on is received all the same: a request that turns out malformed must not have had effect. */
async function unsentBody(
  { body, request }: Exchange,
  { requestBodyBytesMax, heldBodyBytesMax }: DataPlaneLimits,
): Promise<void> {
  if (body !== undefined) return
  try {
    await request.body.bytes(Math.min(requestBodyBytesMax, heldBodyBytesMax))
  } catch (error) {
    throw requestBodyError(error) ?? error
  }
}

/** What holds of a backend's body: streamed answers have bounds of time, others one of size. */
function compileBounds(definition: IntegrationDefinition): (body: Body, startedMs: number) => Body {
  const { integration, limits, timeoutMs } = definition
  if (!streamsAnswers(integration)) return (body) => limited(body, limits)
  const pace = streamPace(definition)
  return (body, startedMs) =>
    body instanceof WholeBody ? body : new PacedBody(body, pace(startedMs + timeoutMs))
}

/** A body that is known to be too large is refused; one that turns out to be is cut off. */
function limited(body: Body, { responseBodyBytesMax }: DataPlaneLimits): Body {
  if (body.length === undefined) return new LimitedBody(body, responseBodyBytesMax)
  if (body.length <= responseBodyBytesMax) return body
  const { length } = body
  body.cancel()
  throw configurationError(
    `Integration response of reported length ${length} is larger than allowed maximum of ${responseBodyBytesMax} bytes.`,
  )
}

import type { HttpFailure } from '#http/errors.ts'
import { HttpError } from '#http/errors.ts'
import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { ExecutionLog } from '#data-plane/execution-log.ts'
import { configurationError, GatewayError } from '#data-plane/gateway-error.ts'
import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { Query } from '#data-plane/query-string.ts'
import { encodeQuery } from '#data-plane/query-string.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileUri, UriError, type Endpoint, type UriTemplate } from '#data-plane/uri-template.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import { compileSending } from './method-traffic.ts'
import { compileSendToBackend, trafficTargets } from './send-to-backend.ts'
import { compileVpcLink, type SendToGroup } from './vpc-link.ts'

/** Where an HTTP or HTTP_PROXY integration sends its requests. */
export interface HttpBackend {
  /** The method towards the backend. */
  method(exchange: Exchange): string
  /** @throws GatewayError when the mapped path makes no URI */
  endpoint(path: ReadonlyMap<string, string>, query: Query): Endpoint
  send(exchange: Exchange, request: BackendRequest): Promise<HttpClientResponse>
}

export interface BackendRequest {
  readonly method: string
  readonly endpoint: Endpoint
  readonly headers: Headers
  readonly body: Body
}

/** Methods whose requests carry no body towards a backend. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export function carriesBody(method: string): boolean {
  return !BODILESS.has(method)
}

const NOTHING = new Uint8Array(0)

/** @throws DefinitionError */
export function compileHttpBackend(definition: IntegrationDefinition): HttpBackend {
  const { integration, limits, stageVariables, timeoutMs, clientTls } = definition
  const group = compileGroup(definition)
  const sendOne = compileSendToBackend(definition.traffic, group, (settings) =>
    compileSending(definition, settings),
  )
  const uri: UriTemplate = compileUri(withStageVariables(integration.uri ?? '', stageVariables))
  const constant = uri.names.length === 0 ? uri.render(() => undefined) : undefined
  const { httpMethod = 'ANY' } = integration
  const streams = streamsAnswers(integration)
  // What holds of a streamed answer once it has begun, its body sees to.
  const timeouts = streams ? { idleMs: Infinity } : undefined
  const insecureSkipVerification = integration.tlsConfig?.insecureSkipVerification === true
  return {
    method: httpMethod === 'ANY' ? ({ method }) => method : () => httpMethod,
    endpoint: (path, query) => {
      const endpoint = constant ?? render(uri, path)
      return query.size === 0
        ? endpoint
        : { origin: endpoint.origin, target: withQuery(endpoint.target, query) }
    },
    send: (exchange, request) =>
      exchange.executionLog === undefined
        ? send(exchange, request)
        : sendLogged(exchange, exchange.executionLog, request),
  }

  function send(
    exchange: Exchange,
    { method, endpoint, headers, body }: BackendRequest,
  ): Promise<HttpClientResponse> {
    const request: HttpClientRequest = {
      origin: endpoint.origin,
      method,
      target: endpoint.target,
      headers,
      body,
      timeoutMs,
      timeouts,
      insecureSkipVerification,
      tls: clientTls,
      // A client that has gone away needs no answer: the backend is told by a connection that ends.
      onCancel: (listener) => exchange.onLeft(listener),
    }
    return sendOne(exchange, request)
  }

  async function sendLogged(
    exchange: Exchange,
    log: ExecutionLog,
    request: BackendRequest,
  ): Promise<HttpClientResponse> {
    const { clock } = exchange.services
    const { endpoint, headers } = request
    const sent = await log.capture(
      request.body,
      Math.min(limits.requestBodyBytesMax, limits.heldBodyBytesMax),
    )
    const told = { uri: `${endpoint.origin}${endpoint.target}`, headers: headers.raw, body: sent.bytes }
    const startedMs = clock.steadyMs()
    let answer: HttpClientResponse
    try {
      answer = await send(exchange, { ...request, body: sent.body })
    } catch (error) {
      // An endpoint that was never reached is not said to be asked (recorded on AWS).
      if (!(error instanceof HttpError && FAILURES[error.failure] === unreachable)) log.sending(told)
      throw error
    }
    log.sending(told)
    const answered = { status: answer.status, headers: answer.headers.raw }
    if (streams) {
      log.received({ ...answered, latencyMs: clock.steadyMs() - startedMs, body: NOTHING })
      return answer
    }
    const received = await log.capture(
      answer.body,
      Math.min(limits.responseBodyBytesMax, limits.heldBodyBytesMax),
    )
    log.received({
      ...answered,
      latencyMs: clock.steadyMs() - startedMs,
      body: received.bytes,
    })
    return { ...answer, body: received.body }
  }
}

/** Undefined: the host of the uri is the backend. */
function compileGroup(definition: IntegrationDefinition): SendToGroup | undefined {
  const isLinked = definition.integration.connectionType === 'VPC_LINK'
  return isLinked ? compileVpcLink(definition) : trafficTargets(definition)
}

function render(uri: UriTemplate, path: ReadonlyMap<string, string>): Endpoint {
  try {
    return uri.render((name) => path.get(name))
  } catch (cause) {
    if (cause instanceof UriError) throw configurationError('Invalid endpoint address', cause)
    throw cause
  }
}

function withQuery(target: string, query: Query): string {
  return `${target}${target.includes('?') ? '&' : '?'}${encodeQuery(query)}`
}

type Failure = (cause: unknown) => GatewayError

const unreachable: Failure = (cause) => configurationError('Invalid endpoint address', cause)
const networkError: Failure = (cause) =>
  new GatewayError('INTEGRATION_FAILURE', {
    reason: `Execution failed due to a network error communicating with endpoint: ${String(cause)}`,
    cause,
  })
const timeout: Failure = (cause) =>
  new GatewayError('INTEGRATION_TIMEOUT', { reason: 'Execution failed due to a timeout error', cause })
const tooLarge: Failure = (cause) =>
  configurationError('Integration response is larger than the allowed maximum', cause)

/** What the client gets for each way in which a backend can fail. */
const FAILURES: Readonly<Record<HttpFailure, Failure>> = {
  dns: unreachable,
  connect: unreachable,
  'connect-timeout': timeout,
  busy: networkError,
  tls: networkError,
  reset: networkError,
  'first-byte-timeout': timeout,
  'idle-timeout': timeout,
  malformed: networkError,
  'too-large': tooLarge,
  aborted: networkError,
}

export function backendFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return error instanceof HttpError ? FAILURES[error.failure](error) : networkError(error)
}

import { sha256Hex } from '#aws/canonical-request.ts'
import type { ServiceEndpoint } from '#aws/service-endpoint.ts'
import { sign } from '#aws/sigv4.ts'
import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange, IntegrationResponse } from '#data-plane/exchange.ts'
import type { ExecutionLog } from '#data-plane/execution-log.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { HeaderNames } from '#data-plane/header-names.ts'
import { compileMappedRequest } from '#data-plane/mapped-request.ts'
import { compileMappedResponse } from '#data-plane/mapped-response.ts'
import { forbiddenAwsHeaders } from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileSendHttp } from '#data-plane/resilience/send-http.ts'
import { backendFailure, carriesBody } from './http-backend.ts'
import { integrationCredentials, keysOfCaller } from './integration-credentials.ts'
import { invokeSourceArn, type ServiceUri } from './lambda-uri.ts'
import { compileSending } from './method-traffic.ts'
import { accessOf, endpointOf, keysOf } from './service-access.ts'
import { compileServiceCall } from './service-call.ts'

/** Mapped, but never sent: what AWS drops (recorded), what the client that sends writes, what signs the request. */
const DROPPED: HeaderNames = new HeaderNames(
  'Authorization',
  'Connection',
  'Content-Length',
  'Expect',
  'Host',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Referer',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Via',
  'X-Amz-Content-Sha256',
  'X-Amz-Date',
  'X-Amz-Security-Token',
)

const NOTHING = new Uint8Array(0)

/** A request that is ready but for its signature. */
interface UnsignedRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** An action or a path of an AWS service, called with a signed request. */
export function compileAwsService(definition: IntegrationDefinition, uri: ServiceUri): CompiledIntegration {
  const { integration, snapshot, limits, timeoutMs, traffic } = definition
  const sendHttp = traffic && compileSendHttp({ ...traffic, mirror: undefined, targets: undefined })
  const sending = traffic && compileSending(definition, traffic)
  const call = compileServiceCall(definition, uri)
  const region = uri.region === '' ? snapshot.region : uri.region
  const { account } = snapshot
  const { roleArn, ofCaller } = integrationCredentials(definition)
  const caller = { account, roleArn }
  const { httpMethod = 'ANY' } = integration
  const own = ['x-amzn-apigateway-api-id', snapshot.api.id, 'X-Amz-Source-Arn', invokeSourceArn(definition)]
  const defaults = [
    ...call.defaults,
    'Accept',
    'application/json',
    'User-Agent',
    `AmazonAPIGateway_${snapshot.api.id}`,
  ]

  function prepare(exchange: Exchange, endpoint: ServiceEndpoint): UnsignedRequest {
    const mapped = exchange.integrationRequest
    if (mapped === undefined) throw configurationError('the request was not mapped')
    const method = httpMethod === 'ANY' ? exchange.method : httpMethod
    const withBody = carriesBody(method)
    const body = withBody ? mapped.body : NOTHING
    const headers = new Headers(['Host', endpoint.host])
    for (const [name, value] of mapped.headers) if (!DROPPED.has(name)) headers.add(name, value)
    setDefaults(headers, defaults)
    if (withBody) {
      const sent = exchange.request.headers.get('content-type') ?? 'application/json'
      setDefaults(headers, ['Content-Type', sent])
    }
    for (let i = 0; i < own.length; i += 2) headers.set(own[i] as string, own[i + 1] as string)
    headers.set('X-Amz-Content-Sha256', sha256Hex(body))
    headers.set('X-Amzn-Trace-Id', exchange.traceId)
    return { method, target: `${endpoint.pathPrefix}${call.target(mapped)}`, headers, body }
  }

  async function invoke(exchange: Exchange): Promise<void> {
    const access = accessOf(exchange)
    const endpoint = endpointOf(access, call.service, region)
    const request = prepare(exchange, endpoint)
    const keys = ofCaller ? keysOfCaller(exchange) : await keysOf(access, endpoint, caller, timeoutMs)
    const scope = { region: endpoint.signingRegion, service: endpoint.signingName }
    sign(request, keys, scope, exchange.services.clock.now())
    try {
      exchange.integrationResponse = await answerOf(exchange, endpoint, request)
    } catch (error) {
      throw backendFailure(error)
    }
  }

  async function answerOf(
    exchange: Exchange,
    endpoint: ServiceEndpoint,
    request: UnsignedRequest,
  ): Promise<IntegrationResponse> {
    const { executionLog, services } = exchange
    const startedMs = services.clock.steadyMs()
    if (executionLog !== undefined) logRequest(executionLog, endpoint, request)
    const { method, target, headers, body } = request
    const sent = {
      origin: endpoint.origin,
      method,
      target,
      headers,
      body: new WholeBody(body),
      timeoutMs,
      responseBodyBytesMax: limits.responseBodyBytesMax,
      // A client that has gone away needs no answer: the service is told by a connection that ends.
      onCancel: (listener: () => void) => exchange.onLeft(listener),
    }
    const answer = await (sendHttp === undefined || sending === undefined
      ? services.httpClient.send(sent)
      : sendHttp(services.httpClient, sent, sending(exchange)))
    const { status } = answer
    const response = { status, headers: answer.headers, selection: String(status) }
    const heldBytesMax = Math.min(limits.responseBodyBytesMax, limits.heldBodyBytesMax)
    const { body: passed, bytes } =
      executionLog === undefined
        ? { body: answer.body, bytes: NOTHING }
        : await readable(() => executionLog.capture(answer.body, heldBytesMax))
    const latencyMs = services.clock.steadyMs() - startedMs
    executionLog?.received({ status, latencyMs, headers: answer.headers.raw, body: bytes })
    const read = (): Promise<Uint8Array> => readable(() => passed.bytes(heldBytesMax))
    return { ...response, body: NOTHING, unread: { body: passed, read } }
  }

  async function readable<T>(read: () => T | Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      throw backendFailure(error)
    }
  }

  return {
    readsBody: true,
    request: compileMappedRequest(definition, forbiddenAwsHeaders),
    invoke,
    response: compileMappedResponse(definition, { traceHeader: true }),
  }
}

function setDefaults(headers: Headers, defaults: readonly string[]): void {
  for (let i = 0; i < defaults.length; i += 2) {
    const name = defaults[i] as string
    if (!headers.has(name)) headers.add(name, defaults[i + 1] as string)
  }
}

/** What could be used by who reads it is masked, as AWS masks it. */
function logRequest(log: ExecutionLog, { origin }: ServiceEndpoint, request: UnsignedRequest): void {
  const headers = request.headers.raw.map((text, at, all) =>
    at % 2 === 1 && SECRET.has(all[at - 1] as string) ? '*'.repeat(text.length - 6) + text.slice(-6) : text,
  )
  log.sending({ uri: `${origin}${request.target}`, headers, body: request.body })
}

const SECRET: HeaderNames = new HeaderNames('Authorization', 'X-Amz-Security-Token')

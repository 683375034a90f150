import { WholeBody, emptyBody } from '#http/body.ts'
import type { Headers } from '#http/headers.ts'
import { HeaderNames } from '#data-plane/header-names.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { compileMappedRequest } from '#data-plane/mapped-request.ts'
import { compileMappedResponse } from '#data-plane/mapped-response.ts'
import { forbiddenHeaders } from '#data-plane/request-parameters.ts'
import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { backendFailure, carriesBody, compileHttpBackend } from './http-backend.ts'

/** Mapped, but never sent (recorded on AWS). Connection and Host are written by the client that sends. */
const DROPPED: HeaderNames = new HeaderNames(
  'Connection',
  'Expect',
  'Keep-Alive',
  'Proxy-Authenticate',
  'TE',
  'Trailer',
  'Upgrade',
  'Via',
)

/** HTTP: a backend behind mappings; it gets what is mapped, the client gets what is mapped back. */
export function compileHttp(definition: IntegrationDefinition): CompiledIntegration {
  const backend = compileHttpBackend(definition)
  const { limits, snapshot } = definition
  const userAgent = `AmazonAPIGateway_${snapshot.api.id}`

  async function invoke(exchange: Exchange): Promise<void> {
    const mapped = exchange.integrationRequest
    if (mapped === undefined) throw configurationError('the request was not mapped')
    const method = backend.method(exchange)
    const withBody = carriesBody(method)
    const { headers } = mapped
    for (const name of [...headers].map(([name]) => name)) {
      if (DROPPED.has(name)) headers.delete(name)
    }
    setDefault(headers, 'Accept', 'application/json')
    setDefault(headers, 'User-Agent', userAgent)
    if (withBody) {
      setDefault(headers, 'Content-Type', exchange.request.headers.get('content-type') ?? 'application/json')
    }
    headers.add('X-Amzn-Trace-Id', exchange.traceId)
    headers.add('X-Amzn-Apigateway-Api-Id', snapshot.api.id)
    try {
      const answer = await backend.send(exchange, {
        method,
        endpoint: backend.endpoint(mapped.path, mapped.query),
        headers,
        body: withBody && mapped.body.length > 0 ? new WholeBody(mapped.body) : emptyBody,
      })
      exchange.integrationResponse = {
        status: answer.status,
        headers: answer.headers,
        body: await answer.body.bytes(Math.min(limits.responseBodyBytesMax, limits.heldBodyBytesMax)),
        selection: String(answer.status),
      }
    } catch (error) {
      throw backendFailure(error)
    }
  }

  return {
    readsBody: true,
    request: compileMappedRequest(definition, forbiddenHeaders),
    invoke,
    response: compileMappedResponse(definition, { traceHeader: true }),
  }
}

function setDefault(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.add(name, value)
}

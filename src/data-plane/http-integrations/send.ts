import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { compileRouteSending, type CompiledSending } from '#data-plane/integrations/method-traffic.ts'
import { compileTargets, type SendToGroup } from '#data-plane/integrations/vpc-link.ts'
import { compileSendHttp } from '#data-plane/resilience/send-http.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'

/** Sends a request to a backend. @throws HttpError, GatewayError, or what policies refuse with */
export type SendToBackend = (exchange: Exchange, request: HttpClientRequest) => Promise<HttpClientResponse>

/**
 * The way to a route's backend, with policies around it where the route has some.
 * @param link where a VPC link leads; undefined: to the host of the request
 */
export function compileSend(definition: ApiIntegrationDefinition, link?: SendToGroup): SendToBackend {
  const { traffic } = definition
  const group = link ?? targetsOf(definition)
  if (traffic === undefined) {
    if (group === undefined) return ({ services }, request) => services.httpClient.send(request)
    return (exchange, request) => group(exchange, request, exchange.services.httpClient)
  }
  const sendHttp = compileSendHttp(traffic)
  const sending = sendingOf(definition, traffic)
  return (exchange, request) =>
    sendHttp(
      exchange.services.httpClient,
      request,
      sending(exchange),
      group && ((each, sender, met) => group(exchange, each, sender, met)),
    )
}

/** What policies need to know of a route's request. */
export function sendingOf(definition: ApiIntegrationDefinition, traffic: TrafficSettings): CompiledSending {
  const { snapshot, stage, route } = definition
  return compileRouteSending(`${snapshot.api.apiId}/${stage.stageName}/${route.routeKey}`, traffic)
}

function targetsOf({ traffic, clientTls }: ApiIntegrationDefinition): SendToGroup | undefined {
  const name = traffic?.targets
  return name === undefined ? undefined : compileTargets({ clientTls }, [name], `the targets ${name}`)
}

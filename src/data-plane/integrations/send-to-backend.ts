import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { compileSendHttp } from '#data-plane/resilience/send-http.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { CompiledSending } from './method-traffic.ts'
import { compileTargets, type SendToGroup } from './vpc-link.ts'

/** Sends a request to a backend. @throws HttpError, GatewayError, or what policies refuse with */
export type SendToBackend = (exchange: Exchange, request: HttpClientRequest) => Promise<HttpClientResponse>

/**
 * The way to a backend, with policies around it where there are some.
 * @param group the targets to choose among; undefined: the host of the request
 * @param compileSending what policies need to know of a request
 */
export function compileSendToBackend(
  traffic: TrafficSettings | undefined,
  group: SendToGroup | undefined,
  compileSending: (settings: TrafficSettings) => CompiledSending,
): SendToBackend {
  if (traffic === undefined) {
    if (group === undefined) return ({ services }, request) => services.httpClient.send(request)
    return (exchange, request) => group(exchange, request, exchange.services.httpClient)
  }
  const sendHttp = compileSendHttp(traffic)
  const sending = compileSending(traffic)
  return (exchange, request) =>
    sendHttp(
      exchange.services.httpClient,
      request,
      sending(exchange),
      group && ((each, sender, met) => group(exchange, each, sender, met)),
    )
}

/** The targets that the traffic settings name. */
export function trafficTargets({
  traffic,
  clientTls,
}: Pick<IntegrationDefinition, 'traffic' | 'clientTls'>): SendToGroup | undefined {
  const name = traffic?.targets
  return name === undefined ? undefined : compileTargets({ clientTls }, [name], `the targets ${name}`)
}

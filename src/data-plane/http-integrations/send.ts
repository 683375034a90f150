import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { compileRouteSending, type CompiledSending } from '#data-plane/integrations/method-traffic.ts'
import {
  compileSendToBackend,
  trafficTargets,
  type SendToBackend,
} from '#data-plane/integrations/send-to-backend.ts'
import type { SendToGroup } from '#data-plane/integrations/vpc-link.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'

/**
 * The way to a route's backend, with policies around it where the route has some.
 * @param link where a VPC link leads; undefined: to the host of the request
 */
export function compileSend(definition: ApiIntegrationDefinition, link?: SendToGroup): SendToBackend {
  const group = link ?? trafficTargets(definition)
  return compileSendToBackend(definition.traffic, group, (settings) => sendingOf(definition, settings))
}

/** What policies need to know of a route's request. */
export function sendingOf(definition: ApiIntegrationDefinition, traffic: TrafficSettings): CompiledSending {
  const { snapshot, stage, route } = definition
  return compileRouteSending(`${snapshot.api.apiId}/${stage.stageName}/${route.routeKey}`, traffic)
}

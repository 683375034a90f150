import type { TokenRate } from '#base/counters.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { Step } from '#data-plane/plan.ts'
import { throttleRate } from '#data-plane/usage/throttle-rate.ts'
import { throttleBy } from './throttle.ts'

/**
 * The stage's throttle of the route, then the account's in its region. What a stage sets for all routes is a bucket for
 * each of them. Developer guide, "Throttling requests to your HTTP API".
 */
export function throttleRoute({
  snapshot,
  stage,
  route,
  limits,
}: Pick<HttpRouteDefinition, 'snapshot' | 'stage' | 'route' | 'limits'>): Step | undefined {
  const settings = { ...stage.defaultRouteSettings, ...stage.routeSettings[route.routeKey] }
  const ofRoute = throttleRate(settings.throttlingRateLimit, settings.throttlingBurstLimit)
  const buckets: (readonly [string, TokenRate])[] = []
  if (ofRoute !== undefined) {
    buckets.push([`stage ${snapshot.api.apiId}/${stage.stageName} ${route.routeKey}`, ofRoute])
  }
  return throttleBy(buckets, snapshot, limits)
}

import { integrationTimeout, streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { compileCacheKey, unkeyedPathParameters } from '#data-plane/stage-cache/cache-key.ts'
import { cacheClusterBytes, cacheSettings } from '#data-plane/stage-cache/cache-settings.ts'
import { CachedMethod } from '#data-plane/stage-cache/cached-method.ts'
import { compileMayInvalidate } from '#data-plane/stage-cache/invalidation.ts'
import { parameterNames } from '#languages/path-patterns/rest-router.ts'

/**
 * Answers from the stage's cache, after all that may refuse a request and before its integration. Developer guide,
 * "Cache settings for REST APIs".
 * @param around the steps of the integration
 */
export function stageCache(route: RouteDefinition, around: readonly Step[]): Step | undefined {
  const { stage, resource, method, limits, warn } = route
  const { integration } = method
  const settings = cacheSettings(stage, resource.path, method.httpMethod)
  if (integration === undefined || settings.size === 0) return undefined
  if (streamsAnswers(integration)) {
    warn('streamed answers are not cached', 'integration/responseTransferMode')
    return undefined
  }
  const clusterBytes = cacheClusterBytes(stage)
  if (clusterBytes === undefined) {
    route.warnOfApi(`cacheClusterSize ${stage.cacheClusterSize}: expected a number of GB: nothing is cached`)
    return undefined
  }
  const unkeyed = unkeyedPathParameters(parameterNames(resource.path), integration)
  if (unkeyed.length > 0) {
    warn(
      `{${unkeyed.join('}, {')}} of the path: no cache key parameter, so all values get the same cached answer`,
      'integration/cacheKeyParameters',
    )
  }
  const cached = new CachedMethod({
    stage: `${route.snapshot.api.id}/${stage.stageName}`,
    keyOf: compileCacheKey(route, integration),
    settings,
    clusterBytes,
    mayInvalidate: compileMayInvalidate(route),
    timeoutMs: integrationTimeout(integration, limits).timeoutMs,
    steps: around,
  })
  return (exchange) => cached.answer(exchange)
}

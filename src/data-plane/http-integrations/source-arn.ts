import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { DEFAULT_ROUTE } from '#languages/path-patterns/route-key.ts'

/**
 * Who calls, as a function's resource policy sees it: the route as it is defined, so that the permissions which AWS's
 * console writes let it in: `{api}/{any stage}/{any method}/pets`, `{api}/{any stage}/$default`.
 */
export function routeSourceArn(definition: HttpRouteDefinition): string {
  const { snapshot, stage, route, httpMethod, resourcePath } = definition
  const { region, account, api } = snapshot
  const place = route.routeKey === DEFAULT_ROUTE ? DEFAULT_ROUTE : `${httpMethod}${resourcePath}`
  return `arn:aws:execute-api:${region}:${account}:${api.apiId}/${stage.stageName}/${place}`
}

import { createHash } from 'node:crypto'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'

/** The authorizer that a route names, as it was deployed. @throws DefinitionError when it is not of the type */
export function routeAuthorizer(
  { route, snapshot }: HttpRouteDefinition,
  type: ApiAuthorizer['authorizerType'],
): ApiAuthorizer {
  const { authorizerId, authorizationType } = route
  const authorizer = snapshot.authorizers.find((each) => each.authorizerId === authorizerId)
  if (authorizer === undefined) {
    throw new DefinitionError(`there is no authorizer ${authorizerId ?? '(none named)'}`, 'authorizerId')
  }
  if (authorizer.authorizerType === type) return authorizer
  throw new DefinitionError(
    `authorizer ${authorizerId} is of type ${authorizer.authorizerType}, expected ${type} with authorization type ${authorizationType}`,
    'authorizerId',
  )
}

/** `{apiId}/{stage}`, whose answers are forgotten together. */
export function stageKeyOf({ snapshot, stage }: HttpRouteDefinition): string {
  return `${snapshot.api.apiId}/${stage.stageName}`
}

/** What an answer depends on beside the caller: a deployment and a change of the authorizer start anew. */
export function answerScope(
  { snapshot, stage }: HttpRouteDefinition,
  authorizer: ApiAuthorizer,
  ...more: readonly unknown[]
): string {
  const { account, region, api, deploymentId } = snapshot
  const parts = [account, region, api.apiId, stage.stageName, deploymentId, authorizer, ...more]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64').slice(0, 22)
}

import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { Authorizer } from '#model/rest-api.ts'

/** The authorizer that a method names, as it was deployed. @throws DefinitionError when it is none of `types` */
export function authorizerOf(
  { method, snapshot }: RouteDefinition,
  types: readonly Authorizer['type'][],
): Authorizer {
  const authorizer = snapshot.authorizers.find(({ id }) => id === method.authorizerId)
  if (authorizer === undefined) {
    throw new DefinitionError(
      `there is no authorizer ${method.authorizerId ?? '(none named)'}`,
      'authorizerId',
    )
  }
  if (types.includes(authorizer.type)) return authorizer
  throw new DefinitionError(
    `authorizer ${authorizer.id} is of type ${authorizer.type}, expected ${types.join(' or ')} with authorization type ${method.authorizationType}`,
    'authorizerId',
  )
}

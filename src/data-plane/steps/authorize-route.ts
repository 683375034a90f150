import { brokenAuthorizer } from '#data-plane/authorizers/broken-authorizer.ts'
import { jwtAuthorization } from '#data-plane/authorizers/jwt.ts'
import { requestAuthorization } from '#data-plane/authorizers/request.ts'
import { routeIamAuthorization } from '#data-plane/authorizers/route-iam.ts'
import type { CompiledHttpRoute } from '#data-plane/http-route-definition.ts'
import type { Step } from '#data-plane/plan.ts'

/**
 * The same for HTTP APIs as `authorize.ts` for REST APIs: what finds out who calls and whether that may be, by
 * authorization type. Routes that are open need none.
 */
const authorizations: Readonly<Record<string, (route: CompiledHttpRoute) => Step | undefined>> = {
  NONE: () => undefined,
  AWS_IAM: routeIamAuthorization,
  CUSTOM: requestAuthorization,
  JWT: jwtAuthorization,
}

export function authorizeRoute(definition: CompiledHttpRoute): Step | undefined {
  const { authorizationType } = definition.route
  const compile = Object.hasOwn(authorizations, authorizationType)
    ? authorizations[authorizationType]
    : undefined
  if (compile !== undefined) return compile(definition)
  return brokenAuthorizer(
    definition,
    `there is no authorization type ${authorizationType}: every request is refused`,
  )
}

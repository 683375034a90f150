import { iamAuthorization } from '#data-plane/authorizers/iam.ts'
import { lambdaAuthorization } from '#data-plane/authorizers/lambda.ts'
import { userPoolAuthorization } from '#data-plane/authorizers/user-pools.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { brokenAuthorizer } from '#data-plane/authorizers/broken-authorizer.ts'

/**
 * By authorization type: what finds out who calls and whether that may be. It leaves what it found in
 * `exchange.authorizer` and `exchange.identity`, and throws a GatewayError to refuse. Methods that are open need none.
 */
const authorizations: Readonly<Record<string, (route: RouteDefinition) => Step | undefined>> = {
  NONE: () => undefined,
  AWS_IAM: iamAuthorization,
  CUSTOM: lambdaAuthorization,
  COGNITO_USER_POOLS: userPoolAuthorization,
}

export function authorize(route: RouteDefinition): Step | undefined {
  const type = route.method.authorizationType
  const compile = Object.hasOwn(authorizations, type) ? authorizations[type] : undefined
  if (compile !== undefined) return compile(route)
  return brokenAuthorizer(route, `there is no authorization type ${type}: every request is refused`)
}

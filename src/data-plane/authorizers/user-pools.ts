import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'

/** Tokens are not verified yet. */
export function userPoolAuthorization(route: RouteDefinition): Step {
  return brokenAuthorizer(
    route,
    'COGNITO_USER_POOLS authorization is not supported yet: every request is refused',
  )
}

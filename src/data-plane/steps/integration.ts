import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Maps the method request to what the backend gets. Proxy integrations need no such step. */
export function integrationRequest({ compiledIntegration }: RouteDefinition): Step | undefined {
  return compiledIntegration.request
}

export function invokeIntegration({ compiledIntegration }: RouteDefinition): Step {
  return compiledIntegration.invoke
}

/** Maps what the backend answered to the method response. Proxy integrations need no such step. */
export function integrationResponse({ compiledIntegration }: RouteDefinition): Step | undefined {
  return compiledIntegration.response
}

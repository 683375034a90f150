import type { Step } from '#data-plane/plan.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'

/** What routes of every kind of API have. */
interface Integrated {
  readonly compiledIntegration: CompiledIntegration
}

/** Maps the method request to what the backend gets. Proxy integrations need no such step. */
export function integrationRequest({ compiledIntegration }: Integrated): Step | undefined {
  return compiledIntegration.request
}

export function invokeIntegration({ compiledIntegration }: Integrated): Step {
  return compiledIntegration.invoke
}

/** Maps what the backend answered to the method response. Proxy integrations need no such step. */
export function integrationResponse({ compiledIntegration }: Integrated): Step | undefined {
  return compiledIntegration.response
}

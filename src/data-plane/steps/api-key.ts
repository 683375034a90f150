import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** API keys cannot be created yet, so no key of a client is one of this API's usage plans. */
export function requireApiKey({ method, warn }: RouteDefinition): Step | undefined {
  if (!method.apiKeyRequired) return undefined
  warn('API keys and usage plans are not supported yet: every request is answered 403', 'apiKeyRequired')
  return () => {
    throw new GatewayError('INVALID_API_KEY')
  }
}

import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Keys and usage plans are not looked at yet, so no key that a client sends lets it in. */
export function requireApiKey({ method, warn }: RouteDefinition): Step | undefined {
  if (!method.apiKeyRequired) return undefined
  warn('API keys and usage plans are not enforced yet: every request is answered 403', 'apiKeyRequired')
  return () => {
    throw new GatewayError('INVALID_API_KEY')
  }
}

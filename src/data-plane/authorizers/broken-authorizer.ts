import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { MethodDefinition } from '#data-plane/route-definition.ts'

/** Tells the owner, and lets nobody in: 500 AUTHORIZER_CONFIGURATION_ERROR. @param where below the method or route */
export function brokenAuthorizer(
  { warn }: Pick<MethodDefinition, 'warn'>,
  reason: string,
  where: string = 'authorizationType',
): Step {
  warn(reason, where)
  return () => {
    throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', { reason })
  }
}

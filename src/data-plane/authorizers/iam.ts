import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Signatures are not verified yet: unsigned requests get AWS's answer, signed ones are never let through. */
export function iamAuthorization({ warn }: RouteDefinition): Step {
  warn('AWS_IAM authorization is not supported yet: every request is refused', 'authorizationType')
  return (exchange) => {
    const signed = exchange.request.headers.has('authorization') || exchange.query.has('X-Amz-Signature')
    if (!signed) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
    throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', {
      reason: 'AWS_IAM authorization is not supported by this version',
    })
  }
}

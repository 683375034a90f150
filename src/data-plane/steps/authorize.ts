import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** By authorization type; what is not here answers as a broken authorizer does. Methods that are open need no step. */
const authorizers: Readonly<Record<string, (route: RouteDefinition) => Step | undefined>> = {
  NONE: () => undefined,
  AWS_IAM: awsIam,
}

export function authorize(route: RouteDefinition): Step | undefined {
  const { authorizationType } = route.method
  return (authorizers[authorizationType] ?? unsupported)(route)
}

/** Signatures are not verified yet: unsigned requests get AWS's answer, signed ones are never let through. */
function awsIam({ warn }: RouteDefinition): Step {
  warn('AWS_IAM authorization is not supported yet: every request is refused', 'authorizationType')
  return (exchange) => {
    const signed = exchange.request.headers.has('authorization') || exchange.query.has('X-Amz-Signature')
    if (!signed) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
    throw notSupported('AWS_IAM')
  }
}

function unsupported({ method: { authorizationType }, warn }: RouteDefinition): Step {
  warn(
    `${authorizationType} authorization is not supported yet: every request is refused`,
    'authorizationType',
  )
  return () => {
    throw notSupported(authorizationType)
  }
}

function notSupported(type: string): GatewayError {
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', {
    reason: `${type} authorization is not supported by this version`,
  })
}

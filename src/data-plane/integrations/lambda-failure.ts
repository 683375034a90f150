import { GatewayError, integrationError } from '#data-plane/gateway-error.ts'
import { FunctionUnavailable, type FunctionUnavailableReason } from '#data-plane/ports.ts'

/** What the client gets when Lambda did not run the function; missing permission is the API owner's fault. */
const STATUSES: Readonly<Record<FunctionUnavailableReason, 500 | 502>> = {
  'access-denied': 500,
  'not-found': 502,
  throttled: 502,
  failed: 502,
}

/** The gateway's answer to a failed invocation. */
export function functionFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof FunctionUnavailable)
    return integrationError(STATUSES[error.reason], error.message, error)
  return integrationError(502, `the function could not be invoked: ${(error as Error).message}`, error)
}

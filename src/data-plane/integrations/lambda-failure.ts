import { GatewayError, integrationError } from '#data-plane/gateway-error.ts'
import { FunctionUnavailable, type FunctionUnavailableReason } from '#data-plane/ports.ts'

/** What the client gets when Lambda did not run the function; missing permission is the API owner's fault. */
const STATUSES: Readonly<Record<FunctionUnavailableReason, 500 | 502>> = {
  'access-denied': 500,
  'role-not-assumed': 500,
  'not-found': 502,
  throttled: 502,
  failed: 502,
}

/** How AWS's execution log begins to tell of what its owner can mend; what follows is more than AWS says. */
const SENTENCES: Readonly<Partial<Record<FunctionUnavailableReason, string>>> = {
  'access-denied': 'Invalid permissions on Lambda function',
  'role-not-assumed': 'API Gateway does not have permission to assume the provided role',
}

/** Why a function was not run, as the execution log has it. */
export function unavailableText({ reason, message }: FunctionUnavailable): string {
  const sentence = SENTENCES[reason]
  return sentence === undefined ? message : `${sentence}: ${message}`
}

/** The gateway's answer to a failed invocation. */
export function functionFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof FunctionUnavailable)
    return integrationError(STATUSES[error.reason], unavailableText(error), error)
  return integrationError(502, `the function could not be invoked: ${(error as Error).message}`, error)
}

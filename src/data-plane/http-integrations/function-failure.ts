import { GatewayError, integrationError } from '#data-plane/gateway-error.ts'
import { functionErrorMessage } from '#data-plane/integrations/function-error.ts'
import { FunctionUnavailable } from '#data-plane/ports.ts'

/** The gateway's answer to a function that failed, in the words of HTTP APIs' access logs (seen in logs of AWS). */
export function functionFailed(payload: Uint8Array): GatewayError {
  return integrationError(
    500,
    `The Lambda function returned the following error: ${functionErrorMessage(payload)}. ` +
      'Check your Lambda function code and try again.',
  )
}

/** The same of a function that could not be invoked; what else went wrong stays as it is. */
export function notInvoked(error: unknown): never {
  if (error instanceof GatewayError && error.cause instanceof FunctionUnavailable) {
    const { cause } = error
    if (cause.reason === 'access-denied') {
      throw integrationError(
        500,
        "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. " +
          'Check the permissions and try again.',
        cause,
      )
    }
  }
  throw error
}

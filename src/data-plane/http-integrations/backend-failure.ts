import { HttpError } from '#http/errors.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'

/** What is too large or not well-formed of the request is the client's; all else is 503. */
export function notAnswered(error: unknown): never {
  if (error instanceof GatewayError) throw error
  const ofClient = requestBodyError(error)
  if (ofClient !== undefined) throw ofClient
  const isTimeout = error instanceof HttpError && error.failure.endsWith('timeout')
  throw new GatewayError(isTimeout ? 'INTEGRATION_TIMEOUT' : 'INTEGRATION_FAILURE', {
    reason: `the endpoint gave no answer: ${String(error)}`,
    cause: error,
  })
}

import { GatewayError } from '#data-plane/gateway-error.ts'
import {
  FunctionUnavailable,
  type FunctionResult,
  type FunctionUnavailableReason,
} from '#data-plane/ports.ts'
import type { Outcome, Transport } from './call.ts'

const OUTCOMES: Readonly<Record<FunctionUnavailableReason, Exclude<Outcome, number>>> = {
  'not-found': 'ours',
  'access-denied': 'ours',
  'role-not-assumed': 'ours',
  // Lambda did not begin to run it.
  throttled: 'connect',
  failed: 'reset',
}

/** A function that failed itself is as a backend that answers this. */
const FUNCTION_ERROR_STATUS = 502

/** Lambda functions: answers come whole. */
export const functionTransport: Transport<FunctionResult> = {
  answered: ({ functionError }) => (functionError === undefined ? 200 : FUNCTION_ERROR_STATUS),
  failed: (error) => {
    if (error instanceof FunctionUnavailable) return OUTCOMES[error.reason]
    return error instanceof GatewayError && error.responseType === 'INTEGRATION_TIMEOUT' ? 'timeout' : 'ours'
  },
  timeout: (timeoutMs) =>
    new GatewayError('INTEGRATION_TIMEOUT', { reason: `no answer within ${timeoutMs} ms of an attempt` }),
  discard: () => {},
  whenOver: (answer, listener) => {
    listener()
    return answer
  },
}

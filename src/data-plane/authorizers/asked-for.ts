import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'
import { FunctionUnavailable, type FunctionUnavailableReason } from '#data-plane/ports.ts'

/** Asks an authorizer's function, and notes in the exchange how that went. */
export async function askedFor(
  exchange: Exchange,
  ask: () => Promise<AuthorizerAnswer>,
): Promise<AuthorizerAnswer> {
  const { clock } = exchange.services
  const startedMs = clock.steadyMs()
  const note = (
    status: number,
    integrationStatus: number | undefined,
    told: { readonly requestId?: string | undefined; readonly error?: string | undefined },
  ): void => {
    const latencyMs = clock.steadyMs() - startedMs
    exchange.authorizerCall = {
      latencyMs,
      integrationLatencyMs: latencyMs,
      status,
      integrationStatus,
      requestId: told.requestId,
      error: told.error,
    }
  }
  try {
    const answer = await ask()
    note(200, 200, answer)
    return answer
  } catch (error) {
    const { message, cause } = error as Error
    const status = error instanceof GatewayError ? error.status : 500
    note(status, cause instanceof FunctionUnavailable ? serviceStatus[cause.reason] : undefined, {
      error: message,
    })
    throw error
  }
}

/** What the Lambda service answers to such calls. */
const serviceStatus: Readonly<Record<FunctionUnavailableReason, number>> = {
  'not-found': 404,
  'access-denied': 403,
  'role-not-assumed': 403,
  throttled: 429,
  failed: 500,
}

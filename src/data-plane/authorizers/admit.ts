import { decideInvoke } from '#languages/policy/execute-api.ts'
import { CallContext } from '#data-plane/call-context.ts'
import type { AuthorizerCall } from '#data-plane/caller.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { statementName } from '#data-plane/explain/statement-name.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/**
 * Lets a request in whose method an authorizer's answer and the API's resource policy allow together.
 * @param resource the method's ARN
 * @throws GatewayError ACCESS_DENIED
 */
export function admit(exchange: Exchange, answer: AuthorizerAnswer, resource: string): void {
  const { decision, statement } = answer.evaluate({
    principal: NOBODY,
    action: 'execute-api:Invoke',
    resource,
    context: new CallContext(exchange),
  })
  const together = decideInvoke('lambda', decision, exchange.resourceDecision)
  exchange.explanation?.tell('policy', {
    ofAuthorizer: decision,
    statement: statement && statementName(statement),
    ofResource: exchange.resourceDecision,
    together,
  })
  if (together === 'allow') {
    exchange.authorizer = answer
    return
  }
  if (exchange.authorizerCall !== undefined) {
    exchange.authorizerCall = { ...exchange.authorizerCall, status: 403 }
  }
  const denied = together === 'explicit-deny'
  throw new GatewayError('ACCESS_DENIED', {
    message: `User is not authorized to access this resource${denied ? ' with an explicit deny' : ''}`,
    reason: denied ? 'the policy of the authorizer denies it' : 'the policy of the authorizer is silent',
  })
}

/** With an answer that was found, not asked for. */
export function admitKept(exchange: Exchange, answer: AuthorizerAnswer, resource: string): void {
  exchange.executionLog?.authorized(answer.principalId)
  exchange.authorizerCall = KEPT
  exchange.explanation?.tell('answer', 'kept from an earlier request')
  admit(exchange, answer, resource)
}

const NOBODY = {}

const KEPT: AuthorizerCall = {
  latencyMs: 0,
  integrationLatencyMs: 0,
  status: 200,
  integrationStatus: undefined,
  requestId: undefined,
  error: undefined,
}

import type { Evaluation } from '#languages/policy/compile.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { methodPlace } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { compileResourcePolicy } from '#data-plane/resource-policy.ts'
import { statementName } from '#data-plane/explain/statement-name.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/**
 * What an API's resource policy says of a caller of whom nothing is known yet: a method without authorization needs to be
 * allowed, of any other an explicit denial ends the request before its authorizer is asked; what it decided otherwise
 * is left for the authorizer to combine. Developer guide, "How API Gateway resource policies affect authorization
 * workflow".
 */
export function resourcePolicy(route: RouteDefinition): Step | undefined {
  if (AUTHORIZER_FIRST.has(route.method.authorizationType)) return undefined
  const policy = compileResourcePolicy(route)
  if (policy === undefined) return undefined
  const needsAllow = route.method.authorizationType === 'NONE'
  return (exchange) => {
    const evaluation = policy(exchange)
    const { decision, statement } = evaluation
    exchange.explanation?.tell('statement', statement && statementName(statement))
    exchange.resourceDecision = decision
    if (decision === 'allow' || (decision === 'implicit-deny' && !needsAllow)) return
    throw anonymousDenied(exchange, evaluation)
  }
}

/**
 * Who signs is known before the policy is asked, whose statements may name them; of whoever sends a token the same page
 * says so. Their authorizers ask it.
 */
const AUTHORIZER_FIRST: ReadonlySet<string> = new Set(['AWS_IAM', 'COGNITO_USER_POOLS'])

/** Callers are shown four digits of whose API it is. */
export function anonymousDenied(exchange: Exchange, { decision, statement }: Evaluation): GatewayError {
  const { account, region, apiId } = exchange.plan
  // A policy that cannot be read denies without a statement that says so.
  const denied = decision === 'explicit-deny' && statement !== undefined
  return new GatewayError('ACCESS_DENIED', {
    message:
      'User: anonymous is not authorized to perform: execute-api:Invoke on resource: ' +
      `arn:aws:execute-api:${region}:********${account.slice(-4)}:${apiId}/${methodPlace(exchange)}` +
      (denied ? ' with an explicit deny' : ''),
    reason: denied
      ? `statement ${statement.sid ?? statement.index} of the resource policy denies it`
      : 'no statement of the resource policy allows it',
  })
}

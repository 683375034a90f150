import { decideInvoke } from '#languages/policy/execute-api.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { apiArnOf, methodPlace } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { callContext } from '#data-plane/resource-policy.ts'
import { DefinitionError, type RouteDefinition } from '#data-plane/route-definition.ts'
import { authorizerOf } from './authorizer-of.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { compileLambdaAuthorizer, type LambdaAuthorizer } from './lambda-authorizer.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/** A function decides who may call: TOKEN and REQUEST authorizers. One that cannot work lets nobody in. */
export function lambdaAuthorization(route: RouteDefinition): Step {
  let authorizer: LambdaAuthorizer
  try {
    authorizer = compile(route)
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return brokenAuthorizer(route, error.message, error.where)
  }
  const apiArn = apiArnOf(route)
  return async (exchange) => {
    const methodArn = `${apiArn}/${methodPlace(exchange)}`
    const answer = await authorizer.ask(exchange, authorizer.identity.read(exchange), methodArn)
    admit(exchange, answer, methodArn)
  }
}

function compile(route: RouteDefinition): LambdaAuthorizer {
  const { snapshot, stageVariables, limits } = route
  return compileLambdaAuthorizer({
    authorizer: authorizerOf(route, ['TOKEN', 'REQUEST']),
    account: snapshot.account,
    region: snapshot.region,
    apiId: snapshot.api.id,
    stageVariables,
    timeoutMs: limits.integrationTimeoutMsMax,
  })
}

/** @throws GatewayError ACCESS_DENIED when the answer's policy and the API's do not allow the method together */
function admit(exchange: Exchange, answer: AuthorizerAnswer, resource: string): void {
  const { decision } = answer.evaluate({
    principal: {},
    action: 'execute-api:Invoke',
    resource,
    context: callContext(exchange),
  })
  const together = decideInvoke('lambda', decision, exchange.resourceDecision)
  if (together === 'allow') {
    exchange.authorizer = answer
    return
  }
  throw new GatewayError('ACCESS_DENIED', {
    message: `User is not authorized to access this resource${together === 'explicit-deny' ? ' with an explicit deny' : ''}`,
  })
}

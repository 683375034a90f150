import { GatewayError } from '#data-plane/gateway-error.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { routeArn, routedApiArnOf } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { compileAuthorizerFunction } from './authorizer-function.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { compileIdentityKeys } from './identity-keys.ts'
import { admitByAnswer, type AnswerSource } from './kept-answers.ts'
import { readRequestAnswer } from './request-answer.ts'
import { authorizerEvents } from './request-event.ts'
import { compileRouteIdentity } from './request-identity.ts'
import { answerScope, routeAuthorizer, stageKeyOf } from './route-authorizer.ts'

/**
 * A function decides who may call a route. Its answer decides about the route alone; one that is kept does so for every route
 * of the authorizer. An authorizer that cannot work lets nobody in. Developer guide, "Working with AWS Lambda authorizers for
 * HTTP APIs".
 */
export function requestAuthorization(route: HttpRouteDefinition): Step {
  try {
    return compile(route, routeAuthorizer(route, 'REQUEST'))
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return brokenAuthorizer(route, error.message, error.where)
  }
}

/** What AWS answers for a TTL that nobody set. */
const ttlSecondsDefault = 300

function compile(route: HttpRouteDefinition, authorizer: ApiAuthorizer): Step {
  const { snapshot, stageVariables, limits } = route
  const { authorizerPayloadFormatVersion: version = '1.0', enableSimpleResponses = false } = authorizer
  const sources = authorizer.identitySource
  const identityOf = compileRouteIdentity(sources)
  const event = authorizerEvents[version](route)
  const isSimple = version === '2.0' && enableSimpleResponses
  const apiArn = routedApiArnOf(snapshot)
  const called = compileAuthorizerFunction({
    authorizerUri: authorizer.authorizerUri,
    roleArn: authorizer.authorizerCredentialsArn,
    sourceArn: `${apiArn}/authorizers/${authorizer.authorizerId}`,
    account: snapshot.account,
    stageVariables,
    timeoutMs: limits.httpApiAuthorizerTimeoutMsMax,
  })
  // "To enable caching, your authorizer must have at least one identity source": without, all callers would be one.
  const ttlSeconds = sources.length === 0 ? 0 : (authorizer.authorizerResultTtlInSeconds ?? ttlSecondsDefault)
  const scope = answerScope(route, authorizer, called.functionArn)
  const answers: AnswerSource = {
    stage: stageKeyOf(route),
    scope,
    keys: compileIdentityKeys(sources, scope, (identity) => JSON.stringify(identity)),
    ttlMs: 1000 * ttlSeconds,
    read(exchange) {
      const identity = identityOf(exchange)
      if (identity === undefined) throw new GatewayError('UNAUTHORIZED')
      exchange.executionLog?.identified(sources, identity)
      return identity
    },
    arnOf: (exchange) => routeArn(apiArn, exchange),
    async ask(exchange, identity, arn, onCancel) {
      const { payload, requestId } = await called.ask(exchange, event(exchange, arn, identity), onCancel)
      return readRequestAnswer(payload, isSimple, requestId)
    },
  }
  return (exchange) => {
    exchange.executionLog?.authorizerStarted(authorizer.authorizerId, exchange.requestId)
    return admitByAnswer(exchange, answers)
  }
}

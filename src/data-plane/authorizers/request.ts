import type { AnswerKey } from '#base/answer-cache.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { routeArn, routedApiArnOf } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { admit, admitKept } from './admit.ts'
import { askedFor } from './asked-for.ts'
import { compileAuthorizerFunction } from './authorizer-function.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'
import { compileIdentityKeys } from './identity-keys.ts'
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
  const ttlMs = 1000 * ttlSeconds
  const stageKey = stageKeyOf(route)
  const scope = answerScope(route, authorizer, called.functionArn)
  const keys = compileIdentityKeys(sources, scope, (identity) => JSON.stringify(identity))

  /** @param key where the answer is kept; undefined: it is for this request alone */
  async function ask(
    exchange: Exchange,
    identity: readonly string[],
    key: AnswerKey | undefined,
  ): Promise<void> {
    const { services, request, executionLog } = exchange
    const arn = routeArn(apiArn, exchange)
    const calls = services.authorizerCalls
    const call = async (onCancel?: (listener: () => void) => void): Promise<AuthorizerAnswer> => {
      const { payload, requestId } = await called.ask(exchange, event(exchange, arn, identity), onCancel)
      return readRequestAnswer(payload, isSimple, requestId)
    }
    const answer = await askedFor(exchange, () => {
      // Others may wait for it: it is not this client's to cancel.
      if (key !== undefined && calls !== undefined) {
        return calls.shared(scope, { stage: stageKey, key, ttlMs }, services.clock, () => call())
      }
      const alone = (): Promise<AuthorizerAnswer> => call((listener) => request.onAbort(listener))
      return calls === undefined ? alone() : calls.alone(scope, alone)
    })
    executionLog?.authorized(answer.principalId)
    admit(exchange, answer, arn)
  }

  function read(exchange: Exchange): readonly string[] {
    const identity = identityOf(exchange)
    if (identity === undefined) throw new GatewayError('UNAUTHORIZED')
    return identity
  }

  return (exchange) => {
    const { executionLog, services, requestId } = exchange
    executionLog?.authorizerStarted(authorizer.authorizerId, requestId)
    const early = ttlMs === 0 ? undefined : keys.early(exchange)
    const identity = early === undefined ? read(exchange) : undefined
    if (identity !== undefined) executionLog?.identified(sources, identity)
    const askWith = (key: AnswerKey | undefined): Promise<void> =>
      ask(exchange, identity ?? read(exchange), key)
    if (ttlMs === 0) return askWith(undefined)
    const key = early ?? keys.of(identity ?? [])
    const enter = (found: AuthorizerAnswer): void => admitKept(exchange, found, routeArn(apiArn, exchange))
    const kept = services.ports.authorizerAnswers?.get(stageKey, key, services.clock.steadyMs())
    if (kept === undefined) return askWith(key)
    if (!(kept instanceof Promise)) return enter(kept)
    return kept.then(
      (found) => (found === undefined ? askWith(key) : enter(found)),
      // A cache that fails is as none.
      () => askWith(key),
    )
  }
}

import { createHash } from 'node:crypto'
import type { AnswerKey } from '#base/answer-cache.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { apiArnOf, methodArn } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError, type RouteDefinition } from '#data-plane/route-definition.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { admit, admitKept } from './admit.ts'
import { askedFor } from './asked-for.ts'
import { authorizerOf } from './authorizer-of.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { compileIdentityKeys } from './identity-keys.ts'
import { compileLambdaAuthorizer, type LambdaAuthorizer } from './lambda-authorizer.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/**
 * A function decides who may call: TOKEN and REQUEST authorizers. Its answer decides about the method together with the
 * API's resource policy; one that is kept does so for every method. An authorizer that cannot work lets nobody in.
 */
export function lambdaAuthorization(route: RouteDefinition): Step {
  try {
    return compile(route, authorizerOf(route, ['TOKEN', 'REQUEST']))
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return brokenAuthorizer(route, error.message, error.where)
  }
}

function compile(route: RouteDefinition, authorizer: Authorizer): Step {
  const { snapshot, stage, stageVariables, limits } = route
  const lambda = compileLambdaAuthorizer({
    authorizer,
    account: snapshot.account,
    region: snapshot.region,
    apiId: snapshot.api.id,
    stageVariables,
    timeoutMs: limits.integrationTimeoutMsMax,
  })
  const { ttlMs } = lambda
  const apiArn = apiArnOf(route)
  const scope = scopeOf(route, authorizer, lambda)
  const stageKey = `${snapshot.api.id}/${stage.stageName}`
  const sources = authorizer.type === 'TOKEN' ? undefined : lambda.identity.sources
  const keys = compileIdentityKeys(lambda.identity.sources, scope, keyText)

  /** @param key where the answer is kept; undefined: it is for this request alone */
  async function ask(
    exchange: Exchange,
    identity: readonly string[],
    key: AnswerKey | undefined,
  ): Promise<void> {
    const { services, request, executionLog } = exchange
    const arn = methodArn(apiArn, exchange)
    const calls = services.authorizerCalls
    const answer = await askedFor(exchange, (): Promise<AuthorizerAnswer> => {
      if (key !== undefined && calls !== undefined) {
        // Others may wait for it: it is not this client's to cancel.
        const place = { stage: stageKey, key, ttlMs }
        return calls.shared(scope, place, services.clock, () => lambda.ask(exchange, identity, arn))
      }
      const call = (): Promise<AuthorizerAnswer> =>
        lambda.ask(exchange, identity, arn, (listener) => request.onAbort(listener))
      return calls === undefined ? call() : calls.alone(scope, call)
    })
    executionLog?.authorized(answer.principalId)
    admit(exchange, answer, arn)
  }

  return (exchange) => {
    const { executionLog, services } = exchange
    executionLog?.authorizerStarted(authorizer.id, exchange.requestId)
    const early = ttlMs === 0 ? undefined : keys.early(exchange)
    const identity = early === undefined ? lambda.identity.read(exchange) : undefined
    if (identity !== undefined) executionLog?.identified(sources, identity)
    const askWith = (key: AnswerKey | undefined): Promise<void> =>
      ask(exchange, identity ?? lambda.identity.read(exchange), key)
    if (ttlMs === 0) return askWith(undefined)
    const key = early ?? keys.of(identity ?? [])
    const enter = (found: AuthorizerAnswer): void => admitKept(exchange, found, methodArn(apiArn, exchange))
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

/**
 * What an answer depends on beside the identity: a deployment, a change of the authorizer, and a function that a stage
 * variable names start anew.
 */
function scopeOf(
  { snapshot, stage }: RouteDefinition,
  authorizer: Authorizer,
  { functionArn }: LambdaAuthorizer,
): string {
  const { account, region, api, deploymentId } = snapshot
  const parts = [account, region, api.id, stage.stageName, deploymentId, functionArn, authorizer]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64').slice(0, 22)
}

/** Never the same for two identities of one authorizer, which all have as many values. */
function keyText(identity: readonly string[]): string {
  return identity.length === 1 ? (identity[0] as string) : JSON.stringify(identity)
}

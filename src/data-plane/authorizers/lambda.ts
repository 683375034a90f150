import { createHash } from 'node:crypto'
import { apiArnOf, methodArn } from '#data-plane/method-arn.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError, type RouteDefinition } from '#data-plane/route-definition.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { authorizerOf } from './authorizer-of.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { compileIdentityKeys } from './identity-keys.ts'
import { admitByAnswer, type AnswerSource } from './kept-answers.ts'
import { compileLambdaAuthorizer, type LambdaAuthorizer } from './lambda-authorizer.ts'

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
  const apiArn = apiArnOf(route)
  const scope = scopeOf(route, authorizer, lambda)
  const sources = authorizer.type === 'TOKEN' ? undefined : lambda.identity.sources
  const answers: AnswerSource = {
    stage: `${snapshot.api.id}/${stage.stageName}`,
    scope,
    keys: compileIdentityKeys(lambda.identity.sources, scope, keyText),
    ttlMs: lambda.ttlMs,
    read(exchange) {
      const identity = lambda.identity.read(exchange)
      exchange.executionLog?.identified(sources, identity)
      return identity
    },
    arnOf: (exchange) => methodArn(apiArn, exchange),
    ask: (exchange, identity, arn, onCancel) => lambda.ask(exchange, identity, arn, onCancel),
  }
  return (exchange) => {
    exchange.executionLog?.authorizerStarted(authorizer.id, exchange.requestId)
    return admitByAnswer(exchange, answers)
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

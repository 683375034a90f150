import { createHash } from 'node:crypto'
import type { Exchange } from '#data-plane/exchange.ts'
import { statementName } from '#data-plane/explain/statement-name.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import { compileResourcePolicy } from '#data-plane/resource-policy.ts'
import { DefinitionError, type RouteDefinition } from '#data-plane/route-definition.ts'
import { anonymousDenied } from '#data-plane/steps/resource-policy.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { authorizerOf } from './authorizer-of.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { throughKept, tokenKeys, type TokenPlace } from './kept-tokens.ts'
import { compileUserPoolAuthorizer } from './user-pool-authorizer.ts'

/**
 * A token of a user pool decides who may call. A method without scopes takes identity tokens, one with scopes access
 * tokens that have one of them; then the resource policy, where there is one, has to allow the request by itself. Developer
 * guide, "Control access to REST APIs using Amazon Cognito user pools as an authorizer" and "How API Gateway resource
 * policies affect authorization workflow".
 */
export function userPoolAuthorization(route: RouteDefinition): Step {
  try {
    return compile(route, authorizerOf(route, ['COGNITO_USER_POOLS']))
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return brokenAuthorizer(route, error.message, error.where)
  }
}

/** API reference, Authorizer, `authorizerResultTtlInSeconds`. */
const ttlSecondsDefault = 300

function compile(route: RouteDefinition, authorizer: Authorizer): Step {
  const { snapshot, stage, method } = route
  const pools = compileUserPoolAuthorizer(authorizer)
  const place: TokenPlace = {
    stage: `${snapshot.api.id}/${stage.stageName}`,
    keys: tokenKeys(pools.identity.sources, scopeOf(route, authorizer)),
    ttlMs: 1000 * (authorizer.authorizerResultTtlInSeconds ?? ttlSecondsDefault),
  }
  const scopes = new Set(method.authorizationScopes)
  const policy = compileResourcePolicy(route)

  function admit(exchange: Exchange, token: VerifiedToken): void {
    exchange.explanation?.tell('token', {
      use: token.use,
      audiences: token.audiences,
      scopes: token.scopes,
      neededScopes: [...scopes],
    })
    if (!isFor(token, scopes)) {
      const needed = scopes.size === 0 ? 'an identity token' : 'an access token with a scope of the method'
      throw new GatewayError('UNAUTHORIZED', { reason: `the token is right, and not ${needed}` })
    }
    exchange.executionLog?.tokenAccepted()
    if (policy !== undefined) {
      const evaluation = policy(exchange)
      const { decision, statement } = evaluation
      exchange.explanation?.tell('policy', { decision, statement: statement && statementName(statement) })
      if (decision !== 'allow') throw anonymousDenied(exchange, evaluation)
    }
    exchange.authorizer = token
  }

  function read(exchange: Exchange): string {
    const identity = pools.identity.read(exchange)
    exchange.executionLog?.identified(undefined, identity)
    return identity[0] ?? ''
  }

  return (exchange) => {
    exchange.executionLog?.authorizerStarted(authorizer.id, exchange.requestId)
    return throughKept(exchange, place, read, verify, admit)
  }

  function verify(exchange: Exchange, sent: string): VerifiedToken | Promise<VerifiedToken> {
    return pools.verify(sent, exchange.services.issuers, exchange.startedAtMs)
  }
}

/** Tokens that do not say what they are for are of issuers that stand in for a pool. */
function isFor({ use, scopes: given }: VerifiedToken, scopes: ReadonlySet<string>): boolean {
  if (scopes.size === 0) return use !== 'access'
  return use !== 'id' && given.some((scope) => scopes.has(scope))
}

/** A deployment, and a change of the authorizer, start anew. */
function scopeOf({ snapshot, stage }: RouteDefinition, authorizer: Authorizer): string {
  const { account, region, api, deploymentId } = snapshot
  const parts = [account, region, api.id, stage.stageName, deploymentId, authorizer]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64').slice(0, 22)
}

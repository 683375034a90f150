import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import type { TokenIssuer } from '#data-plane/tokens/token-issuers.ts'
import { verifyJwt, type JwtFault, type JwtRules } from '#data-plane/tokens/verify-jwt.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { brokenAuthorizer } from './broken-authorizer.ts'
import { issuerRefusal, jwtRefusal, noToken, scopeRefusal } from './jwt-refusal.ts'
import { throughKept, tokenKeys, type TokenPlace } from './kept-tokens.ts'
import { compileRouteIdentity } from './request-identity.ts'
import { answerScope, routeAuthorizer, stageKeyOf } from './route-authorizer.ts'

/**
 * A token of an OpenID Connect issuer decides who may call. Developer guide, "Controlling access to HTTP APIs with JWT
 * authorizers".
 */
export function jwtAuthorization(route: HttpRouteDefinition): Step {
  try {
    return compile(route, routeAuthorizer(route, 'JWT'))
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return brokenAuthorizer(route, error.message, error.where)
  }
}

/** So long a token is not verified again: a key that its issuer takes back is of no use after that. */
export const tokenTtlMs = 300_000
const IDENTITY_SOURCE = '$request.header.Authorization'

function compile(route: HttpRouteDefinition, authorizer: ApiAuthorizer): Step {
  const sources = authorizer.identitySource.length === 0 ? [IDENTITY_SOURCE] : authorizer.identitySource
  const identity = compileRouteIdentity(sources)
  const issuerUrl = issuerOf(authorizer)
  const { audience = [] } = authorizer.jwtConfiguration ?? {}
  if (audience.length === 0) {
    throw new DefinitionError('a JWT authorizer needs an audience', 'authorizer/jwtConfiguration/audience')
  }
  const scopes = new Set(route.route.authorizationScopes)
  const rules: JwtRules = { audiences: audience, scopes }
  const place: TokenPlace = {
    stage: stageKeyOf(route),
    keys: tokenKeys(sources, answerScope(route, authorizer, [...scopes].toSorted())),
    ttlMs: tokenTtlMs,
  }

  function admit(exchange: Exchange, token: VerifiedToken): void {
    const { explanation } = exchange
    explanation?.tell('token', {
      issuer: issuerUrl,
      audiences: token.audiences,
      scopes: token.scopes,
      neededScopes: [...scopes],
    })
    if (scopes.size > 0 && !token.scopes.some((scope) => scopes.has(scope))) throw scopeRefusal(scopes)
    exchange.authorizer = token
  }

  function read(exchange: Exchange): string {
    const sent = identity(exchange)?.[0]
    if (sent === undefined) throw noToken()
    return sent
  }

  const verified = (exchange: Exchange, sent: string): VerifiedToken | Promise<VerifiedToken> =>
    verify(exchange, bare(sent), issuerUrl, rules)
  return (exchange) => throughKept(exchange, place, read, verified, admit)
}

function issuerOf({ jwtConfiguration }: ApiAuthorizer): string {
  const { issuer = '' } = jwtConfiguration ?? {}
  const protocol = URL.canParse(issuer) ? new URL(issuer).protocol : undefined
  if (protocol === 'https:' || protocol === 'http:') return issuer
  throw new DefinitionError(
    `a JWT authorizer needs the https URL of an issuer, found ${JSON.stringify(issuer)}`,
    'authorizer/jwtConfiguration/issuer',
  )
}

function verify(
  exchange: Exchange,
  text: string,
  issuerUrl: string,
  rules: JwtRules,
): VerifiedToken | Promise<VerifiedToken> {
  const { services, startedAtMs, explanation } = exchange
  const { issuers } = services
  if (issuers === undefined) {
    throw new GatewayError('AUTHORIZER_FAILURE', { reason: 'there is nobody who knows the keys of issuers' })
  }
  const accepted = (verdict: VerifiedToken | JwtFault): VerifiedToken => {
    if (typeof verdict === 'string') throw jwtRefusal(verdict, text)
    return verdict
  }
  const failed = (error: Error): never => {
    explanation?.tell('issuer', error.message)
    throw issuerRefusal(error)
  }
  const judged = (issuer: TokenIssuer): VerifiedToken | Promise<VerifiedToken> => {
    const verdict = verifyJwt(text, issuer, rules, startedAtMs)
    return verdict instanceof Promise ? verdict.catch(failed).then(accepted) : accepted(verdict)
  }
  const issuer = issuers.findUrl(issuerUrl)
  return issuer instanceof Promise ? issuer.catch(failed).then(judged) : judged(issuer)
}

const BEARER = /^bearer +/i

function bare(sent: string): string {
  return sent.replace(BEARER, '')
}

import { GatewayError } from '#data-plane/gateway-error.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { KeysUnavailable } from '#data-plane/tokens/issuer-keys.ts'
import { poolOf } from '#data-plane/tokens/pool-arn.ts'
import type { TokenIssuer, TokenIssuers } from '#data-plane/tokens/token-issuers.ts'
import { verifyToken, type Verdict, type VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { compileRequestIdentity, compileTokenValidation, type RequestIdentity } from './request-identity.ts'

/** A user pool's authorizer, ready to be asked. */
export interface UserPoolAuthorizer {
  readonly identity: RequestIdentity
  /**
   * @param sent a token, or `Bearer` and one
   * @returns a promise only where the issuer has to be asked
   * @throws GatewayError UNAUTHORIZED; AUTHORIZER_FAILURE when the issuer's keys cannot be had
   */
  verify(
    sent: string,
    issuers: TokenIssuers | undefined,
    nowMs: number,
  ): VerifiedToken | Promise<VerifiedToken>
}

/** @throws DefinitionError */
export function compileUserPoolAuthorizer(authorizer: Authorizer): UserPoolAuthorizer {
  const { providerARNs = [], identitySource = 'method.request.header.Authorization' } = authorizer
  if (providerARNs.length === 0) {
    throw new DefinitionError('a COGNITO_USER_POOLS authorizer needs a user pool', 'providerARNs')
  }
  for (const arn of providerARNs) checkPool(arn)
  const isTaken = audienceTest(authorizer)
  const accepted = (verdict: Verdict): VerifiedToken => {
    if (verdict === 'expired') {
      throw new GatewayError('UNAUTHORIZED', { message: 'The incoming token has expired' })
    }
    if (verdict === 'invalid' || !isTaken(verdict)) throw new GatewayError('UNAUTHORIZED')
    return verdict
  }
  return {
    // The expression is about the token's audience, not about the token.
    identity: compileRequestIdentity(
      { ...authorizer, identitySource, identityValidationExpression: undefined },
      false,
    ),
    verify(sent, issuers, nowMs) {
      const text = bare(sent)
      const found = providerARNs.map((arn) => issuerOf(issuers, arn))
      const verdict = areKnown(found)
        ? verifyToken(text, found, nowMs)
        : Promise.all(found.map(async (one) => one)).then((all) => verifyToken(text, all, nowMs))
      return verdict instanceof Promise ? verdict.then(accepted).catch(told) : accepted(verdict)
    },
  }
}

function checkPool(arn: string): void {
  try {
    poolOf(arn)
  } catch (error) {
    throw new DefinitionError((error as Error).message, 'providerARNs')
  }
}

function issuerOf(issuers: TokenIssuers | undefined, arn: string): TokenIssuer | Promise<TokenIssuer> {
  if (issuers !== undefined) return issuers.find(arn)
  throw new GatewayError('AUTHORIZER_FAILURE', { reason: 'there is nobody who knows the keys of user pools' })
}

function areKnown(found: readonly (TokenIssuer | Promise<TokenIssuer>)[]): found is readonly TokenIssuer[] {
  return found.every((one) => !(one instanceof Promise))
}

/** API reference, Authorizer: `identityValidationExpression` is matched with the `aud` of a token of a user pool. */
function audienceTest(authorizer: Authorizer): (token: VerifiedToken) => boolean {
  const { identityValidationExpression: expression } = authorizer
  if (expression === undefined) return () => true
  const isValid = compileTokenValidation(expression)
  return ({ audiences }) => audiences.some(isValid)
}

const BEARER = /^bearer +/i

function bare(sent: string): string {
  return sent.replace(BEARER, '')
}

/** Whoever cannot be asked lets nobody in. */
function told(error: unknown): never {
  if (error instanceof GatewayError) throw error
  const { message } = error as Error
  throw new GatewayError('AUTHORIZER_FAILURE', {
    reason: error instanceof KeysUnavailable ? message : `the user pool cannot be found: ${message}`,
    cause: error,
  })
}

import type { Clock } from '#base/clock.ts'
import type { TokenVerifier } from '#companions/sts/token-verifier.ts'
import { KeysUnavailable } from '#data-plane/tokens/issuer-keys.ts'
import type { TokenIssuer, TokenIssuers } from '#data-plane/tokens/token-issuers.ts'
import { verifyToken } from '#data-plane/tokens/verify-token.ts'
import { readToken } from '#languages/jwt/token.ts'

const USER_POOL = /^https:\/\/cognito-idp\.([a-z\d-]+)\.amazonaws\.com\/([\w-]{1,55})$/

/** Verifies what companions are shown by the keys that authorizers know. @param account of user pools that are stood in for */
export function createTokenVerifier(issuers: TokenIssuers, account: string, clock: Clock): TokenVerifier {
  const issuerOf = (provider: string): TokenIssuer | Promise<TokenIssuer> => {
    const [, region, poolId] = USER_POOL.exec(provider) ?? []
    return region === undefined
      ? issuers.ofUrl(provider)
      : issuers.find(`arn:aws:cognito-idp:${region}:${account}:userpool/${poolId}`)
  }
  return {
    async verify(provider, text) {
      const token = readToken(text)
      if (token === undefined) return 'invalid'
      const issuer = await issuerOf(provider)
      if (token.claims['iss'] !== issuer.issuer) return 'foreign'
      try {
        const verdict = await verifyToken(text, [issuer], clock.now())
        return typeof verdict === 'string' ? verdict : { claims: token.claims, audiences: verdict.audiences }
      } catch (error) {
        if (error instanceof KeysUnavailable) return 'unavailable'
        throw error
      }
    },
  }
}

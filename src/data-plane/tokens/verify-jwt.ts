import { audiencesOf } from '#languages/jwt/audience.ts'
import { datesOf } from '#languages/jwt/dates.ts'
import { plainClaimTexts } from '#languages/jwt/plain-claims.ts'
import { scopesOf } from '#languages/jwt/scopes.ts'
import { readToken, type Token } from '#languages/jwt/token.ts'
import { authenticate } from './authenticate.ts'
import type { TokenIssuer } from './token-issuers.ts'
import type { VerifiedToken } from './verify-token.ts'

/** Why a JWT authorizer does not take a token. */
export type JwtFault =
  | 'unreadable'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'dates'

/** What a JWT authorizer asks of tokens. */
export interface JwtRules {
  /** One of them is to be the token's. */
  readonly audiences: readonly string[]
  /** Of the route: which of them the token has is shown to functions. */
  readonly scopes: ReadonlySet<string>
}

/** "Currently, only RSA-based algorithms are supported" (developer guide, "JWT authorizers"). */
const ALGORITHMS: ReadonlySet<string> = new Set(['RS256', 'RS384', 'RS512'])

/**
 * Verifies a token in the order of the same page, but for the issuer: a token of another one makes nobody fetch keys.
 * @returns a promise only where keys have to be fetched
 * @throws KeysUnavailable
 */
export function verifyJwt(
  text: string,
  issuer: TokenIssuer,
  rules: JwtRules,
  nowMs: number,
): VerifiedToken | JwtFault | Promise<VerifiedToken | JwtFault> {
  const token = readToken(text)
  if (token === undefined) return 'unreadable'
  if (!ALGORITHMS.has(token.algorithmName)) return 'algorithm'
  if (token.claims['iss'] !== issuer.issuer) return 'issuer'
  if (token.keyId === undefined) return 'key'
  return authenticate(token, issuer, (isAuthentic) => {
    if (isAuthentic === undefined) return 'key'
    return isAuthentic ? judge(token, issuer, rules, nowMs, text.length) : 'signature'
  })
}

/** What a token's characters take in memory as claims, and as texts of events. */
const BYTES_A_CHARACTER = 8

function judge(
  { claims }: Token,
  issuer: TokenIssuer,
  rules: JwtRules,
  nowMs: number,
  characters: number,
): VerifiedToken | JwtFault {
  const audiences = audiencesOf(claims)
  const taken = issuer.audiences ?? rules.audiences
  if (!audiences.some((audience) => taken.includes(audience))) return 'audience'
  const dates = datesOf(claims, nowMs)
  if (dates !== 'valid') return dates === 'expired' ? 'expired' : 'dates'
  const scopes = scopesOf(claims)
  const texts = plainClaimTexts(claims)
  return {
    claims: texts,
    shown: shownJwt(
      texts,
      rules.scopes.size === 0 ? null : scopes.filter((scope) => rules.scopes.has(scope)),
    ),
    use: undefined,
    scopes,
    audiences,
    expiresMs: 1000 * (claims['exp'] as number),
    bytes: BYTES_A_CHARACTER * characters,
  }
}

/** Developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs". @param scopes null: the route asks for none */
function shownJwt(
  claims: Readonly<Record<string, string>>,
  scopes: readonly string[] | null,
): VerifiedToken['shown'] {
  const members = JSON.stringify({ claims, scopes })
  return { '1.0': members, '2.0': `{"jwt":${members}}` }
}

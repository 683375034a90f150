import type { AuthorizerGrant } from '#data-plane/caller.ts'
import { audiencesOf } from '#languages/jwt/audience.ts'
import { claimTexts } from '#languages/jwt/claim-text.ts'
import { datesOf } from '#languages/jwt/dates.ts'
import { scopesOf } from '#languages/jwt/scopes.ts'
import { readToken, type Token } from '#languages/jwt/token.ts'
import { authenticate } from './authenticate.ts'
import type { TokenIssuer } from './token-issuers.ts'

/** A token whose signature, issuer, audience and dates are right. */
export interface VerifiedToken {
  /** As `$context.authorizer.claims` shows them. */
  readonly claims: Readonly<Record<string, string>>
  /** What a user pool made it for; undefined of an issuer that does not say. */
  readonly use: 'id' | 'access' | undefined
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly expiresMs: number
  /** As events of HTTP APIs show it. */
  readonly shown?: AuthorizerGrant['shown']
  /** About what it takes in memory. */
  readonly bytes: number
}

/** What a token's characters take in memory as claims. */
const BYTES_A_CHARACTER = 3

/**
 * Verifies a token. What it says of itself only chooses among what is configured: the issuer, and of its keys one that is
 * for the token's algorithm (RFC 8725).
 * @param issuers those whose tokens are taken
 * @returns why not, where it is not; a promise only where keys have to be fetched
 * @throws KeysUnavailable
 */
export function verifyToken(
  text: string,
  issuers: readonly TokenIssuer[],
  nowMs: number,
): Verdict | Promise<Verdict> {
  const token = readToken(text)
  if (token === undefined) return 'invalid'
  const issuer = issuers.find((one) => one.issuer === token.claims['iss'])
  if (issuer === undefined) return 'invalid'
  return authenticate(token, issuer, (isAuthentic) =>
    isAuthentic ? judge(token, issuer, nowMs, text.length) : 'invalid',
  )
}

export type Verdict = VerifiedToken | 'invalid' | 'expired'

function judge(
  { claims }: Token,
  { audiences: taken, isUserPool }: TokenIssuer,
  nowMs: number,
  characters: number,
): Verdict {
  const dates = datesOf(claims, nowMs)
  if (dates !== 'valid') return dates
  const audiences = audiencesOf(claims)
  if (taken !== undefined && !audiences.some((audience) => taken.includes(audience))) return 'invalid'
  const { token_use: use } = claims
  if (use !== 'id' && use !== 'access' && (isUserPool || use !== undefined)) return 'invalid'
  return {
    claims: claimTexts(claims),
    use,
    scopes: scopesOf(claims),
    audiences,
    expiresMs: 1000 * (claims['exp'] as number),
    bytes: BYTES_A_CHARACTER * characters,
  }
}

import { GatewayError } from '#data-plane/gateway-error.ts'
import { IssuerError } from '#data-plane/tokens/fetch-keys.ts'
import type { JwtFault } from '#data-plane/tokens/verify-jwt.ts'
import { whyUnreadable } from '#languages/jwt/unreadable.ts'

/**
 * What `www-authenticate` says of a token that is not taken. Audience: developer guide, "Troubleshooting issues with HTTP
 * API JWT authorizers". Segments, algorithm, discovery and keys were seen on AWS by its users; the rest is guessed.
 */
const descriptions: Readonly<Record<Exclude<JwtFault, 'unreadable' | 'algorithm'>, string>> = {
  key: 'unable to find a key for the token',
  signature: 'crypto/rsa: verification error',
  issuer: 'the token does not have a valid issuer',
  audience: 'the token does not have a valid audience',
  expired: 'the token has expired',
  dates: 'the token is not valid yet',
}

const issuerDescriptions: Readonly<Record<IssuerError['part'], string>> = {
  discovery: 'OIDC discovery endpoint communication error',
  keys: 'JWKS communication error',
}

/** Where no token was sent: 401, and `Bearer` alone. */
export function noToken(): GatewayError {
  return new GatewayError('UNAUTHORIZED', { headers: [CHALLENGE, 'Bearer'] })
}

/** 401. @param sent the token */
export function jwtRefusal(fault: JwtFault, sent: string): GatewayError {
  return invalidToken(
    fault === 'unreadable' || fault === 'algorithm' ? unreadable(sent) : descriptions[fault],
  )
}

/** 401: who cannot be asked lets nobody in. @param error why the issuer's keys cannot be had */
export function issuerRefusal(error: Error): GatewayError {
  const { cause = error } = error
  return invalidToken(issuerDescriptions[cause instanceof IssuerError ? cause.part : 'discovery'], error)
}

/** 403. @param scopes of the route */
export function scopeRefusal(scopes: ReadonlySet<string>): GatewayError {
  return refusal('ACCESS_DENIED', 'insufficient_scope', 'the token does not have a valid scope', scopes)
}

const CHALLENGE = 'www-authenticate'
const NO_SCOPES: ReadonlySet<string> = new Set()

function invalidToken(description: string, cause?: Error): GatewayError {
  return refusal('UNAUTHORIZED', 'invalid_token', description, NO_SCOPES, cause)
}

/** `$context.authorizer.error` is `{error}: {description}` (seen on AWS). */
function refusal(
  type: 'UNAUTHORIZED' | 'ACCESS_DENIED',
  error: string,
  description: string,
  scopes: ReadonlySet<string>,
  cause?: Error,
): GatewayError {
  const scope = [...scopes].join(' ').replace(NOT_QUOTED, '')
  return new GatewayError(type, {
    headers: [CHALLENGE, `Bearer scope="${scope}" error="${error}" error_description="${description}"`],
    reason: `${error}: ${description}`,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** What cannot stand between quotes as it is (RFC 6749 §3.3). */
const NOT_QUOTED = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g
/** What a header says of its algorithm is shown where it looks like one. */
const ALGORITHM_NAME = /^[A-Za-z0-9]{1,16}$/

function unreadable(sent: string): string {
  const why = whyUnreadable(sent)
  if (why.what === 'segments') return 'token contains an invalid number of segments'
  if (why.what === 'algorithm' && ALGORITHM_NAME.test(why.name) && !RSA.test(why.name)) {
    return `signing method ${why.name} is invalid`
  }
  return 'the token is malformed'
}

const RSA = /^RS(?:256|384|512)$/

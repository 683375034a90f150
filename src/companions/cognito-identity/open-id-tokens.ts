import { createPrivateKey, createPublicKey } from 'node:crypto'
import { algorithms } from '#languages/jwt/algorithms.ts'
import { audiencesOf } from '#languages/jwt/audience.ts'
import { datesOf } from '#languages/jwt/dates.ts'
import { signToken } from '#languages/jwt/sign.ts'
import { readToken } from '#languages/jwt/token.ts'
import { isTexts, principalTags } from '#companions/sts/provider-identities.ts'
import type { WebIdentity, WebIdentityFault } from '#companions/sts/web-identities.ts'
import type { IdentityPoolsContext, Pool } from './context.ts'
import { idKey, keyPlace, poolKind } from './records.ts'

/** As trust policies name identity pools, and the prefix of their condition keys. */
export const PROVIDER = 'cognito-identity.amazonaws.com'
export const ISSUER: string = `https://${PROVIDER}`
const ALGORITHM = 'RS512'

/** What a pool says of somebody. */
export interface PoolClaims {
  readonly identityId: string
  /** `authenticated` and by whom, or `unauthenticated`. */
  readonly amr: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** As an identity that STS takes, without the way over a token. */
export function webIdentityOf(pool: Pool, { identityId, amr, tags }: PoolClaims): WebIdentity {
  return {
    provider: PROVIDER,
    issuer: PROVIDER,
    subject: identityId,
    audience: pool.id,
    claims: { amr },
    tags,
  }
}

export function issueToken(
  { clock, sealer }: IdentityPoolsContext,
  { id, record }: Pool,
  { identityId, amr, tags }: PoolClaims,
  seconds: number,
): string {
  const iat = Math.floor(clock.now() / 1000)
  const values = Object.entries(tags).map(([tag, value]) => [tag, [value]])
  const claims = {
    sub: identityId,
    aud: id,
    amr,
    iss: ISSUER,
    ...(values.length === 0
      ? {}
      : { 'https://aws.amazon.com/tags': { principal_tags: Object.fromEntries(values) } }),
    exp: iat + seconds,
    iat,
  }
  const key = createPrivateKey(sealer.open(record.sealedKey, keyPlace(id)))
  return signToken(claims, { id: record.keyId, key }, ALGORITHM)
}

/** Whose a token of one of the pools is. */
export async function verifyOwnToken(
  { store, clock }: Pick<IdentityPoolsContext, 'store' | 'clock'>,
  text: string,
): Promise<WebIdentity | WebIdentityFault> {
  const token = readToken(text)
  const [poolId = ''] = audiencesOf(token?.claims ?? {})
  const record = poolId === '' ? undefined : (await store.read(poolKind, idKey(poolId)))?.value
  if (token === undefined || record === undefined || token.keyId !== record.keyId) return 'invalid'
  const { claims, algorithm, signed, signature } = token
  const key = createPublicKey({ key: record.publicJwk, format: 'jwk' })
  if (algorithm !== algorithms.get(ALGORITHM) || !algorithm.verify(signed, signature, key)) return 'invalid'
  const { iss, sub, amr } = claims
  if (iss !== ISSUER || typeof sub !== 'string' || !isTexts(amr)) return 'invalid'
  const dates = datesOf(claims, clock.now())
  if (dates !== 'valid') return dates
  return webIdentityOf({ id: poolId, record }, { identityId: sub, amr, tags: principalTags(claims) })
}

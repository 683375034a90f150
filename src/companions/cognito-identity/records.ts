import { createHash } from 'node:crypto'
import { kind, type Kind } from '#base/kind.ts'
import type { CreateIdentityPoolInput, RoleMapping } from '#aws/tables/cognito-identity.ts'
import type { Key, ParentKey } from '#store/store.ts'

/** What a pool was made or changed to, as it was said. */
export type PoolSettings = Omit<CreateIdentityPoolInput, 'IdentityPoolTags'>

/** Which claims of a provider's tokens become session tags: tag → claim. */
export interface PrincipalTagMap {
  readonly useDefaults: boolean
  readonly tags: Readonly<Record<string, string>>
}

export interface PoolRecord {
  readonly account: string
  readonly region: string
  readonly settings: PoolSettings
  readonly tags: Readonly<Record<string, string>>
  /** `authenticated`, `unauthenticated` → ARN. */
  readonly roles: Readonly<Record<string, string>>
  /** By provider: `cognito-idp.{region}.amazonaws.com/{pool}:{client}`, or a login's name. */
  readonly roleMappings: Readonly<Record<string, RoleMapping>>
  /** By the provider's name. */
  readonly principalTags: Readonly<Record<string, PrincipalTagMap>>
  /** Signs its tokens. */
  readonly keyId: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** PKCS #8, PEM. */
  readonly sealedKey: string
}

/** Who somebody is to a provider: `cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC` and a `sub`. */
export interface Login {
  readonly provider: string
  readonly subject: string
}

export interface IdentityRecord {
  readonly poolId: string
  readonly createdMs: number
  readonly modifiedMs: number
  /** None: a guest, or nobody any more. */
  readonly logins: readonly Login[]
  /** The last login was taken away: nobody can say that this is them (API reference, UnlinkIdentity). */
  readonly isClosed?: boolean | undefined
}

export const poolKind: Kind<PoolRecord> = kind('cognito-identity.pool')
export const identityKind: Kind<IdentityRecord> = kind('cognito-identity.identity')
/** Which pool an identity is of: clients name the identity alone. */
export const placeKind: Kind<{ readonly poolId: string }> = kind('cognito-identity.place')
/** Whose a login is. */
export const loginKind: Kind<{ readonly identityId: string }> = kind('cognito-identity.login')

/** Ids of pools and identities are unlike each other everywhere: clients know neither account nor region. */
export const everywhere: ParentKey = { account: '', region: '', parent: '' }

export const idKey = (id: string): Key => ({ ...everywhere, id })
export const ofPool = (poolId: string): ParentKey => ({ ...everywhere, parent: poolId })
export const inPool = (poolId: string, id: string): Key => ({ ...ofPool(poolId), id })

/** Providers and subjects are as long as their owners like. */
export function loginKey(poolId: string, { provider, subject }: Login): Key {
  return inPool(
    poolId,
    createHash('sha256')
      .update(JSON.stringify([provider, subject]))
      .digest('hex'),
  )
}

/** Where sealed things belong. */
export const keyPlace = (poolId: string): string => `signing key of ${poolId}`

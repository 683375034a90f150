import { kind, type Kind } from '#base/kind.ts'
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  PasswordPolicyType,
} from '#aws/tables/cognito-idp.ts'
import type { Key, ParentKey } from '#store/store.ts'

/** What a pool was made or changed to, as it was said. */
export type PoolSettings = Omit<CreateUserPoolRequest, 'PoolName'>

export interface PoolRecord {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly settings: PoolSettings
  readonly passwords: PasswordPolicyType
  /** Signs its tokens. */
  readonly keyId: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** PKCS #8, PEM. */
  readonly sealedKey: string
}

export type ClientSettings = Omit<
  CreateUserPoolClientRequest,
  'UserPoolId' | 'ClientName' | 'GenerateSecret' | 'ClientSecret'
>

export interface ClientRecord {
  readonly poolId: string
  readonly name: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly settings: ClientSettings
  readonly sealedSecret: string | undefined
}

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED'

export interface UserRecord {
  readonly username: string
  /** `sub` is among them. */
  readonly attributes: Readonly<Record<string, string>>
  readonly createdMs: number
  readonly modifiedMs: number
  readonly enabled: boolean
  readonly status: UserStatus
  readonly groups: readonly string[]
  /** Undefined: nobody can sign in by a password. */
  readonly password: PasswordRecord | undefined
  /** What was sent for the user to tell. */
  readonly code: CodeRecord | undefined
  /** `origin_jti` of each sign-in that goes on, the newest last. */
  readonly sessions: readonly string[]
}

/** What Secure Remote Password needs; the password itself is nowhere. */
export interface PasswordRecord {
  /** Hexadecimal. */
  readonly salt: string
  readonly sealedVerifier: string
  /** Of a temporary password. */
  readonly expiresMs: number | undefined
}

export interface CodeRecord {
  readonly purpose: 'sign-up' | 'password'
  readonly sealedCode: string
  readonly expiresMs: number
  readonly tries: number
}

export interface GroupRecord {
  readonly name: string
  readonly description: string | undefined
  readonly roleArn: string | undefined
  readonly precedence: number | undefined
  readonly createdMs: number
  readonly modifiedMs: number
}

export interface ResourceServerRecord {
  readonly name: string
  readonly scopes: readonly { readonly ScopeName: string; readonly ScopeDescription: string }[]
}

/** By its name, which is unlike any other everywhere. */
export interface DomainRecord {
  readonly poolId: string
  /** Undefined: a prefix of AWS's domain. */
  readonly certificateArn: string | undefined
  readonly managedLoginVersion: number
}

export const poolKind: Kind<PoolRecord> = kind<PoolRecord>('cognito-idp.pool')
export const clientKind: Kind<ClientRecord> = kind<ClientRecord>('cognito-idp.client')
export const userKind: Kind<UserRecord> = kind<UserRecord>('cognito-idp.user')
export const domainKind: Kind<DomainRecord> = kind<DomainRecord>('cognito-idp.domain')
export const groupKind: Kind<GroupRecord> = kind<GroupRecord>('cognito-idp.group')
export const resourceServerKind: Kind<ResourceServerRecord> = kind<ResourceServerRecord>(
  'cognito-idp.resource-server',
)

/** Ids of pools and clients are unlike each other everywhere: whoever signs in knows neither account nor region. */
export const everywhere: ParentKey = { account: '', region: '', parent: '' }

export const idKey = (id: string): Key => ({ ...everywhere, id })
export const ofPool = (poolId: string): ParentKey => ({ ...everywhere, parent: poolId })
export const inPool = (poolId: string, id: string): Key => ({ ...ofPool(poolId), id })

/** Where sealed things belong. */
export const keyPlace = (poolId: string): string => `signing key of ${poolId}`
export const secretPlace = (clientId: string): string => `secret of ${clientId}`
export const verifierPlace = (poolId: string, sub: string): string => `password of ${poolId} ${sub}`
export const codePlace = (poolId: string, sub: string): string => `code of ${poolId} ${sub}`

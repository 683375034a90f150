import { kind, type Kind } from '#base/kind.ts'
import type { Key, ParentKey } from '#store/store.ts'

export type Tags = Readonly<Record<string, string>>

/** What users, groups and roles have in common. IAM is global: its records are of no region. */
export interface Holder {
  readonly name: string
  /** `/` or `/staff/`. */
  readonly path: string
  /** `AIDA…`, `AGPA…`, `AROA…`. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly createdMs: number
  /** ARNs of managed policies, in the order of attaching. */
  readonly attached: readonly string[]
  /** Name → document, as put. */
  readonly inline: Readonly<Record<string, string>>
}

export interface UserRecord extends Holder {
  readonly tags: Tags
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined
  /** Names. */
  readonly groups: readonly string[]
  readonly accessKeyIds: readonly string[]
}

export type GroupRecord = Holder

export interface RoleRecord extends Holder {
  readonly tags: Tags
  readonly boundary?: string | undefined
  /** The trust policy, as put. */
  readonly trust: string
  readonly description?: string | undefined
  readonly maxSessionSeconds: number
}

export interface PolicyVersionRecord {
  /** `v1` */
  readonly id: string
  readonly document: string
  readonly createdMs: number
}

export interface PolicyRecord {
  readonly name: string
  readonly path: string
  /** `ANPA…` */
  readonly id: string
  readonly description?: string | undefined
  readonly createdMs: number
  readonly updatedMs: number
  readonly tags: Tags
  readonly defaultVersion: string
  /** Number of the version to come. */
  readonly nextVersion: number
  /** Oldest first. */
  readonly versions: readonly PolicyVersionRecord[]
}

/** By its id alone, which is all that a signed request names. */
export interface AccessKeyRecord {
  readonly account: string
  readonly userName: string
  readonly status: 'Active' | 'Inactive'
  readonly createdMs: number
  /** The secret, sealed: signatures cannot be verified with less than the secret itself. */
  readonly sealedSecret: string
}

/** An OpenID Connect provider, by its ARN. */
export interface OidcProviderRecord {
  readonly url: string
  readonly clientIds: readonly string[]
  /** Kept as given: TLS is verified by the machine's own authorities. */
  readonly thumbprints: readonly string[]
  readonly createdMs: number
  readonly tags: Tags
}

export const userKind: Kind<UserRecord> = kind('iam.user')
export const groupKind: Kind<GroupRecord> = kind('iam.group')
export const roleKind: Kind<RoleRecord> = kind('iam.role')
export const policyKind: Kind<PolicyRecord> = kind('iam.policy')
export const accessKeyKind: Kind<AccessKeyRecord> = kind('iam.access-key')
export const oidcProviderKind: Kind<OidcProviderRecord> = kind('iam.oidc-provider')

/** Every kind of record above has a name that begins so. */
export const iamKinds = 'iam.'

export function ownedBy(account: string): ParentKey {
  return { account, region: '', parent: '' }
}

/** Names are unique in an account whatever their case (IAM User Guide, "IAM identifiers"). */
export function nameKey(account: string, name: string): Key {
  return { ...ownedBy(account), id: name.toLowerCase() }
}

export function accessKeyKey(accessKeyId: string): Key {
  return { ...ownedBy(''), id: accessKeyId }
}

/** What the secret of a key is sealed for. */
export function secretPlace(accessKeyId: string): string {
  return `the secret of access key ${accessKeyId}`
}

export type Noun = 'user' | 'group' | 'role' | 'policy'

/** `arn:aws:iam::123456789012:user/staff/ann` */
export function arnOf(noun: Noun, account: string, { path, name }: { path: string; name: string }): string {
  return `arn:aws:iam::${account}:${noun}${path}${name}`
}

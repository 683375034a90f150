/** Who is behind an access key, and what it may do: plain data, which crosses from process to process. */
export interface Caller {
  readonly accessKeyId: string
  /** 12 digits. */
  readonly account: string
  /** Of the account's root, the user, or the session (`arn:aws:sts::…:assumed-role/Role/session`). */
  readonly arn: string
  /** The account, `AIDA…`, `AROA…:session`. */
  readonly userId: string
  /** `aws:PrincipalType` */
  readonly type: 'Account' | 'User' | 'AssumedRole'
  /** Of a user. */
  readonly userName?: string | undefined
  /** Of the role behind a session. */
  readonly roleArn?: string | undefined
  /** The identity provider behind a web identity's session. */
  readonly federated?: string | undefined
  /** Condition keys that tell of that web identity: `cognito-identity.amazonaws.com:sub`. */
  readonly federatedKeys?: Readonly<Record<string, string | readonly string[]>> | undefined
  readonly sourceIdentity?: string | undefined
  /** `aws:PrincipalTag/…` */
  readonly tags: Readonly<Record<string, string>>
  /** Of temporary credentials, epoch milliseconds. */
  readonly issuedMs?: number | undefined
  readonly expiresMs?: number | undefined
  readonly policies: CallerPolicies
}

/** Policy documents, as put. */
export interface CallerPolicies {
  readonly identity: readonly PolicyText[]
  readonly boundary?: string | undefined
  /** Of a session that was given some. */
  readonly session?: readonly string[] | undefined
}

export interface PolicyText {
  /** `user_ann_ReadPets`, `AdministratorAccess` */
  readonly id: string
  readonly source: 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed' | 'none'
  readonly document: string
}

/** A caller with what its signatures are verified with. */
export interface KnownKey {
  readonly secret: string
  readonly caller: Caller
}

/** `unknown`: also a key that is inactive, or a token that is not the key's. */
export type KeyLookup = KnownKey | 'unknown' | 'expired'

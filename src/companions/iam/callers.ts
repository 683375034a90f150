import type { Caller, KeyLookup, PolicyText } from '#base/caller.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { SealError, type Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import { policiesOfRole, policiesOfUser } from './effective-policies.ts'
import {
  accessKeyKey,
  accessKeyKind,
  arnOf,
  nameKey,
  ownedBy,
  roleKind,
  secretPlace,
  userKind,
} from './records.ts'
import type { Session, SessionTokens } from './session-tokens.ts'

export interface CallersOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Of access keys' secrets. */
  readonly sealer: Sealer
  readonly tokens: SessionTokens
  /** Keys of the configuration: their owner may do everything. */
  readonly rootKeys: ReadonlyMap<string, string>
  readonly rootAccount: string
}

/** Finds who is behind an access key, with the policies that hold now. */
export class Callers {
  readonly #options: CallersOptions

  constructor(options: CallersOptions) {
    this.#options = options
  }

  async find(accessKeyId: string, sessionToken: string | undefined): Promise<KeyLookup> {
    const { rootKeys, rootAccount } = this.#options
    if (sessionToken !== undefined) return this.#ofSession(accessKeyId, sessionToken)
    const secret = rootKeys.get(accessKeyId)
    if (secret !== undefined) return { secret, caller: rootCaller(rootAccount, accessKeyId) }
    return this.#ofUser(accessKeyId)
  }

  /** Somebody by name, as if with a key of its own. @param accessKeyId of that key */
  async ofPrincipal(
    account: string,
    noun: 'user' | 'role',
    name: string,
    accessKeyId: string,
  ): Promise<Caller | undefined> {
    if (noun === 'user') return this.#user(account, name, accessKeyId)
    const { store, clock } = this.#options
    const role = (await store.read(roleKind, nameKey(account, name)))?.value
    if (role === undefined) return undefined
    const issuedMs = clock.now()
    const of = { kind: 'role', name: role.name, id: role.id, sessionName: accessKeyId, tags: {} } as const
    const times = { issuedMs, expiresMs: issuedMs + 3_600_000 }
    return this.#session({ accessKeyId, account, secret: '', of, ...times })
  }

  /** Names of the users and roles of an account. */
  async names(account: string): Promise<readonly (readonly [noun: 'user' | 'role', name: string])[]> {
    const { store } = this.#options
    const users = await store.list(userKind, ownedBy(account))
    const roles = await store.list(roleKind, ownedBy(account))
    return [
      ...users.map(({ value }) => ['user', value.name] as const),
      ...roles.map(({ value }) => ['role', value.name] as const),
    ]
  }

  async #ofUser(accessKeyId: string): Promise<KeyLookup> {
    const { store } = this.#options
    const key = (await store.read(accessKeyKind, accessKeyKey(accessKeyId)))?.value
    if (key?.status !== 'Active') return 'unknown'
    const secret = this.#secretOf(accessKeyId, key.sealedSecret)
    const caller = await this.#user(key.account, key.userName, accessKeyId)
    return secret === undefined || caller === undefined ? 'unknown' : { secret, caller }
  }

  #secretOf(accessKeyId: string, sealed: string): string | undefined {
    const { sealer, log } = this.#options
    try {
      return sealer.open(sealed, secretPlace(accessKeyId))
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      log.error('an access key cannot be used: make another one', { reason: error.message })
      return undefined
    }
  }

  async #ofSession(accessKeyId: string, sessionToken: string): Promise<KeyLookup> {
    const { tokens, clock } = this.#options
    const session = tokens.open(sessionToken)
    if (session?.accessKeyId !== accessKeyId) return 'unknown'
    if (session.expiresMs <= clock.now()) return 'expired'
    const caller = await this.#session(session)
    return caller === undefined ? 'unknown' : { secret: session.secret, caller }
  }

  async #session(session: Session): Promise<Caller | undefined> {
    const { accessKeyId, account, of, issuedMs, expiresMs } = session
    const times = { issuedMs, expiresMs }
    if (of.kind === 'root') return { ...rootCaller(account, accessKeyId), ...times }
    if (of.kind === 'user') {
      const caller = await this.#user(account, of.name, accessKeyId)
      // Another user of the same name is another user.
      return caller?.userId === of.id ? { ...caller, ...times } : undefined
    }
    const { store } = this.#options
    const role = (await store.read(roleKind, nameKey(account, of.name)))?.value
    if (role?.id !== of.id) return undefined
    const { identity, boundary } = await policiesOfRole(store, account, role)
    return {
      accessKeyId,
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${of.sessionName}`,
      userId: `${role.id}:${of.sessionName}`,
      type: 'AssumedRole',
      roleArn: arnOf('role', account, role),
      federated: of.federated,
      federatedKeys: of.federatedKeys,
      sourceIdentity: of.sourceIdentity,
      // IAM User Guide, "Pass session tags in AWS STS": they take the place of the role's.
      tags: { ...role.tags, ...of.tags },
      ...times,
      policies: { identity, boundary, session: of.policies },
    }
  }

  async #user(account: string, name: string, accessKeyId: string): Promise<Caller | undefined> {
    const { store } = this.#options
    const user = (await store.read(userKind, nameKey(account, name)))?.value
    if (user === undefined) return undefined
    return {
      accessKeyId,
      account,
      arn: arnOf('user', account, user),
      userId: user.id,
      type: 'User',
      userName: user.name,
      tags: user.tags,
      policies: await policiesOfUser(store, account, user),
    }
  }
}

const EVERYTHING: PolicyText = {
  id: 'root',
  source: 'none',
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
}

/** The account itself: nobody has to allow it anything. */
export function rootCaller(account: string, accessKeyId: string): Caller {
  return {
    accessKeyId,
    account,
    arn: `arn:aws:iam::${account}:root`,
    userId: account,
    type: 'Account',
    tags: {},
    policies: { identity: [EVERYTHING] },
  }
}

import type { SteadyClock } from '#base/clock.ts'
import type { Call } from '#aws/call.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store, Transaction } from '#store/store.ts'
import type { AttemptLimit } from './attempt-limit.ts'
import { notFound, userNotFound } from './errors.ts'
import {
  clientKind,
  idKey,
  inPool,
  ofPool,
  poolKind,
  userKind,
  type ClientRecord,
  type PoolRecord,
  type UserRecord,
} from './records.ts'

/** What the operations of user pools work with. */
export interface PoolsContext {
  readonly store: Store
  readonly clock: SteadyClock
  /** Of signing keys, clients' secrets, verifiers of passwords, and of what clients keep for us: sessions, refresh tokens. */
  readonly sealer: Sealer
  readonly attempts: AttemptLimit
  /** Where the gateway is: issuers are below it. */
  readonly url: () => string
  /** Takes a code to its user; undefined where nothing can. */
  readonly deliver: ((to: CodeDelivery) => void) | undefined
}

export interface CodeDelivery {
  readonly pool: string
  readonly username: string
  readonly code: string
}

type Reader = Pick<Store | Transaction, 'read' | 'list'>

export interface Pool {
  readonly id: string
  readonly record: PoolRecord
}

export interface Client {
  readonly id: string
  readonly record: ClientRecord
}

/** @throws AwsError ResourceNotFoundException, also for a pool of somebody else */
export async function readPool(
  source: Reader,
  { account, region }: Pick<Call, 'account' | 'region'>,
  id: string,
): Promise<Pool> {
  const found = (await source.read(poolKind, idKey(id)))?.value
  if (found?.account !== account || found.region !== region) throw notFound(`User pool ${id} does not exist.`)
  return { id, record: found }
}

/** A client, and its pool. @throws AwsError ResourceNotFoundException */
export async function readClient(
  source: Reader,
  id: string,
): Promise<{ readonly client: Client; readonly pool: Pool }> {
  const client = (await source.read(clientKind, idKey(id)))?.value
  const pool = client && (await source.read(poolKind, idKey(client.poolId)))?.value
  if (client === undefined || pool === undefined) throw notFound(`User pool client ${id} does not exist.`)
  return { client: { id, record: client }, pool: { id: client.poolId, record: pool } }
}

/** How a name is kept: pools distinguish cases unless they were made not to. */
export function userId({ record: { settings } }: Pool, username: string): string {
  return settings.UsernameConfiguration?.CaseSensitive === false ? username.toLowerCase() : username
}

/** By name, or by an attribute with which the pool lets users sign in, or `sub`. */
export async function findUser(source: Reader, pool: Pool, name: string): Promise<UserRecord | undefined> {
  const found = await source.read(userKind, inPool(pool.id, userId(pool, name)))
  if (found !== undefined) return found.value
  const { UsernameAttributes = [], AliasAttributes = [] } = pool.record.settings
  if (UsernameAttributes.length + AliasAttributes.length === 0) return undefined
  const users = (await source.list(userKind, ofPool(pool.id))).map(({ value }) => value)
  return users.find(
    ({ attributes }) =>
      UsernameAttributes.some((attribute) => attributes[attribute] === name) ||
      // An alias counts once it is known to be the user's.
      AliasAttributes.some(
        (attribute) =>
          attributes[attribute] === name &&
          (attribute === 'preferred_username' || attributes[`${attribute}_verified`] === 'true'),
      ),
  )
}

/** @throws AwsError UserNotFoundException */
export async function readUser(source: Reader, pool: Pool, name: string): Promise<UserRecord> {
  const user = await findUser(source, pool, name)
  if (user === undefined) throw userNotFound()
  return user
}

/** @throws AwsError UserNotFoundException */
export async function changeUser(
  { store, clock }: PoolsContext,
  pool: Pool,
  name: string,
  change: (user: UserRecord, tx: Transaction) => Partial<UserRecord> | Promise<Partial<UserRecord>>,
): Promise<UserRecord> {
  return store.transact(async (tx) => {
    const before = await readUser(tx, pool, name)
    const after = { ...before, modifiedMs: clock.now(), ...(await change(before, tx)) }
    tx.write(userKind, inPool(pool.id, userId(pool, before.username)), after)
    return after
  })
}

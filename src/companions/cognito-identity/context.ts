import type { Call } from '#aws/call.ts'
import type { Credentials } from '#aws/tables/sts.ts'
import type { Clock } from '#base/clock.ts'
import type { TokenVerifier } from '#companions/sts/token-verifier.ts'
import type { WebIdentity } from '#companions/sts/web-identities.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store, Transaction } from '#store/store.ts'
import { identityNotFound, poolNotFound } from './errors.ts'
import {
  idKey,
  identityKind,
  inPool,
  placeKind,
  poolKind,
  type IdentityRecord,
  type PoolRecord,
} from './records.ts'

/** What the operations of identity pools work with. */
export interface IdentityPoolsContext {
  readonly store: Store
  readonly clock: Clock
  /** Of signing keys. */
  readonly sealer: Sealer
  /** Of tokens that users bring. */
  readonly verifier: TokenVerifier
  /**
   * Whether who signed in to a user pool still is: `serverSideTokenCheck`. Undefined for pools that are not of this house.
   * @param claims of a verified token
   */
  readonly isSignedIn: (
    userPoolId: string,
    claims: Readonly<Record<string, unknown>>,
  ) => Promise<boolean | undefined>
  /** Credentials of a role. @returns undefined when it does not trust the identity */
  readonly takeRole: (identity: WebIdentity, request: RoleRequest) => Promise<Credentials | undefined>
}

export interface RoleRequest {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly DurationSeconds: number
  readonly Policy?: string | undefined
}

export type Reader = Pick<Store | Transaction, 'read' | 'list'>

export interface Pool {
  readonly id: string
  readonly record: PoolRecord
}

export interface Identity {
  readonly id: string
  readonly record: IdentityRecord
}

/** For its owner. @throws AwsError ResourceNotFoundException, also for a pool of somebody else */
export async function readPool(
  source: Reader,
  { account, region }: Pick<Call, 'account' | 'region'>,
  id: string,
): Promise<Pool> {
  const pool = await findPool(source, id)
  if (pool.record.account !== account || pool.record.region !== region) throw poolNotFound(id)
  return pool
}

/** For clients, who are of no account. @throws AwsError ResourceNotFoundException */
export async function findPool(source: Reader, id: string): Promise<Pool> {
  const record = (await source.read(poolKind, idKey(id)))?.value
  if (record === undefined) throw poolNotFound(id)
  return { id, record }
}

/** An identity and its pool. @throws AwsError ResourceNotFoundException */
export async function findIdentity(
  source: Reader,
  id: string,
): Promise<{ readonly identity: Identity; readonly pool: Pool }> {
  const poolId = (await source.read(placeKind, idKey(id)))?.value.poolId
  const record = poolId && (await source.read(identityKind, inPool(poolId, id)))?.value
  if (!poolId || !record) throw identityNotFound(id)
  return { identity: { id, record }, pool: await findPool(source, poolId) }
}

/** For the pool's owner. @throws AwsError ResourceNotFoundException */
export async function readIdentity(
  source: Reader,
  { account, region }: Pick<Call, 'account' | 'region'>,
  id: string,
): Promise<{ readonly identity: Identity; readonly pool: Pool }> {
  const found = await findIdentity(source, id)
  const { record } = found.pool
  if (record.account !== account || record.region !== region) throw identityNotFound(id)
  return found
}

import { randomUUID } from 'node:crypto'
import type { Transaction } from '#store/store.ts'
import { findIdentity, type Identity, type IdentityPoolsContext, type Pool } from './context.ts'
import { conflict, limitExceeded, notAuthorized } from './errors.ts'
import { identitiesPerPoolMax } from './limits.ts'
import {
  idKey,
  identityKind,
  inPool,
  loginKey,
  loginKind,
  ofPool,
  placeKind,
  type IdentityRecord,
  type Login,
} from './records.ts'

/** Whose logins these are, in the order of logins; undefined of those that are nobody's. */
export async function ownersOf(
  source: Pick<Transaction, 'read'>,
  pool: Pool,
  logins: readonly Login[],
): Promise<readonly (string | undefined)[]> {
  const owners: (string | undefined)[] = []
  for (const login of logins) {
    owners.push((await source.read(loginKind, loginKey(pool.id, login)))?.value.identityId)
  }
  return owners
}

/**
 * The identity of somebody with these logins: the one that has them, which gets the others, too, or a new one.
 * @param logins none: of a new guest
 */
export async function identityFor(
  { clock }: Pick<IdentityPoolsContext, 'clock'>,
  tx: Transaction,
  pool: Pool,
  logins: readonly Login[],
): Promise<Identity> {
  const owners = new Set((await ownersOf(tx, pool, logins)).filter((one) => one !== undefined))
  if (owners.size > 1) throw conflict('Logins belong to different identities.')
  const [owner] = owners
  if (owner !== undefined) {
    const { identity } = await findIdentity(tx, owner)
    return link(tx, pool, identity, logins, clock.now())
  }
  if ((await tx.count(identityKind, ofPool(pool.id))) >= identitiesPerPoolMax) {
    throw limitExceeded(`Maximum number of identities of a pool reached: ${identitiesPerPoolMax}`)
  }
  const id = `${pool.record.region}:${randomUUID()}`
  const nowMs = clock.now()
  tx.create(placeKind, idKey(id), { poolId: pool.id })
  const record = { poolId: pool.id, createdMs: nowMs, modifiedMs: nowMs, logins: [] }
  tx.create(identityKind, inPool(pool.id, id), record)
  return link(tx, pool, { id, record }, logins, nowMs)
}

/**
 * Somebody with these logins who says which identity is theirs. A guest who signs in keeps the identity, unless the
 * login has one already: that is who they are then, and the guest is no more.
 * @param isProven by a token of the pool, whatever the logins
 * @throws AwsError NotAuthorizedException, ResourceConflictException
 */
export async function claimIdentity(
  context: Pick<IdentityPoolsContext, 'clock'>,
  tx: Transaction,
  pool: Pool,
  identity: Identity,
  logins: readonly Login[],
  isProven: boolean,
): Promise<Identity> {
  const owners = new Set((await ownersOf(tx, pool, logins)).filter((one) => one !== undefined))
  const own = isProven || isGuest(identity.record) || owners.has(identity.id)
  const others = [...owners].filter((owner) => owner !== identity.id)
  if (others.length === 0) {
    if (own) return link(tx, pool, identity, logins, context.clock.now())
    throw notAuthorized(
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    )
  }
  if (!isGuest(identity.record)) throw conflict('Logins belong to another identity.')
  const known = await identityFor(context, tx, pool, logins)
  removeIdentity(tx, pool, identity)
  return known
}

export const isGuest = ({ logins, isClosed }: IdentityRecord): boolean =>
  logins.length === 0 && isClosed !== true

export function link(
  tx: Transaction,
  pool: Pool,
  { id, record }: Identity,
  logins: readonly Login[],
  nowMs: number,
): Identity {
  const added = logins.filter((login) => !record.logins.some((one) => isSame(one, login)))
  if (added.length === 0) return { id, record }
  const after: IdentityRecord = {
    ...record,
    modifiedMs: nowMs,
    isClosed: undefined,
    logins: [...record.logins, ...added.map(({ provider, subject }) => ({ provider, subject }))],
  }
  tx.write(identityKind, inPool(pool.id, id), after)
  for (const login of added) tx.write(loginKind, loginKey(pool.id, login), { identityId: id })
  return { id, record: after }
}

export function unlink(
  tx: Transaction,
  pool: Pool,
  { id, record }: Identity,
  logins: readonly Login[],
  nowMs: number,
): void {
  const rest = record.logins.filter((one) => !logins.some((login) => isSame(one, login)))
  const isClosed = rest.length === 0 || undefined
  tx.write(identityKind, inPool(pool.id, id), { ...record, logins: rest, isClosed, modifiedMs: nowMs })
  for (const login of logins) tx.delete(loginKind, loginKey(pool.id, login))
}

export function removeIdentity(tx: Transaction, pool: Pool, { id, record }: Identity): void {
  for (const login of record.logins) tx.delete(loginKind, loginKey(pool.id, login))
  tx.delete(identityKind, inPool(pool.id, id))
  tx.delete(placeKind, idKey(id))
}

const isSame = (one: Login, other: Login): boolean =>
  one.provider === other.provider && one.subject === other.subject

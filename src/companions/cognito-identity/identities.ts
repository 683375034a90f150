import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations, IdentityDescription } from '#aws/tables/cognito-identity.ts'
import { pageOf } from '#companions/cognito-idp/paging.ts'
import {
  findIdentity,
  findPool,
  readIdentity,
  readPool,
  type Identity,
  type IdentityPoolsContext,
} from './context.ts'
import { notAuthorized } from './errors.ts'
import { identityKind, ofPool } from './records.ts'
import { identityFor, removeIdentity, unlink } from './resolve-identity.ts'
import { verifyLogins } from './verify-logins.ts'

/** Who there is in a pool. */
export function identityOperations(context: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  const { store, clock } = context
  return {
    async GetId({ IdentityPoolId, Logins }) {
      const pool = await findPool(store, IdentityPoolId)
      const { logins, own } = await verifyLogins(context, pool, Logins)
      if (own !== undefined) return { IdentityId: own.identityId }
      if (logins.length === 0 && !pool.record.settings.AllowUnauthenticatedIdentities) {
        throw notAuthorized('Unauthenticated access is not supported for this identity pool.')
      }
      const { id } = await store.transact((tx) => identityFor(context, tx, pool, logins))
      return { IdentityId: id }
    },

    async DescribeIdentity({ IdentityId }, call) {
      return shown((await readIdentity(store, call, IdentityId)).identity)
    },

    async ListIdentities({ IdentityPoolId, MaxResults, NextToken, HideDisabled }, call) {
      await readPool(store, call, IdentityPoolId)
      const all = (await store.list(identityKind, ofPool(IdentityPoolId))).filter(
        ({ value }) => HideDisabled !== true || value.isClosed !== true,
      )
      const { items, next } = pageOf(all, ({ id }) => id, NextToken, MaxResults)
      return {
        IdentityPoolId,
        Identities: items.map(({ id, value }) => shown({ id, record: value })),
        NextToken: next,
      }
    },

    async DeleteIdentities({ IdentityIdsToDelete }, call) {
      const unknown = await store.transact(async (tx) => {
        const missing: string[] = []
        for (const id of new Set(IdentityIdsToDelete)) {
          const found = await readIdentity(tx, call, id).catch(() => undefined)
          if (found === undefined) missing.push(id)
          else removeIdentity(tx, found.pool, found.identity)
        }
        return missing
      })
      return {
        UnprocessedIdentityIds: unknown.map((id) => ({ IdentityId: id, ErrorCode: 'AccessDenied' as const })),
      }
    },

    /** By whoever has a login of it: without any, nobody has it any more. */
    async UnlinkIdentity({ IdentityId, Logins, LoginsToRemove }) {
      const { pool } = await findIdentity(store, IdentityId)
      const { logins, own } = await verifyLogins(context, pool, Logins)
      await store.transact(async (tx) => {
        const { identity } = await findIdentity(tx, IdentityId)
        const has = identity.record.logins
        const isTheirs = logins.every((login) =>
          has.some(({ provider, subject }) => provider === login.provider && subject === login.subject),
        )
        if (!isTheirs || (logins.length === 0 && own?.identityId !== IdentityId)) {
          throw notAuthorized(`Access to Identity '${IdentityId}' is forbidden.`)
        }
        const removed = has.filter(({ provider }) => LoginsToRemove.includes(provider))
        unlink(tx, pool, identity, removed, clock.now())
      })
      return {}
    },
  }
}

function shown({ id, record: { createdMs, modifiedMs, logins } }: Identity): IdentityDescription {
  return {
    IdentityId: id,
    Logins: [...new Set(logins.map(({ provider }) => provider))],
    CreationDate: createdMs,
    LastModifiedDate: modifiedMs,
  }
}

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import type { Pool } from '#companions/cognito-identity/context.ts'
import {
  identityKind,
  loginKey,
  loginKind,
  ofPool,
  type Login,
  type PoolRecord,
} from '#companions/cognito-identity/records.ts'
import {
  claimIdentity,
  identityFor,
  isGuest,
  removeIdentity,
  unlink,
} from '#companions/cognito-identity/resolve-identity.ts'
import { openSqliteStore } from '#store/sqlite.ts'

// Whatever users do with their logins, in any order: a login is one identity's, and nobody becomes somebody else.

const LOGINS: readonly Login[] = ['a', 'b'].flatMap((provider) =>
  ['1', '2'].map((subject) => ({ provider, subject })),
)
const logins = fc.subarray([...LOGINS])
const which = fc.nat(5)
const step = fc.oneof(
  fc.record({ does: fc.constant('enter' as const), logins }),
  fc.record({ does: fc.constant('claim' as const), which, logins, isProven: fc.boolean() }),
  fc.record({ does: fc.constant('unlink' as const), which, logins }),
  fc.record({ does: fc.constant('remove' as const), which }),
)

test('each login is of one identity, and the index says of which', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const context = { clock: { now: () => 0 } }
  let runs = 0
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const pool: Pool = { id: `us-east-1:${runs++}`, record: { region: 'us-east-1' } as PoolRecord }
    const all = async () => store.list(identityKind, ofPool(pool.id))
    for (const one of steps) {
      const before = await all()
      const chosen = 'which' in one ? before[one.which % Math.max(1, before.length)] : undefined
      if (one.does !== 'enter' && chosen === undefined) continue
      const target = { id: chosen?.id ?? '', record: chosen?.value as (typeof before)[number]['value'] }
      try {
        const found = await store.transact(async (tx) => {
          if (one.does === 'enter') return identityFor(context, tx, pool, one.logins)
          if (one.does === 'claim') {
            return claimIdentity(context, tx, pool, target, one.logins, one.isProven)
          }
          if (one.does === 'remove') removeIdentity(tx, pool, target)
          else {
            const own = target.record.logins.filter(({ provider, subject }) =>
              one.logins.some((login) => login.provider === provider && login.subject === subject),
            )
            unlink(tx, pool, target, own, 0)
          }
          return undefined
        })
        // Who was somebody is that, or has proven to be whose the logins are.
        if (one.does === 'claim' && found?.id !== target.id) expect(isGuest(target.record)).toBe(true)
        if (found !== undefined && one.does !== 'unlink') {
          const given = 'logins' in one ? one.logins : []
          expect(found.record.logins).toEqual(expect.arrayContaining([...given]))
        }
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
      }
      const after = await all()
      const linked = after.flatMap(({ id, value }) => value.logins.map((login) => ({ id, login })))
      for (const { id, login } of linked) {
        const index = await store.read(loginKind, loginKey(pool.id, login))
        expect(index?.value.identityId).toBe(id)
      }
      expect(await store.list(loginKind, ofPool(pool.id))).toHaveLength(linked.length)
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), run), { numRuns: 150 })
  await store.close()
})

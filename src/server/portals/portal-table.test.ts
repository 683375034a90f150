import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import type { Portal, PortalSite } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { PortalTable } from './portal-table.ts'

const KEY = { account: '1', region: 'r', parent: '', id: 'portal' }
const SITE_KEY = { ...KEY, parent: KEY.id, id: 'published' }

test('a site that is read while it is published anew is not kept', async () => {
  const sqlite = openSqliteStore({ path: ':memory:', log: silentLog })
  const publish = (made: number): Promise<void> =>
    sqlite.transact(async (tx) => tx.write(records.portalSite, SITE_KEY, { made } as PortalSite))
  await publish(1)
  /** As a database does that is far away: an answer is what was there when it was asked. */
  let arrived = Promise.resolve()
  const store: Pick<Store, 'read' | 'scan' | 'watch'> = {
    scan: (kind) => sqlite.scan(kind),
    watch: (listener) => sqlite.watch(listener),
    async read(kind, key) {
      const found = await sqlite.read(kind, key)
      await arrived
      return found
    },
  }
  const table = await PortalTable.start(store as Store, silentLog)
  const known = { key: KEY, portal: {} as Portal }
  const made = async (): Promise<number | undefined> => (await table.site(known, 'published'))?.made

  const arrival = Promise.withResolvers<void>()
  arrived = arrival.promise
  const asked = made()
  await publish(2)
  arrival.resolve()
  expect(await asked).toBe(1)
  expect(await made()).toBe(2)
  table.stop()
  await sqlite.close()
})

import { beforeAll } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { openPostgresStore } from '#store/postgres/postgres.ts'
import type { Store } from '#store/store.ts'
import { newSchema, sharedPostgres, type PostgresServer } from '../support/services/postgres-server.ts'
import { storeContract } from './store.contract.ts'

let server: PostgresServer
// The first one may have to install it.
beforeAll(async () => {
  server = await sharedPostgres()
}, 600_000)

const schemas = new WeakMap<Store, string>()

async function openAt(schema: string): Promise<Store> {
  const store = await openPostgresStore({ url: server.url(schema), log: silentLog })
  schemas.set(store, schema)
  return store
}

storeContract({
  name: 'postgres',
  open: () => openAt(newSchema()),
  reopen: async (store) => {
    await store.close()
    return openAt(schemas.get(store) as string)
  },
})

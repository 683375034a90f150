import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { storeContract } from './store.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-contract-'))
afterAll(() => rmSync(folder, { recursive: true }))

const paths = new WeakMap<Store, string>()
let count = 0

function openAt(path: string): Store {
  const store = openSqliteStore({ path, log: silentLog })
  paths.set(store, path)
  return store
}

storeContract({ name: 'sqlite in memory', open: async () => openAt(':memory:') })

storeContract({
  name: 'sqlite on disk',
  open: async () => openAt(join(folder, String(count++))),
  reopen: async (store) => {
    await store.close()
    return openAt(paths.get(store) as string)
  },
})

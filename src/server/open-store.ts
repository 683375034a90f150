import type { Log } from '#base/log.ts'
import { openDataFolder } from '#store/data-folder.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import type { Config } from './config.ts'

/**
 * The database that was asked for, else SQLite in the data folder. That folder is one gateway's in either case: logs and
 * the code of functions are there.
 * @param started takes how to close it
 * @throws StoreUnavailable
 */
export async function openStore(
  { store: url, dataDir }: Pick<Config, 'store' | 'dataDir'>,
  started: (() => void | Promise<void>)[],
  log: Log,
): Promise<Store> {
  if (url !== undefined && dataDir !== ':memory:') {
    const folder = openDataFolder(dataDir, log)
    started.push(() => folder.release())
  }
  const store =
    url === undefined
      ? openSqliteStore({ path: dataDir, log })
      : // Loaded where it is used alone.
        await (await import('#store/postgres/postgres.ts')).openPostgresStore({ url, log })
  started.push(() => store.close())
  return store
}

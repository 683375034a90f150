import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'
import { BackendStore } from './backend-store.ts'
import { ChangeDelivery } from './change-delivery.ts'
import { openDataFolder, type DataFolder } from './data-folder.ts'
import { busyTimeoutMs } from './limits.ts'
import { SqliteBackend, type NumberedChange } from './sqlite-backend.ts'
import { asStoreError } from './sqlite-errors.ts'
import { migrate } from './sqlite-schema.ts'

export interface SqliteOptions {
  /** The data folder (made when missing), or `:memory:` for a store that ends with the process. */
  readonly path: string
  readonly log: Log
  /**
   * `full` (the default): a commit that was acknowledged survives a power cut. `normal`: it survives the end of
   * this process, however it ends; a power cut may take the last commits, each one whole.
   */
  readonly synchronous?: 'full' | 'normal' | undefined
}

const databaseName = 'gatehouse.db'
/** After a large blob the write-ahead log is cut back to this size. */
const logBytesKept = 16 * 1024 * 1024
/** What SQLite keeps of the file: pages of an import's keys come in no order. */
const cacheKibMax = 32 * 1024

/** @throws StoreUnavailable */
export function openSqliteStore({ path, log, synchronous = 'full' }: SqliteOptions): SqliteStore {
  const folder = path === ':memory:' ? undefined : openDataFolder(path, log)
  const file = folder === undefined ? ':memory:' : join(folder.path, databaseName)
  let db: Database | undefined
  try {
    folder?.makePrivate(databaseName)
    db = new Database(file)
    db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
    migrate(db, file)
    if (folder !== undefined) makeDurable(db, file, synchronous, log)
    return new SqliteStore(db, file, log, folder)
  } catch (error) {
    db?.close()
    folder?.release()
    throw asStoreError(error, file)
  }
}

function makeDurable(db: Database, file: string, synchronous: 'full' | 'normal', log: Log): void {
  const { journal_mode: mode } = db.query('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
  if (mode !== 'wal') log.warn('this file system has no write-ahead log: commits are slower', { file, mode })
  db.run(`PRAGMA synchronous = ${synchronous}`)
  // Without it, macOS answers before the disk has written.
  if (synchronous === 'full') db.run('PRAGMA fullfsync = ON')
  db.run(`PRAGMA journal_size_limit = ${logBytesKept}`)
  db.run(`PRAGMA cache_size = -${cacheKibMax}`)
}

/** The store in one SQLite database; see `openSqliteStore`. */
export class SqliteStore extends BackendStore {
  readonly #folder: DataFolder | undefined
  readonly #delivery: ChangeDelivery
  readonly #backend: SqliteBackend
  #closing: Promise<void> | undefined

  /** @param folder released on close */
  constructor(db: Database, file: string, log: Log, folder?: DataFolder) {
    const delivery = new ChangeDelivery(log)
    const backend = new SqliteBackend(db, file, (changes) => void delivery.publish(changes))
    super(backend, delivery)
    this.#folder = folder
    this.#delivery = delivery
    this.#backend = backend
  }

  /** Sequence number of the last commit that changed a record; 0 for a new store. Survives restarts. */
  get sequence(): number {
    return this.#backend.sequence
  }

  /**
   * The changes of all commits after `sequence`, in order; undefined when some of them are forgotten (only
   * `changesKeptMax` are kept), and everything must be read anew.
   */
  async changesSince(sequence: number): Promise<readonly NumberedChange[] | undefined> {
    return this.#backend.changesSince(sequence)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await this.#delivery.told()
    this.#backend.close()
    this.#folder?.release()
  }
}

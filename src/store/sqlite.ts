import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import type { Kind } from '#base/kind.ts'
import type { Log } from '#base/log.ts'
import { ChangeDelivery } from './change-delivery.ts'
import { openDataFolder, type DataFolder } from './data-folder.ts'
import { checkedPage, isStorableKey, isStorableParent } from './keys.ts'
import { busyTimeoutMs } from './limits.ts'
import { SqliteBackend, type NumberedChange } from './sqlite-backend.ts'
import { asStoreError } from './sqlite-errors.ts'
import { migrate } from './sqlite-schema.ts'
import type { ChangeListener, Key, Page, ParentKey, Store, Transaction, Versioned } from './store.ts'
import { Transactions } from './transactions.ts'

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
}

/** The store in one SQLite database; see `openSqliteStore`. */
export class SqliteStore implements Store {
  readonly #folder: DataFolder | undefined
  readonly #delivery: ChangeDelivery
  readonly #backend: SqliteBackend
  readonly #transactions: Transactions
  #closing: Promise<void> | undefined

  /** @param folder released on close */
  constructor(db: Database, file: string, log: Log, folder?: DataFolder) {
    const delivery = new ChangeDelivery(log)
    this.#folder = folder
    this.#delivery = delivery
    this.#backend = new SqliteBackend(db, file, (changes) => delivery.publish(changes))
    this.#transactions = new Transactions(this.#backend)
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

  async read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined> {
    if (!isStorableKey(key)) return undefined
    const { value: record } = await this.#backend.readRecord(kind.name, key)
    return record && versioned<T>(record)
  }

  async list<T>(kind: Kind<T>, parent: ParentKey, page: Page = {}): Promise<Versioned<T>[]> {
    const checked = checkedPage(page)
    if (!isStorableParent(parent)) return []
    const { value } = await this.#backend.listRecords(kind.name, parent, checked)
    return value.records.map((record) => versioned<T>(record))
  }

  async scan<T>(kind: Kind<T>): Promise<(Versioned<T> & { readonly key: Key })[]> {
    const rows = await this.#backend.scanRecords(kind.name)
    return rows.map((row) => {
      const { account, region, parent, id } = row
      return { ...versioned<T>(row), key: { account, region, parent, id } }
    })
  }

  async readBlob(sha256: string): Promise<Uint8Array | undefined> {
    return this.#backend.readBlob(sha256)
  }

  async transact<R>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    const result = await this.#transactions.run(work)
    await this.#delivery.told()
    return result
  }

  watch(listener: ChangeListener): () => void {
    return this.#delivery.watch(listener)
  }

  async clear(): Promise<void> {
    await this.#backend.clear()
    await this.#delivery.told()
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

function versioned<T>({ id, json, version }: { id: string; json: string; version: number }): Versioned<T> {
  return { id, value: JSON.parse(json) as T, version }
}

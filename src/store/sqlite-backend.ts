import type { Changes, Database, SQLQueryBindings, Statement } from 'bun:sqlite'
import { collectionName } from './keys.ts'
import { changesKeptMax } from './limits.ts'
import type {
  OptimisticBackend,
  ReadSet,
  Seen,
  StoredCollection,
  StoredRecord,
  Write,
} from './optimistic-transaction.ts'
import { asStoreError } from './sqlite-errors.ts'
import { emptyTables, sql } from './sqlite-statements.ts'
import { StoreConflict, StoreUnavailable, type Change, type Key, type Page, type ParentKey } from './store.ts'

/** A change with the sequence number of its commit. */
export interface NumberedChange extends Change {
  readonly sequence: number
}

type KeyRow = Key & { readonly version: number; readonly json: string }

/**
 * Reads and commits over one SQLite connection. SQLite runs on this thread, so a commit is one moment to everyone
 * else here; other processes may only read the file.
 */
export class SqliteBackend implements OptimisticBackend {
  readonly #db: Database
  readonly #file: string
  readonly #onCommit: (changes: readonly Change[]) => void
  readonly #prepared = new Map<string, Statement>()
  #closed = false
  #waiting: Waiting[] = []
  #sequence: number
  /** Number of the newest change. */
  #number: number

  /**
   * @param db migrated
   * @param file its name, for errors
   * @param onCommit called at once after each commit that changed a record
   */
  constructor(db: Database, file: string, onCommit: (changes: readonly Change[]) => void) {
    this.#db = db
    this.#file = file
    this.#onCommit = onCommit
    const last = this.#get<{ number: number; sequence: number }>(sql.lastChange)
    this.#sequence = last?.sequence ?? 0
    this.#number = last?.number ?? 0
  }

  /** Of the last commit that changed a record. */
  get sequence(): number {
    return this.#sequence
  }

  async readRecord(kind: string, key: Key): Promise<Seen<StoredRecord | undefined>> {
    return this.#guarded(() => ({
      value: this.#get<StoredRecord>(sql.readRecord, ...recordPlace(kind, key)),
      asOf: this.#sequence,
    }))
  }

  async listRecords(kind: string, parent: ParentKey, page: Page): Promise<Seen<StoredCollection>> {
    return this.#guarded(() => {
      const place = collectionPlace(kind, parent)
      const records = this.#all<StoredRecord>(sql.listRecords, ...place, page.after ?? '', page.limit ?? -1)
      return { value: { records, revision: this.#collectionRevision(kind, parent) }, asOf: this.#sequence }
    })
  }

  async countRecords(kind: string, parent: ParentKey): Promise<number> {
    return this.#guarded(() => {
      const row = this.#get<{ count: number }>(sql.countRecords, ...collectionPlace(kind, parent))
      return row?.count ?? 0
    })
  }

  async scanRecords(kind: string): Promise<readonly KeyRow[]> {
    return this.#guarded(() => this.#all<KeyRow>(sql.scanRecords, kind))
  }

  async readBlob(sha256: string): Promise<Uint8Array | undefined> {
    return this.#guarded(() => this.#get<{ bytes: Uint8Array }>(sql.readBlob, sha256)?.bytes)
  }

  async isCurrent(reads: ReadSet): Promise<Seen<boolean>> {
    return this.#guarded(() => ({ value: this.#stands(reads), asOf: this.#sequence }))
  }

  commit(reads: ReadSet, writes: readonly Write[]): Promise<boolean> {
    return this.#soon((commit) => {
      if (!this.#stands(reads)) return false
      for (const write of writes) this.#apply(write, commit)
      return true
    })
  }

  async clear(): Promise<void> {
    const key: Key = { account: '', region: '', parent: '', id: '' }
    await this.#soon((commit) => {
      for (const statement of emptyTables) this.#run(statement)
      commit.changes.set('', { kind: '*', key, operation: 'clear' })
      return true
    })
  }

  /** The changes of all commits after `sequence`; undefined when some of them are forgotten: read all anew. */
  async changesSince(sequence: number): Promise<readonly NumberedChange[] | undefined> {
    return this.#guarded(() => {
      const first = this.#get<{ number: number; sequence: number }>(sql.firstChange)
      // Of the oldest commit kept, a part may be forgotten.
      if (first !== undefined && first.number > 1 && sequence < first.sequence) return undefined
      return this.#all<KeyRow & Omit<NumberedChange, 'key'>>(sql.changesSince, sequence).map((row) => ({
        sequence: row.sequence,
        kind: row.kind,
        key: plainKey(row),
        operation: row.operation,
      }))
    })
  }

  close(): void {
    if (this.#closed) return
    this.#commitWaiting()
    this.#closed = true
    for (const statement of this.#prepared.values()) statement.finalize()
    this.#db.close()
  }

  /** Whether all that was read is as it was. */
  #stands(reads: ReadSet): boolean {
    for (const { kind, key, revision } of reads.records) {
      const found = this.#get<{ revision: number }>(sql.readRevision, ...recordPlace(kind, key))
      if (found?.revision !== revision) return false
    }
    for (const { kind, parent, revision } of reads.collections) {
      if (this.#collectionRevision(kind, parent) !== revision) return false
    }
    return true
  }

  #collectionRevision(kind: string, parent: ParentKey): number | undefined {
    return this.#get<{ revision: number }>(sql.readCollectionRevision, ...collectionPlace(kind, parent))
      ?.revision
  }

  /**
   * Runs `work` with all that comes in the same turn of the event loop, and makes it durable with one write to the disk:
   * that is what a commit costs, whether it holds one transaction or many.
   * @returns what `work` answers; what it answers with false, or throws from, leaves no trace
   */
  #soon(work: Waiting['work']): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.#commitWaiting())
    })
  }

  #commitWaiting(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    let outcomes: Outcome[]
    try {
      outcomes = this.#guarded(() => this.#committed(waiting))
    } catch (error) {
      for (const { reject } of waiting) reject(error)
      return
    }
    for (const [at, { resolve, reject }] of waiting.entries()) {
      const outcome = outcomes[at] as Outcome
      if ('error' in outcome) reject(outcome.error)
      else resolve(outcome.done)
    }
  }

  /** All of them in one database transaction, one after the other: each sees those before it. */
  #committed(waiting: readonly Waiting[]): Outcome[] {
    const outcomes: Outcome[] = []
    const commits: Commit[] = []
    let sequence = this.#sequence
    let number = this.#number
    this.#run(sql.begin)
    try {
      for (const { work } of waiting) {
        const commit: Commit = { sequence: sequence + 1, changes: new Map(), collections: new Map() }
        const outcome = this.#apart(() => work(commit))
        outcomes.push(outcome)
        if ('error' in outcome || !outcome.done || commit.changes.size === 0) continue
        this.#record(commit, number)
        sequence = commit.sequence
        number += commit.changes.size
        commits.push(commit)
      }
      if (number > this.#number) this.#run(sql.forgetChanges, number - changesKeptMax)
      this.#run(sql.commit)
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.#db.inTransaction) this.#run(sql.rollback)
      throw error
    }
    this.#sequence = sequence
    this.#number = number
    for (const { changes } of commits) this.#onCommit([...changes.values()])
    return outcomes
  }

  /** One transaction among others: what it does not finish is undone, and nothing else. */
  #apart(work: () => boolean): Outcome {
    this.#run(sql.savepoint)
    try {
      const done = work()
      if (!done) this.#run(sql.rollbackToSavepoint)
      this.#run(sql.release)
      return { done }
    } catch (error) {
      // After some errors SQLite has rolled back everything by itself.
      if (!this.#db.inTransaction) throw error
      this.#run(sql.rollbackToSavepoint)
      this.#run(sql.release)
      return { error: asStoreError(error, this.#file) }
    }
  }

  #apply(write: Write, commit: Commit): void {
    switch (write.operation) {
      case 'write':
      case 'create': {
        const { operation, kind, key, json } = write
        const statement = operation === 'write' ? sql.writeRecord : sql.createRecord
        const { changes } = this.#run(statement, ...recordPlace(kind, key), commit.sequence, json)
        if (changes === 0) {
          throw new StoreConflict('exists', `${kind} ${JSON.stringify(key.id)} exists already.`)
        }
        return note(commit, kind, key, 'write')
      }
      case 'delete': {
        const { kind, key } = write
        const { changes } = this.#run(sql.deleteRecord, ...recordPlace(kind, key))
        if (changes > 0) note(commit, kind, key, 'delete')
        return
      }
      case 'delete-all': {
        const { kind, parent } = write
        const place = collectionPlace(kind, parent)
        for (const { id } of this.#all<{ id: string }>(sql.listIds, ...place)) {
          note(commit, kind, { ...parent, id }, 'delete')
        }
        this.#run(sql.deleteRecords, ...place)
        return
      }
      case 'write-blob': {
        if (this.#run(sql.holdBlob, write.sha256).changes === 0) {
          this.#run(sql.writeBlob, write.sha256, write.bytes)
        }
        return
      }
      case 'delete-blob': {
        this.#run(sql.releaseBlob, write.sha256)
        this.#run(sql.deleteBlob, write.sha256)
      }
    }
  }

  /**
   * Writes down that the commit's collections have changed, and its changes.
   * @param last number of the change before
   */
  #record({ sequence, changes, collections }: Commit, last: number): void {
    for (const { kind, parent, isDeletedFrom } of collections.values()) {
      const place = collectionPlace(kind, parent)
      const isEmpty = isDeletedFrom && this.#get(sql.anyRecord, ...place) === undefined
      if (isEmpty) this.#run(sql.deleteCollection, ...place)
      else this.#run(sql.writeCollection, ...place, sequence)
    }
    let number = last
    const forgotten = last + changes.size - changesKeptMax
    for (const { kind, key, operation } of changes.values()) {
      if (++number > forgotten) {
        this.#run(sql.writeChange, number, sequence, ...recordPlace(kind, key), operation)
      }
    }
  }

  #guarded<R>(work: () => R): R {
    if (this.#closed) throw new StoreUnavailable(this.#file, `The store ${this.#file} is closed.`)
    try {
      return work()
    } catch (error) {
      throw asStoreError(error, this.#file)
    }
  }

  #get<Row>(text: string, ...values: SQLQueryBindings[]): Row | undefined {
    return (this.#statement(text).get(...values) as Row | null) ?? undefined
  }

  #all<Row>(text: string, ...values: SQLQueryBindings[]): Row[] {
    return this.#statement(text).all(...values) as Row[]
  }

  #run(text: string, ...values: SQLQueryBindings[]): Changes {
    return this.#statement(text).run(...values)
  }

  #statement(text: string): Statement {
    let statement = this.#prepared.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      this.#prepared.set(text, statement)
    }
    return statement
  }
}

/** A transaction that waits for its turn to be written. */
interface Waiting {
  /** @returns false when nothing is to be written */
  readonly work: (commit: Commit) => boolean
  readonly resolve: (done: boolean) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly done: boolean } | { readonly error: unknown }

interface ChangedCollection {
  readonly kind: string
  readonly parent: ParentKey
  isDeletedFrom: boolean
}

/** A commit in the making. */
interface Commit {
  readonly sequence: number
  /** The last change of each record, in the order of these. */
  readonly changes: Map<string, Change>
  /** The collections that they belong to. */
  readonly collections: Map<string, ChangedCollection>
}

function note(commit: Commit, kind: string, key: Key, operation: 'write' | 'delete'): void {
  const collection = collectionName(kind, key)
  const name = `${collection}\0${key.id}`
  commit.changes.delete(name)
  commit.changes.set(name, { kind, key: plainKey(key), operation })
  const known = commit.collections.get(collection)
  const isDeletedFrom = operation === 'delete'
  if (known === undefined) commit.collections.set(collection, { kind, parent: key, isDeletedFrom })
  else known.isDeletedFrom ||= isDeletedFrom
}

/** The key alone, of something that may hold more. */
function plainKey({ account, region, parent, id }: Key): Key {
  return { account, region, parent, id }
}

function collectionPlace(
  kind: string,
  { account, region, parent }: ParentKey,
): [string, string, string, string] {
  return [kind, account, region, parent]
}

function recordPlace(kind: string, key: Key): [string, string, string, string, string] {
  return [...collectionPlace(kind, key), key.id]
}

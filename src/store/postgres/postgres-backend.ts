import { randomBytes } from 'node:crypto'
import type {
  OptimisticBackend,
  ReadSet,
  Seen,
  StoredCollection,
  StoredRecord,
  Write,
} from '../optimistic-transaction.ts'
import type { Change, Key, Page, ParentKey } from '../store.ts'
import { StoreUnavailable } from '../store.ts'
import { offerBlob, readBlob } from './blobs.ts'
import type { ChangeFeed } from './change-feed.ts'
import {
  collectionId,
  CommitBatch,
  recordRowId,
  type BatchState,
  type CollectionState,
  type PendingCommit,
  type RecordState,
} from './commit-batch.ts'
import type { PostgresConnections } from './connections.ts'
import { isPassing } from './errors.ts'
import type { PostgresLimits } from './limits.ts'
import type { PostgresSession, Query, Value } from './session.ts'
import { sql } from './statements.ts'

export interface BackendOptions {
  readonly connections: PostgresConnections
  readonly feed: Pick<ChangeFeed, 'committed'>
  readonly limits: PostgresLimits
  readonly channel: string
  /** Of the store, for errors. */
  readonly name: string
}

interface Waiting extends PendingCommit {
  readonly length: number
  readonly resolve: (done: boolean) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly done: boolean } | { readonly error: unknown }

interface RecordRow {
  readonly as_of: string
  readonly id: string | null
  readonly version: number
  readonly revision: string
  readonly json: string
}

type Rows<Row> = readonly Row[]
type ScanRow = Key & { readonly version: number; readonly json: string }

/** Reads and commits over PostgreSQL. Transactions that wait while one is committed are committed together. */
export class PostgresBackend implements OptimisticBackend {
  readonly #options: BackendOptions
  #waiting: Waiting[] = []
  #committing: Promise<void> | undefined

  constructor(options: BackendOptions) {
    this.#options = options
  }

  async readRecord(kind: string, key: Key): Promise<Seen<StoredRecord | undefined>> {
    const rows = await this.#query<RecordRow>(sql.readRecord, collectionId(kind, key), key.id)
    const row = rows[0] as RecordRow
    return { value: row.id === null ? undefined : stored(row), asOf: Number(row.as_of) }
  }

  async listRecords(kind: string, parent: ParentKey, page: Page): Promise<Seen<StoredCollection>> {
    const values = [collectionId(kind, parent), page.after ?? '', page.limit ?? null]
    const rows = await this.#query<RecordRow & { collection_revision: string | null }>(
      sql.listRecords,
      ...values,
    )
    const revision = rows[0]?.collection_revision ?? null
    return {
      value: {
        records: rows.filter(({ id }) => id !== null).map(stored),
        revision: revision === null ? undefined : Number(revision),
      },
      asOf: Number(rows[0]?.as_of),
    }
  }

  async countRecords(kind: string, parent: ParentKey): Promise<number> {
    const [row] = await this.#query<{ records: number }>(sql.countRecords, collectionId(kind, parent))
    return row?.records ?? 0
  }

  async scanRecords(kind: string): Promise<Rows<ScanRow>> {
    const { connections, limits } = this.#options
    return connections.run((session) => session.query<ScanRow>(sql.scanRecords, [kind], limits.scanTimeoutMs))
  }

  readBlob(sha256: string): Promise<Uint8Array | undefined> {
    return readBlob(this.#options.connections, sha256, this.#options.limits)
  }

  async isCurrent({ records, collections }: ReadSet): Promise<Seen<boolean>> {
    const [row] = await this.#query<{ as_of: string; current: boolean }>(
      sql.current,
      JSON.stringify(
        [...records].map(({ kind, key, revision = null }) => ({
          collection: collectionId(kind, key),
          id: key.id,
          revision,
        })),
      ),
      JSON.stringify(
        [...collections].map(({ kind, parent, revision = null }) => ({
          id: collectionId(kind, parent),
          revision,
        })),
      ),
    )
    return { value: row?.current === true, asOf: Number(row?.as_of) }
  }

  async commit({ records, collections }: ReadSet, writes: readonly Write[]): Promise<boolean> {
    const length = writes.reduce((sum, write) => sum + ('json' in write ? write.json.length : 0), 0)
    await this.#offer(writes)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        records: [...records],
        collections: [...collections],
        writes,
        length,
        resolve,
        reject,
      })
      this.#committing ??= this.#commitWaiting().finally(() => (this.#committing = undefined))
    })
  }

  async clear(): Promise<void> {
    const change: Change = {
      kind: '*',
      key: { account: '', region: '', parent: '', id: '' },
      operation: 'clear',
    }
    await this.#settled(async (query, { sequence, number }, token, transaction) => {
      await query(sql.clear)
      const noted = [
        { number: number + 1, sequence: sequence + 1, kind: '*', ...change.key, operation: 'clear' },
      ]
      const values = ['[]', '[]', '[]', '[]', JSON.stringify(noted), token, '[]']
      await query(sql.write, ...values, sequence + 1, number + 1, transaction, this.#options.channel)
      return { commits: [{ sequence: sequence + 1, changes: [change] }], result: undefined }
    })
  }

  /** Resolves when nothing waits to be committed. */
  async idle(): Promise<void> {
    await this.#committing
  }

  #query<Row>(text: string, ...values: Value[]): Promise<Row[]> {
    const { connections, limits } = this.#options
    return connections.run((session) => session.query<Row>(text, values, limits.statementTimeoutMs))
  }

  /** Blobs go ahead of the commit that claims them, which everybody waits for. */
  async #offer(writes: readonly Write[]): Promise<void> {
    const blobs = writes.filter((write) => write.operation === 'write-blob')
    if (blobs.length === 0) return
    const { connections, limits } = this.#options
    const names = JSON.stringify(blobs.map(({ sha256 }) => sha256))
    const known = new Set(
      (await this.#query<{ sha256: string }>(sql.knownBlobs, names)).map(({ sha256 }) => sha256),
    )
    for (const { sha256, bytes } of blobs) {
      if (!known.has(sha256)) await offerBlob(connections, sha256, bytes, limits)
    }
  }

  async #commitWaiting(): Promise<void> {
    // What comes in the same turn goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        const outcomes = await this.#settled((...locked) => this.#commitBatch(batch, ...locked))
        for (const [at, { resolve, reject }] of batch.entries()) {
          const outcome = outcomes[at] as Outcome
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.done)
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
  }

  #takeBatch(): Waiting[] {
    const { batchLengthMax } = this.#options.limits
    let length = 0
    let taken = 0
    for (const waiting of this.#waiting) {
      length += waiting.length
      if (taken > 0 && length > batchLengthMax) break
      taken++
    }
    return this.#waiting.splice(0, taken)
  }

  async #commitBatch(
    batch: readonly Waiting[],
    query: Query,
    clock: Clock,
    token: string,
    transaction: string,
  ): Promise<Committed<Outcome[]>> {
    const state = await readState(query, batch, clock)
    for (const { writes } of batch) {
      for (const write of writes) {
        // Deleted by another gateway since it was found to be there.
        if (write.operation === 'write-blob' && !state.blobs.has(write.sha256)) throw new BlobGone(writes)
      }
    }
    const made = new CommitBatch(state)
    const result = batch.map((each): Outcome => {
      try {
        return { done: made.add(each) }
      } catch (error) {
        return { error }
      }
    })
    if (!made.isEmpty) {
      const { put, dropped, collected, emptied, noted, held } = made.rows()
      const rows = [put, dropped, collected, emptied, noted].map((each) => JSON.stringify(each))
      const { channel, limits } = this.#options
      await query(
        sql.write,
        ...rows,
        token,
        JSON.stringify(held),
        made.sequence,
        made.number,
        transaction,
        channel,
      )
      const every = limits.compactionCommits
      if (Math.floor(made.sequence / every) > Math.floor(clock.sequence / every)) {
        await query(sql.forgetChanges, made.number - limits.changesKeptMax)
        await query(sql.forgetBlobs, limits.blobUnclaimedMs)
      }
    }
    return { commits: made.commits, result }
  }

  /**
   * Runs `work` while nobody else commits, and commits what it did. When the connection is lost on the way, finds out
   * whether it was committed, and does it again if not: once and no more.
   */
  async #settled<R>(
    work: (query: Query, clock: Clock, token: string, transaction: string) => Promise<Committed<R>>,
  ): Promise<R> {
    const { connections, feed } = this.#options
    const token = randomBytes(9).toString('base64url')
    /** Of an attempt that may have been committed. */
    let doubtful: { readonly base: number; readonly made: Committed<R> } | undefined
    const attempt = (session: PostgresSession): Promise<{ base: number; made: Committed<R> }> =>
      session.exclusively(async (query) => {
        await query(sql.begin)
        try {
          const [row] = await query<{ sequence: string; number: string; transaction: string }>(sql.lock)
          if (row === undefined) throw new Error('the table `clock` has no row: restore the database')
          if (doubtful !== undefined) {
            // Whoever has the lock sees how the attempt before ended.
            const at = doubtful.made.commits.at(-1)?.sequence
            const [found] = at === undefined ? [] : await query<{ token: string }>(sql.tokenAt, at)
            if (found?.token === token) {
              await query(sql.rollback)
              return doubtful
            }
            doubtful = undefined
          }
          const clock = { sequence: Number(row.sequence), number: Number(row.number) }
          const made = await work(query, clock, token, row.transaction)
          const done = { base: clock.sequence, made }
          doubtful = done
          await query(sql.commit)
          return done
        } catch (error) {
          // The server has said no.
          if (!session.failed && !isPassing(error)) doubtful = undefined
          if (!session.failed) await query(sql.rollback).catch(() => session.fail())
          throw error
        }
      })
    for (;;) {
      try {
        const { base, made } = await connections.run(attempt)
        if (made.commits.length > 0) await feed.committed(base, made.commits, token)
        return made.result
      } catch (error) {
        if (error instanceof BlobGone) await this.#offer(error.writes)
        else if (doubtful === undefined || !(error instanceof StoreUnavailable)) throw error
        else throw this.#inDoubt(error)
      }
    }
  }

  #inDoubt(error: StoreUnavailable): StoreUnavailable {
    const message = `${error.message} The database went away during a commit: whether the last change was kept is seen when it is back.`
    return new StoreUnavailable(this.#options.name, message, error)
  }
}

interface Clock {
  readonly sequence: number
  readonly number: number
}

interface Committed<R> {
  readonly commits: CommitBatch['commits']
  readonly result: R
}

/** A blob that was there is no longer: it is to be sent again. */
class BlobGone extends Error {
  readonly writes: readonly Write[]
  constructor(writes: readonly Write[]) {
    super('a blob was deleted meanwhile')
    this.writes = writes
  }
}

/** All that a batch has read and writes to, as it is now. */
async function readState(query: Query, batch: readonly PendingCommit[], clock: Clock): Promise<BatchState> {
  const keys = new Map<string, { readonly collection: string; readonly id: string }>()
  const collections = new Set<string>()
  const emptied = new Set<string>()
  const blobs = new Set<string>()
  const touch = (kind: string, key: Key): string => {
    const collection = collectionId(kind, key)
    keys.set(recordRowId(collection, key.id), { collection, id: key.id })
    return collection
  }
  for (const { records, collections: listed, writes } of batch) {
    for (const { kind, key } of records) touch(kind, key)
    for (const { kind, parent } of listed) collections.add(collectionId(kind, parent))
    for (const write of writes) {
      if ('sha256' in write) blobs.add(write.sha256)
      else if ('key' in write) collections.add(touch(write.kind, write.key))
      else emptied.add(collectionId(write.kind, write.parent))
    }
  }
  const found = new Map<string, RecordState>()
  const rowsOf = async <Row>(text: string, asked: Iterable<unknown>): Promise<Row[]> => {
    const list = [...asked]
    return list.length === 0 ? [] : query<Row>(text, JSON.stringify(list))
  }
  for (const row of [
    ...(await rowsOf<RecordState>(sql.stateOfRecords, keys.values())),
    ...(await rowsOf<RecordState>(sql.contents, emptied)),
  ]) {
    found.set(recordRowId(row.collection, row.id), { ...row, revision: Number(row.revision) })
  }
  const places = new Map<string, CollectionState>()
  const rows = await rowsOf<CollectionState & { id: string }>(sql.stateOfCollections, [
    ...collections,
    ...emptied,
  ])
  for (const { id, revision, records } of rows) places.set(id, { revision: Number(revision), records })
  const holders = await rowsOf<{ sha256: string; holders: number }>(sql.knownBlobs, blobs)
  return {
    ...clock,
    records: found,
    collections: places,
    blobs: new Map(holders.map((row) => [row.sha256, row.holders])),
  }
}

function stored({ id, version, revision, json }: RecordRow): StoredRecord {
  return { id: id as string, version, revision: Number(revision), json }
}

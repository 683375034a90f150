import { createHash } from 'node:crypto'
import { compareCodePoints } from '#base/code-point-order.ts'
import { collectionName, recordName } from '../keys.ts'
import type { CollectionRead, RecordRead, Write } from '../optimistic-transaction.ts'
import { StoreConflict, type Change, type Key, type ParentKey } from '../store.ts'

/** A transaction that waits to be committed. */
export interface PendingCommit {
  readonly records: readonly RecordRead[]
  readonly collections: readonly CollectionRead[]
  readonly writes: readonly Write[]
}

/** What the database says of all that a batch has read and writes to, in one moment. */
export interface BatchState {
  readonly sequence: number
  /** Number of the newest change. */
  readonly number: number
  /** By `recordRowId`. */
  readonly records: ReadonlyMap<string, RecordState>
  /** By `collectionId`. */
  readonly collections: ReadonlyMap<string, CollectionState>
  readonly blobs: ReadonlyMap<string, number>
}

export interface RecordState {
  readonly collection: string
  readonly id: string
  readonly version: number
  readonly revision: number
}

export interface CollectionState {
  readonly revision: number
  readonly records: number
}

interface WrittenRecord extends RecordState {
  readonly json: string
}

interface WrittenCollection extends CollectionState {
  readonly kind: string
  readonly parent: ParentKey
}

/** One commit's changes. */
export interface NumberedCommit {
  readonly sequence: number
  readonly changes: readonly Change[]
}

/** One short text a collection: index entries have no room for the longest names. */
export function collectionId(kind: string, parent: ParentKey): string {
  return createHash('sha256').update(collectionName(kind, parent)).digest('base64url')
}

export function recordRowId(collection: string, id: string): string {
  return `${collection}\0${id}`
}

/**
 * Works out what several transactions, one after the other, make of a state: each sees those before it, and one that is
 * refused leaves no trace. What is left to do for the database is to write down the outcome.
 */
export class CommitBatch {
  readonly #state: BatchState
  readonly #records = new Map<string, WrittenRecord | undefined>()
  readonly #collections = new Map<string, WrittenCollection>()
  readonly #blobs = new Map<string, number>()
  readonly commits: NumberedCommit[] = []
  #sequence: number

  constructor(state: BatchState) {
    this.#state = state
    this.#sequence = state.sequence
  }

  /** @returns false when something that it read has changed @throws StoreConflict('exists') */
  add({ records, collections, writes }: PendingCommit): boolean {
    for (const { kind, key, revision } of records) {
      if (this.#record(recordRowId(collectionId(kind, key), key.id))?.revision !== revision) return false
    }
    for (const { kind, parent, revision } of collections) {
      if (this.#revision(collectionId(kind, parent)) !== revision) return false
    }
    const step = new Step(this.#sequence + 1, (name) => this.#record(name), this.#idsOf.bind(this))
    for (const write of writes) step.apply(write, (sha256) => this.#holders(sha256))
    for (const [name, record] of step.records) this.#records.set(name, record)
    for (const [sha256, holders] of step.blobs) this.#blobs.set(sha256, holders)
    if (step.changes.size === 0) return true
    this.#sequence++
    for (const [id, { kind, parent, added }] of step.collections) {
      const count = (this.#collections.get(id) ?? this.#state.collections.get(id))?.records ?? 0
      this.#collections.set(id, { kind, parent, revision: this.#sequence, records: count + added })
    }
    this.commits.push({ sequence: this.#sequence, changes: [...step.changes.values()] })
    return true
  }

  /** Whether there is something to write down. */
  get isEmpty(): boolean {
    return this.#records.size === 0 && this.#blobs.size === 0 && this.commits.length === 0
  }

  get sequence(): number {
    return this.#sequence
  }

  /** Number of the newest change after it. */
  get number(): number {
    return this.commits.reduce((sum, { changes }) => sum + changes.length, this.#state.number)
  }

  /** Rows by what is to be done with them, for `sql.write`. */
  rows(): BatchRows {
    const put: WrittenRecord[] = []
    const dropped: Pick<RecordState, 'collection' | 'id'>[] = []
    for (const [name, record] of this.#records) {
      const stored = this.#state.records.get(name)
      if (record !== undefined) put.push(record)
      else if (stored !== undefined) dropped.push({ collection: stored.collection, id: stored.id })
    }
    let number = this.#state.number
    return {
      put,
      dropped,
      collected: [...this.#collections]
        .filter(([, { records }]) => records > 0)
        .map(([id, { kind, parent, revision, records }]) => ({
          id,
          kind,
          account: parent.account,
          region: parent.region,
          parent: parent.parent,
          revision,
          records,
        })),
      emptied: [...this.#collections].filter(([, { records }]) => records === 0).map(([id]) => id),
      noted: this.commits.flatMap(({ sequence, changes }) =>
        changes.map(({ kind, key, operation }) => ({ number: ++number, sequence, kind, ...key, operation })),
      ),
      held: [...this.#blobs].map(([sha256, holders]) => ({ sha256, holders })),
    }
  }

  #record(name: string): RecordState | undefined {
    return this.#records.has(name) ? this.#records.get(name) : this.#state.records.get(name)
  }

  #revision(id: string): number | undefined {
    const written = this.#collections.get(id)
    if (written === undefined) return this.#state.collections.get(id)?.revision
    return written.records === 0 ? undefined : written.revision
  }

  #holders(sha256: string): number {
    return this.#blobs.get(sha256) ?? this.#state.blobs.get(sha256) ?? 0
  }

  /** Ids of a collection whose contents were asked for. */
  #idsOf(collection: string): string[] {
    const ids = new Set<string>()
    for (const record of [...this.#state.records.values(), ...this.#records.values()]) {
      if (record?.collection === collection) ids.add(record.id)
    }
    return [...ids]
  }
}

export interface BatchRows {
  readonly put: readonly WrittenRecord[]
  readonly dropped: readonly Pick<RecordState, 'collection' | 'id'>[]
  readonly collected: readonly object[]
  readonly emptied: readonly string[]
  readonly noted: readonly object[]
  readonly held: readonly object[]
}

/** One transaction of a batch. */
class Step {
  readonly records = new Map<string, WrittenRecord | undefined>()
  readonly blobs = new Map<string, number>()
  readonly collections = new Map<string, { kind: string; parent: ParentKey; added: number }>()
  /** The last change of each record, in the order of these. */
  readonly changes = new Map<string, Change>()
  readonly #sequence: number
  readonly #before: (name: string) => RecordState | undefined
  readonly #idsBefore: (collection: string) => string[]

  constructor(
    sequence: number,
    before: (name: string) => RecordState | undefined,
    idsBefore: (collection: string) => string[],
  ) {
    this.#sequence = sequence
    this.#before = before
    this.#idsBefore = idsBefore
  }

  apply(write: Write, holdersBefore: (sha256: string) => number): void {
    switch (write.operation) {
      case 'write':
      case 'create':
        return this.#put(write.kind, write.key, write.json, write.operation === 'create')
      case 'delete':
        return this.#drop(write.kind, write.key, collectionId(write.kind, write.key))
      case 'delete-all': {
        const { kind, parent } = write
        const collection = collectionId(kind, parent)
        const ids = new Set(this.#idsBefore(collection))
        for (const record of this.records.values()) if (record?.collection === collection) ids.add(record.id)
        for (const id of [...ids].sort(compareCodePoints)) this.#drop(kind, { ...parent, id }, collection)
        return
      }
      case 'write-blob':
      case 'delete-blob': {
        const { sha256, operation } = write
        const holders = this.blobs.get(sha256) ?? holdersBefore(sha256)
        this.blobs.set(sha256, operation === 'write-blob' ? holders + 1 : Math.max(holders - 1, 0))
      }
    }
  }

  #put(kind: string, key: Key, json: string, isNew: boolean): void {
    const collection = collectionId(kind, key)
    const before = this.#now(recordRowId(collection, key.id))
    if (isNew && before !== undefined) {
      throw new StoreConflict('exists', `${kind} ${JSON.stringify(key.id)} exists already.`)
    }
    this.records.set(recordRowId(collection, key.id), {
      collection,
      id: key.id,
      version: (before?.version ?? 0) + 1,
      revision: this.#sequence,
      json,
    })
    this.#note(kind, key, 'write', collection, before === undefined ? 1 : 0)
  }

  #drop(kind: string, key: Key, collection: string): void {
    const name = recordRowId(collection, key.id)
    if (this.#now(name) === undefined) return
    this.records.set(name, undefined)
    this.#note(kind, key, 'delete', collection, -1)
  }

  #now(name: string): RecordState | undefined {
    return this.records.has(name) ? this.records.get(name) : this.#before(name)
  }

  #note(kind: string, key: Key, operation: 'write' | 'delete', collection: string, added: number): void {
    const { account, region, parent, id } = key
    const name = recordName(kind, key)
    this.changes.delete(name)
    this.changes.set(name, { kind, key: { account, region, parent, id }, operation })
    const known = this.collections.get(collection)
    if (known === undefined) {
      this.collections.set(collection, { kind, parent: { account, region, parent }, added })
    } else known.added += added
  }
}

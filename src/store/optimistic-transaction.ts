import { createHash } from 'node:crypto'
import { compareCodePoints } from '#base/code-point-order.ts'
import type { Kind } from '#base/kind.ts'
import { checkKey, checkedPage, collectionName, isStorableKey, isStorableParent, recordName } from './keys.ts'
import { blobBytesMax, recordBytesMax } from './limits.ts'
import {
  StoreLimitExceeded,
  type Key,
  type Page,
  type ParentKey,
  type Transaction,
  type Versioned,
} from './store.ts'

/** A record as backends keep it. */
export interface StoredRecord {
  readonly id: string
  readonly json: string
  readonly version: number
  /** Sequence number of the commit that wrote it: never the same for two states of a record. */
  readonly revision: number
}

/** Something read, with the sequence number of the last commit that it can show. */
export interface Seen<T> {
  readonly value: T
  readonly asOf: number
}

export interface StoredCollection {
  readonly records: readonly StoredRecord[]
  /** Sequence number of the last commit that changed any of the collection's records; undefined: it has none. */
  readonly revision: number | undefined
}

export interface RecordRead {
  readonly kind: string
  readonly key: Key
  /** Undefined: there was no such record. */
  readonly revision: number | undefined
}

export interface CollectionRead {
  readonly kind: string
  readonly parent: ParentKey
  readonly revision: number | undefined
}

/** What a transaction has read; it still stands while all these revisions do. */
export interface ReadSet {
  readonly records: Iterable<RecordRead>
  readonly collections: Iterable<CollectionRead>
}

/** What a transaction does, to be done in order. */
export type Write =
  | {
      readonly operation: 'write' | 'create'
      readonly kind: string
      readonly key: Key
      readonly json: string
    }
  | { readonly operation: 'delete'; readonly kind: string; readonly key: Key }
  | { readonly operation: 'delete-all'; readonly kind: string; readonly parent: ParentKey }
  | { readonly operation: 'write-blob'; readonly sha256: string; readonly bytes: Uint8Array }
  | { readonly operation: 'delete-blob'; readonly sha256: string }

/** What optimistic transactions need of a database. */
export interface OptimisticBackend {
  readRecord(kind: string, key: Key): Promise<Seen<StoredRecord | undefined>>
  listRecords(kind: string, parent: ParentKey, page: Page): Promise<Seen<StoredCollection>>
  countRecords(kind: string, parent: ParentKey): Promise<number>
  /** Whether all that was read still stands, looked at in one moment. */
  isCurrent(reads: ReadSet): Promise<Seen<boolean>>
  /**
   * Does all writes durably in one commit if all that was read still stands, else nothing.
   * @returns whether it did
   * @throws StoreConflict('exists')
   */
  commit(reads: ReadSet, writes: readonly Write[]): Promise<boolean>
}

/** What the transaction has done to a record. */
interface PendingRecord {
  /** Undefined: deleted. */
  readonly json: string | undefined
  /** Writes since the stored version, or since the record was deleted here. */
  readonly writes: number
  /** Whether the stored version, if any, counts on. */
  readonly overStored: boolean
  /** Whether there is none, or the commit is refused. */
  readonly isCreated: boolean
}

interface PendingCollection {
  /** By deleteAll: nothing stored shows any more. */
  emptied: boolean
  readonly records: Map<string, PendingRecord>
}

/** Thrown out of `work` to run it again. */
class StaleView extends Error {}

/**
 * One run of a transaction over any backend: keeps its writes aside, shows them to its own reads, and remembers
 * what it read. Its view is consistent at every moment: when the store has moved on since the last read, all that
 * was read before is looked at again before the answer is given.
 */
export class OptimisticTransaction implements Transaction {
  readonly #backend: OptimisticBackend
  readonly #records = new Map<string, RecordRead>()
  readonly #collections = new Map<string, CollectionRead>()
  readonly #writes: Write[] = []
  readonly #pending = new Map<string, PendingCollection>()
  /** The commit that everything read so far stands at. */
  #asOf: number | undefined
  #stale = false
  #over = false

  constructor(backend: OptimisticBackend) {
    this.#backend = backend
  }

  /** Whether something read is known to have changed: only another run can succeed. */
  get stale(): boolean {
    return this.#stale
  }

  /** @returns false when something read has changed: nothing was written. */
  async commit(): Promise<boolean> {
    this.end()
    if (this.#stale) return false
    // Reads alone need no look at the end: they all stood at one moment.
    return this.#writes.length === 0 || this.#backend.commit(this.#readSet, this.#writes)
  }

  /** Refuses further use. */
  end(): void {
    this.#over = true
  }

  async read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined> {
    this.#checkOpen()
    if (!isStorableKey(key)) return undefined
    const collection = this.#pending.get(collectionName(kind.name, key))
    const pending = collection?.records.get(key.id)
    if (pending === undefined) {
      if (collection?.emptied === true) return undefined
      const stored = await this.#readStored(kind.name, key)
      return stored && parsed<T>(stored.id, stored.json, stored.version)
    }
    const { json, writes, overStored } = pending
    if (json === undefined) return undefined
    const stored = overStored ? await this.#readStored(kind.name, key) : undefined
    return parsed<T>(key.id, json, (stored?.version ?? 0) + writes)
  }

  async list<T>(kind: Kind<T>, parent: ParentKey, page: Page = {}): Promise<Versioned<T>[]> {
    this.#checkOpen()
    const { after, limit } = checkedPage(page)
    if (!isStorableParent(parent)) return []
    const pending = this.#pending.get(collectionName(kind.name, parent))
    // Records deleted here make room for as many stored ones past the page's end.
    const limitStored = limit === undefined ? undefined : limit + (pending?.records.size ?? 0)
    const versions = new Map<string, { json: string; version: number }>()
    if (pending?.emptied !== true) {
      for (const each of await this.#listStored(kind.name, parent, { after, limit: limitStored })) {
        versions.set(each.id, each)
      }
    }
    for (const [id, { json, writes, overStored }] of pending?.records ?? []) {
      if (after !== undefined && compareCodePoints(id, after) <= 0) continue
      const stored = overStored ? versions.get(id) : undefined
      if (json === undefined) versions.delete(id)
      else versions.set(id, { json, version: (stored?.version ?? 0) + writes })
    }
    const ids = [...versions.keys()]
    if (pending !== undefined) ids.sort(compareCodePoints)
    return ids.slice(0, limit).map((id) => {
      const { json, version } = versions.get(id) as { json: string; version: number }
      return parsed<T>(id, json, version)
    })
  }

  async count(kind: Kind<unknown>, parent: ParentKey): Promise<number> {
    this.#checkOpen()
    if (!isStorableParent(parent)) return 0
    const pending = this.#pending.get(collectionName(kind.name, parent))
    if (pending === undefined) return this.#backend.countRecords(kind.name, parent)
    let count = 0
    if (!pending.emptied) {
      // That others add or delete is a conflict from here on.
      await this.#listStored(kind.name, parent, { limit: 0 })
      count = await this.#backend.countRecords(kind.name, parent)
    }
    for (const [id, { json, isCreated }] of pending.records) {
      const isStored =
        !pending.emptied && !isCreated && (await this.#readStored(kind.name, { ...parent, id })) !== undefined
      count += Number(json !== undefined) - Number(isStored)
    }
    return count
  }

  write<T>(kind: Kind<T>, key: Key, value: T): void {
    this.#put('write', kind.name, key, value)
  }

  create<T>(kind: Kind<T>, key: Key, value: T): void {
    this.#put('create', kind.name, key, value)
  }

  delete(kind: Kind<unknown>, key: Key): void {
    this.#checkOpen()
    if (!isStorableKey(key)) return
    this.#writes.push({ operation: 'delete', kind: kind.name, key })
    const { records } = this.#pendingOf(kind.name, key)
    const isCreated = records.get(key.id)?.isCreated ?? false
    records.set(key.id, { json: undefined, writes: 0, overStored: false, isCreated })
  }

  deleteAll(kind: Kind<unknown>, parent: ParentKey): void {
    this.#checkOpen()
    if (!isStorableParent(parent)) return
    this.#writes.push({ operation: 'delete-all', kind: kind.name, parent })
    const collection = this.#pendingOf(kind.name, parent)
    collection.emptied = true
    collection.records.clear()
  }

  writeBlob(sha256: string, bytes: Uint8Array): void {
    this.#checkOpen()
    if (bytes.byteLength > blobBytesMax) {
      throw new StoreLimitExceeded(
        'blobBytesMax',
        `A blob of ${bytes.byteLength} bytes is too large: a store keeps blobs of up to ${blobBytesMax} bytes.`,
      )
    }
    const found = createHash('sha256').update(bytes).digest('hex')
    if (found !== sha256)
      throw new TypeError(`The blob's SHA-256 is ${found}, not ${JSON.stringify(sha256)}.`)
    this.#writes.push({ operation: 'write-blob', sha256, bytes })
  }

  deleteBlob(sha256: string): void {
    this.#checkOpen()
    this.#writes.push({ operation: 'delete-blob', sha256 })
  }

  #put(operation: 'write' | 'create', kind: string, key: Key, value: unknown): void {
    this.#checkOpen()
    checkKey(key)
    const json = storedJson(kind, key, value)
    this.#writes.push({ operation, kind, key, json })
    const collection = this.#pendingOf(kind, key)
    const before = collection.records.get(key.id)
    collection.records.set(key.id, {
      json,
      writes: (before?.writes ?? 0) + 1,
      overStored: before?.overStored ?? !collection.emptied,
      isCreated: before === undefined ? operation === 'create' : before.isCreated,
    })
  }

  #pendingOf(kind: string, parent: ParentKey): PendingCollection {
    const name = collectionName(kind, parent)
    let collection = this.#pending.get(name)
    if (collection === undefined) {
      collection = { emptied: false, records: new Map() }
      this.#pending.set(name, collection)
    }
    return collection
  }

  async #readStored(kind: string, key: Key): Promise<StoredRecord | undefined> {
    const { value: record, asOf } = await this.#backend.readRecord(kind, key)
    await this.#remember(
      this.#records,
      recordName(kind, key),
      { kind, key, revision: record?.revision },
      asOf,
    )
    return record
  }

  async #listStored(kind: string, parent: ParentKey, page: Page): Promise<readonly StoredRecord[]> {
    const { value, asOf } = await this.#backend.listRecords(kind, parent, page)
    const read = { kind, parent, revision: value.revision }
    await this.#remember(this.#collections, collectionName(kind, parent), read, asOf)
    return value.records
  }

  async #remember<Read extends { revision: number | undefined }>(
    reads: Map<string, Read>,
    name: string,
    read: Read,
    asOf: number,
  ): Promise<void> {
    const before = reads.get(name)
    if (before === undefined) reads.set(name, read)
    else if (before.revision !== read.revision) this.#stale = true
    this.#asOf ??= asOf
    if (!this.#stale && this.#asOf !== asOf) {
      const current = await this.#backend.isCurrent(this.#readSet)
      if (current.value) this.#asOf = current.asOf
      else this.#stale = true
    }
    if (this.#stale) throw new StaleView('What this transaction read has changed: it runs again.')
  }

  get #readSet(): ReadSet {
    return { records: this.#records.values(), collections: this.#collections.values() }
  }

  #checkOpen(): void {
    if (this.#over)
      throw new Error('This transaction is over: await all it does inside the `work` of transact.')
  }
}

function storedJson(kind: string, key: Key, value: unknown): string {
  const json = JSON.stringify(value) as string | undefined
  if (json === undefined)
    throw new TypeError(`The value of ${kind} ${JSON.stringify(key.id)} is not a JSON value.`)
  const bytes = json.length * 3 <= recordBytesMax ? 0 : Buffer.byteLength(json)
  if (bytes > recordBytesMax) {
    throw new StoreLimitExceeded(
      'recordBytesMax',
      `${kind} ${JSON.stringify(key.id)} is too large: ${bytes} bytes of JSON, where a store keeps records of up to ` +
        `${recordBytesMax} bytes.`,
    )
  }
  return json
}

function parsed<T>(id: string, json: string, version: number): Versioned<T> {
  return { id, value: JSON.parse(json) as T, version }
}

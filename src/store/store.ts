import type { Kind } from '#base/kind.ts'

/**
 * What Gatehouse remembers, as a port: collections of JSON records, optimistic transactions, a change feed.
 * Embedded default: SQLite. Every backend passes `test/contract/store.contract.ts`.
 *
 * Every method rejects with StoreUnavailable when the backend cannot do its work (disk full, file damaged, store
 * closed); the store stays usable and works again as soon as the cause is gone.
 */
export interface Store {
  /** The record, or undefined. Sees committed data only. */
  read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined>
  /** Records of one parent in id order (order of Unicode code points). `after` is exclusive and need not exist. */
  list<T>(kind: Kind<T>, parent: ParentKey, page?: Page): Promise<Versioned<T>[]>
  /** Every record of a kind over all accounts and regions, with its key, in key order: for start-up. */
  scan<T>(kind: Kind<T>): Promise<(Versioned<T> & { readonly key: Key })[]>
  /** Immutable bytes by their SHA-256 (lower-case hex). */
  readBlob(sha256: string): Promise<Uint8Array | undefined>

  /**
   * Runs `work` against a consistent view and commits all its writes, or none. Nothing is visible before the
   * commit. When something that it read has changed meanwhile (a record, the absence of one, any record of a
   * collection that it listed), `work` runs again with a new Transaction (so it must have no other effects), up to
   * a bound; past that, StoreConflict('changed'). A record written without being read is never a conflict: the
   * last commit stands. When `work` throws, nothing is written and the error is passed on.
   *
   * Resolves when the commit is durable and this process's watchers have run. `work` should await nothing but its
   * Transaction; to call `transact` from it is an error.
   */
  transact<R>(work: (tx: Transaction) => Promise<R>): Promise<R>

  /**
   * Calls `listener` after every commit that changed a record, in commit order, one commit at a time; `transact`
   * waits for it. One that throws is logged and spoils neither the commit nor the other listeners. A listener may
   * call `transact`: that resolves on commit, and its changes are told after the current ones.
   * Returns the way to stop.
   */
  watch(listener: ChangeListener): () => void

  /**
   * Resolves when every gateway that shares the store and is alive has told its watchers of what was committed, or told,
   * here before; within a bound: one that hangs holds nobody up for long.
   */
  everywhere(): Promise<void>

  health(): StoreHealth

  /** Forgets everything (watchers are told by one change with `kind: '*'`). Transactions under way conflict. */
  clear(): Promise<void>
  /** Tells the watchers of what is committed, then lets go of everything. May be called again. */
  close(): Promise<void>
}

export interface StoreHealth {
  /** `away`: the database does not answer; what is deployed is served meanwhile. */
  readonly status: 'ok' | 'away'
  /** That share the store, this one among them, as far as is known. */
  readonly gateways: number
}

/** Usable until `work` has ended. Writes are kept aside, in order, until the commit. */
export interface Transaction {
  /** Sees this transaction's own writes. */
  read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined>
  /** Sees this transaction's own writes. */
  list<T>(kind: Kind<T>, parent: ParentKey, page?: Page): Promise<Versioned<T>[]>
  /**
   * How many records a parent has, this transaction's own writes among them. For bounds: what others add or delete
   * meanwhile is no conflict, unless this transaction has itself written to the collection.
   */
  count(kind: Kind<unknown>, parent: ParentKey): Promise<number>
  /**
   * Creates or replaces. `value` is turned to JSON at once, so changing it later has no effect.
   * @throws StoreLimitExceeded
   */
  write<T>(kind: Kind<T>, key: Key, value: T): void
  /**
   * Creates; StoreConflict('exists') at commit when the record is there, be it by this transaction's own write.
   * @throws StoreLimitExceeded
   */
  create<T>(kind: Kind<T>, key: Key, value: T): void
  /** Deletes the record if it is there. */
  delete(kind: Kind<unknown>, key: Key): void
  /** Deletes every record of `kind` below `parent`: those there at commit, and those written before this call. */
  deleteAll(kind: Kind<unknown>, parent: ParentKey): void
  /**
   * Keeps `bytes` (not to be changed until `transact` has resolved). Blobs are counted: one written twice stays
   * until it is deleted twice, so each record that names a blob writes it when it starts to and deletes it when it
   * ends to, without a look at the others.
   * @throws TypeError when `sha256` is not the SHA-256 of `bytes`
   * @throws StoreLimitExceeded
   */
  writeBlob(sha256: string, bytes: Uint8Array): void
  deleteBlob(sha256: string): void
}

/** Where records of one collection live together. `parent` is '' for top-level nouns, else e.g. the API's id. */
export interface ParentKey {
  readonly account: string
  readonly region: string
  readonly parent: string
}

/** Parts are well-formed Unicode without NUL, up to `keyPartBytesMax`. Reading by any other key finds nothing. */
export interface Key extends ParentKey {
  /** Not empty. */
  readonly id: string
}

export interface Page {
  /** Records with a greater id only. */
  readonly after?: string | undefined
  /** A whole number from 0; no limit when left out. */
  readonly limit?: number | undefined
}

export interface Versioned<T> {
  readonly id: string
  /** Deeply frozen by convention: never mutate, write a new value. */
  readonly value: T
  /** 1 for a new record; grows by one with each write of it. A record deleted and created again starts over. */
  readonly version: number
}

export interface Change {
  /** Name of the record's kind; `*`: of every one. */
  readonly kind: string
  readonly key: Key
  /**
   * `clear`: everything is gone. `missed`: anything may have changed; who was away from a shared database for too long is
   * told so, and reads everything anew.
   */
  readonly operation: 'write' | 'delete' | 'clear' | 'missed'
}

/** The changes of one commit, in the order they were made: one a record, its last one. */
export type ChangeListener = (changes: readonly Change[]) => void | Promise<void>

/** `exists`: `create` of a record that is there. `changed`: what a transaction read kept changing under it. */
export class StoreConflict extends Error {
  readonly reason: 'exists' | 'changed'
  constructor(reason: 'exists' | 'changed', message: string) {
    super(message)
    this.name = 'StoreConflict'
    this.reason = reason
  }
}

/** The backend cannot do its work now: the message names the file, what is wrong and what to do. */
export class StoreUnavailable extends Error {
  /** The file or folder that it is about. */
  readonly file: string
  constructor(file: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreUnavailable'
    this.file = file
  }
}

/** Something is larger than a store keeps; `limit` is the name of the bound in `limits.ts`. */
export class StoreLimitExceeded extends Error {
  readonly limit: 'keyPartBytesMax' | 'recordBytesMax' | 'blobBytesMax'
  constructor(limit: StoreLimitExceeded['limit'], message: string) {
    super(message)
    this.name = 'StoreLimitExceeded'
    this.limit = limit
  }
}

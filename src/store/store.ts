import type { Kind } from '#base/kind.ts'

/**
 * What Gatehouse remembers, as a port: collections of JSON records, optimistic transactions, a change feed.
 * Embedded default: SQLite. Every backend passes `test/contract/store.contract.ts`.
 */
export interface Store {
  /** The record, or undefined. */
  read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined>
  /** Records of one parent in id order. `after` is exclusive. */
  list<T>(kind: Kind<T>, parent: ParentKey, page?: Page): Promise<Versioned<T>[]>
  /** Every record of a kind over all accounts and regions, with its key: for start-up. */
  scan<T>(kind: Kind<T>): Promise<(Versioned<T> & { readonly key: Key })[]>
  /** Immutable bytes by their SHA-256 (lower-case hex). */
  readBlob(sha256: string): Promise<Uint8Array | undefined>

  /**
   * Runs `work` against a consistent view and commits all its writes, or none. Nothing is visible before the
   * commit. When a record that it read or wrote has changed meanwhile, `work` runs again (so it must have no
   * other effects), up to a bound; past that, StoreConflict.
   * Resolves when the commit is durable and this process's watchers have run.
   */
  transact<R>(work: (tx: Transaction) => Promise<R>): Promise<R>

  /** Calls `listener` after every commit, in commit order; `transact` waits for it. Returns the way to stop. */
  watch(listener: ChangeListener): () => void

  /** Forgets everything (watchers are told by one change with `kind: '*'`). */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface Transaction {
  read<T>(kind: Kind<T>, key: Key): Promise<Versioned<T> | undefined>
  /** Sees this transaction's own writes. */
  list<T>(kind: Kind<T>, parent: ParentKey, page?: Page): Promise<Versioned<T>[]>
  /** Creates or replaces. */
  write<T>(kind: Kind<T>, key: Key, value: T): void
  /** Creates; StoreConflict('exists') at commit when the record is there. */
  create<T>(kind: Kind<T>, key: Key, value: T): void
  delete(kind: Kind<unknown>, key: Key): void
  /** Deletes every record of `kind` below `parent`. */
  deleteAll(kind: Kind<unknown>, parent: ParentKey): void
  writeBlob(sha256: string, bytes: Uint8Array): void
  deleteBlob(sha256: string): void
}

/** Where records of one collection live together. `parent` is '' for top-level nouns, else e.g. the API's id. */
export interface ParentKey {
  readonly account: string
  readonly region: string
  readonly parent: string
}

export interface Key extends ParentKey {
  readonly id: string
}

export interface Page {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

export interface Versioned<T> {
  readonly id: string
  /** Deeply frozen by convention: never mutate, write a new value. */
  readonly value: T
  /** Grows by one with each write of the record. */
  readonly version: number
}

export interface Change {
  readonly kind: string
  readonly key: Key
  readonly operation: 'write' | 'delete' | 'clear'
}

/** The changes of one commit, in the order they were made. */
export type ChangeListener = (changes: readonly Change[]) => void | Promise<void>

export class StoreConflict extends Error {
  readonly reason: 'exists' | 'changed'
  constructor(reason: 'exists' | 'changed', message: string) {
    super(message)
    this.name = 'StoreConflict'
    this.reason = reason
  }
}

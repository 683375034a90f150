import type { Kind } from '#base/kind.ts'
import type { ChangeDelivery } from './change-delivery.ts'
import { checkedPage, isStorableKey, isStorableParent } from './keys.ts'
import type { OptimisticBackend } from './optimistic-transaction.ts'
import type {
  ChangeListener,
  Key,
  Page,
  ParentKey,
  Store,
  StoreHealth,
  Transaction,
  Versioned,
} from './store.ts'
import { Transactions } from './transactions.ts'

/** What a store needs of a database. */
export interface StoreBackend extends OptimisticBackend {
  /** In key order. */
  scanRecords(kind: string): Promise<readonly (Key & { readonly version: number; readonly json: string })[]>
  readBlob(sha256: string): Promise<Uint8Array | undefined>
  clear(): Promise<void>
}

/** A store over any database; opening and closing are each one's own. */
export abstract class BackendStore implements Store {
  readonly #backend: StoreBackend
  readonly #delivery: ChangeDelivery
  readonly #transactions: Transactions

  constructor(backend: StoreBackend, delivery: ChangeDelivery) {
    this.#backend = backend
    this.#delivery = delivery
    this.#transactions = new Transactions(backend)
  }

  abstract close(): Promise<void>

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

  readBlob(sha256: string): Promise<Uint8Array | undefined> {
    return this.#backend.readBlob(sha256)
  }

  async transact<R>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    const result = await this.#transactions.run(work)
    await this.#delivery.told()
    return result
  }

  async everywhere(): Promise<void> {}

  health(): StoreHealth {
    return { status: 'ok', gateways: 1 }
  }

  watch(listener: ChangeListener): () => void {
    return this.#delivery.watch(listener)
  }

  async clear(): Promise<void> {
    await this.#backend.clear()
    await this.#delivery.told()
  }
}

function versioned<T>({ id, json, version }: { id: string; json: string; version: number }): Versioned<T> {
  return { id, value: JSON.parse(json) as T, version }
}

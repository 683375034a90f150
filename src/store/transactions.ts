import { AsyncLocalStorage } from 'node:async_hooks'
import { createMutex, type Mutex } from '#base/mutex.ts'
import { rerunsMax } from './limits.ts'
import { OptimisticTransaction, type OptimisticBackend } from './optimistic-transaction.ts'
import { StoreConflict, type Transaction } from './store.ts'

type Work<R> = (tx: Transaction) => Promise<R>

/** Runs transactions over a backend, and runs them again while what they read changes under them. */
export class Transactions {
  readonly #backend: OptimisticBackend
  /** Reruns go one at a time: however many transactions meet on one record, each soon has its turn. */
  readonly #rerun: Mutex = createMutex()
  readonly #inside = new AsyncLocalStorage<{ running: boolean }>()

  constructor(backend: OptimisticBackend) {
    this.#backend = backend
  }

  /** As `Store.transact`, without the watchers. */
  async run<R>(work: Work<R>): Promise<R> {
    if (this.#inside.getStore()?.running === true) {
      throw new Error('transact was called inside a transaction: use the Transaction that `work` was given.')
    }
    const first = await this.#attempt(work)
    return first === undefined ? this.#rerun(() => this.#runAgain(work)) : first.result
  }

  async #runAgain<R>(work: Work<R>): Promise<R> {
    for (let rerun = 0; rerun < rerunsMax; rerun++) {
      const outcome = await this.#attempt(work)
      if (outcome !== undefined) return outcome.result
    }
    throw new StoreConflict(
      'changed',
      `What the transaction read was changed by others in each of ${rerunsMax + 1} runs: try again.`,
    )
  }

  /** @returns undefined when something read has changed */
  async #attempt<R>(work: Work<R>): Promise<{ readonly result: R } | undefined> {
    const tx = new OptimisticTransaction(this.#backend)
    const inside = { running: true }
    try {
      const result = await this.#inside.run(inside, () => work(tx))
      return (await tx.commit()) ? { result } : undefined
    } catch (error) {
      // Whatever `work` made of a view that does not stand is of no account.
      if (tx.stale) return undefined
      throw error
    } finally {
      inside.running = false
      tx.end()
    }
  }
}

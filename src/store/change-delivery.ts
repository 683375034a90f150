import { AsyncLocalStorage } from 'node:async_hooks'
import type { Log } from '#base/log.ts'
import type { Change, ChangeListener } from './store.ts'

/** Tells listeners of commits, in commit order, one commit after the other. */
export class ChangeDelivery {
  readonly #log: Log
  /** Objects, so that one function may watch twice. */
  readonly #watches = new Set<{ readonly listener: ChangeListener }>()
  readonly #telling = new AsyncLocalStorage<{ running: boolean }>()
  #told: Promise<void> = Promise.resolve()

  constructor(log: Log) {
    this.#log = log
  }

  watch(listener: ChangeListener): () => void {
    const watch = { listener }
    this.#watches.add(watch)
    return () => void this.#watches.delete(watch)
  }

  /** To be called in commit order, at once after the commit. Resolves when they have been told, for all but listeners. */
  publish(changes: readonly Change[]): Promise<void> {
    if (this.#watches.size === 0) return this.#told
    const watches = [...this.#watches]
    const telling = { running: true }
    this.#told = this.#told.then(async () => {
      await this.#telling.run(telling, () => this.#tell(watches, changes))
      telling.running = false
    })
    return this.#told
  }

  /**
   * Resolves when all that is published has been told. At once inside a listener, which would wait for itself.
   */
  async told(): Promise<void> {
    if (this.#telling.getStore()?.running !== true) await this.#told
  }

  async #tell(
    watches: readonly { readonly listener: ChangeListener }[],
    changes: readonly Change[],
  ): Promise<void> {
    for (const watch of watches) {
      if (!this.#watches.has(watch)) continue
      try {
        await watch.listener(changes)
      } catch (error) {
        this.#log.error('a watcher of the store failed', { error })
      }
    }
  }
}

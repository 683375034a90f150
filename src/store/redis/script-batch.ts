import type { RedisClient } from './redis-client.ts'
import type { RedisScript } from './redis-script.ts'

export interface ScriptBatchOptions<Asker> {
  readonly client: RedisClient
  /** Is given the names as `KEYS`, what each asks as `ARGV`, and answers with a line for each. */
  readonly script: RedisScript
  /** Words of what is asked, as it stands when it is sent. */
  readonly ask: (asker: Asker) => string
  readonly answered: (asker: Asker, line: string) => void
  /** @param wasSent then nobody knows whether it was carried out */
  readonly failed: (asker: Asker, wasSent: boolean) => void
}

/** Questions for one script, sent together. Whoever asks does so once until it is answered. */
export class ScriptBatch<Asker extends { readonly name: string }> {
  readonly #options: ScriptBatchOptions<Asker>
  #askers: Asker[] = []
  #timer: Timer | undefined
  #isPlanned = false

  constructor(options: ScriptBatchOptions<Asker>) {
    this.#options = options
  }

  /** Sent within `tellMs`: nobody waits for it. */
  soon(asker: Asker): void {
    this.#askers.push(asker)
    this.#timer ??= setTimeout(() => this.flush(), this.#options.client.limits.tellMs)
  }

  /** Sent with all that this turn of the event loop asks. */
  now(asker: Asker): void {
    this.#askers.push(asker)
    this.hurry()
  }

  /** Somebody waits for what was to be sent soon. */
  hurry(): void {
    if (this.#isPlanned || this.#askers.length === 0) return
    this.#isPlanned = true
    setImmediate(() => this.flush())
  }

  /** Sends what there is. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isPlanned = false
    const askers = this.#askers
    this.#askers = []
    const { client } = this.#options
    const { batchMax } = client.limits
    for (let first = 0; first < askers.length; first += batchMax) {
      this.#send(askers.length <= batchMax ? askers : askers.slice(first, first + batchMax))
    }
    client.flush()
  }

  #send(askers: readonly Asker[]): void {
    const { client, script, ask, answered, failed } = this.#options
    if (!client.isUp) {
      for (const asker of askers) failed(asker, false)
      return
    }
    const names = askers.map(({ name }) => name)
    client.run(script, names, askers.map(ask)).then(
      (found) => {
        const lines = (found as Buffer).toString('latin1').split('\n')
        for (let i = 0; i < askers.length; i++) answered(askers[i] as Asker, lines[i] as string)
      },
      () => {
        for (const asker of askers) failed(asker, true)
      },
    )
  }
}

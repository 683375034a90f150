import type { RedisClient } from './redis-client.ts'
import type { RedisScript } from './redis-script.ts'

/** Who asks. */
export interface Asker {
  /** Of its key in Redis. */
  readonly name: string
  /** Whether it is among those that ask next, or asks. The batch keeps it. */
  isAsking: boolean
}

export interface ScriptBatchOptions<Of extends Asker> {
  readonly client: RedisClient
  /** Is given the names as `KEYS`, what each asks as `ARGV`, and answers with a line for each. */
  readonly script: RedisScript
  /** Words of what is asked, as it stands when it is sent. */
  readonly ask: (asker: Of) => string
  readonly answered: (asker: Of, line: string) => void
  /** @param wasSent then nobody knows whether it was carried out */
  readonly failed: (asker: Of, wasSent: boolean) => void
}

/**
 * Questions for one script, sent together. Whoever asks does so once until it is answered, however often it is told to.
 * Those that nobody waits for give way to others, and are never so many at once that Redis seems not to answer.
 */
export class ScriptBatch<Of extends Asker> {
  readonly #options: ScriptBatchOptions<Of>
  #awaited: Of[] = []
  readonly #later = new Set<Of>()
  /** Scripts under way that nobody waits for. */
  #underWay = 0
  #timer: Timer | undefined
  #isPlanned = false

  constructor(options: ScriptBatchOptions<Of>) {
    this.#options = options
  }

  /** Sent within `tellMs`: nobody waits for it. */
  soon(asker: Of): void {
    if (asker.isAsking) return
    asker.isAsking = true
    this.#later.add(asker)
    this.#timer ??= setTimeout(() => this.flush(), this.#options.client.limits.tellMs)
  }

  /** Sent with all that this turn of the event loop asks, also where it was to be sent soon: somebody waits for it. */
  now(asker: Of): void {
    if (asker.isAsking && !this.#later.delete(asker)) return
    asker.isAsking = true
    this.#awaited.push(asker)
    if (this.#isPlanned) return
    this.#isPlanned = true
    setImmediate(() => {
      this.#isPlanned = false
      this.#sendAwaited()
      this.#options.client.flush()
    })
  }

  /** Sends what there is, as much of it as may be under way at once. */
  flush(): void {
    this.#sendAwaited()
    this.#sendLater(this.#options.client.limits.batchesMax)
    this.#options.client.flush()
  }

  /** Sends everything. */
  end(): void {
    this.#sendAwaited()
    this.#sendLater(Infinity)
    this.#options.client.flush()
  }

  #sendAwaited(): void {
    const { batchMax } = this.#options.client.limits
    while (this.#awaited.length > 0) void this.#send(this.#awaited.splice(0, batchMax))
  }

  #sendLater(batchesMax: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { batchMax } = this.#options.client.limits
    while (this.#later.size > 0 && this.#underWay < batchesMax) {
      const askers: Of[] = []
      for (const asker of this.#later) {
        if (askers.push(asker) === batchMax) break
      }
      for (const asker of askers) this.#later.delete(asker)
      this.#underWay++
      void this.#send(askers).then(() => {
        this.#underWay--
        if (this.#later.size > 0 && this.#timer === undefined) this.flush()
      })
    }
  }

  async #send(askers: readonly Of[]): Promise<void> {
    const { client, script, ask, answered, failed } = this.#options
    if (!client.isUp) {
      for (const asker of askers) failed(over(asker), false)
      return
    }
    let lines: readonly string[]
    try {
      const names = askers.map(({ name }) => name)
      const found = await client.run(script, names, askers.map(ask))
      lines = (found as Buffer).toString('latin1').split('\n')
    } catch {
      for (const asker of askers) failed(over(asker), true)
      return
    }
    for (let i = 0; i < askers.length; i++) answered(over(askers[i] as Of), lines[i] as string)
  }
}

function over<Of extends Asker>(asker: Of): Of {
  asker.isAsking = false
  return asker
}

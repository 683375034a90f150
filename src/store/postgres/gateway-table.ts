import type { Log } from '#base/log.ts'
import type { PostgresConnections } from './connections.ts'
import type { PostgresLimits } from './limits.ts'
import { schemaHistory } from './schema.ts'
import { sql } from './statements.ts'

export interface GatewayTableOptions {
  readonly connections: PostgresConnections
  readonly limits: PostgresLimits
  readonly log: Log
}

/**
 * Who shares the database, and up to which commit each has told its watchers: a gateway waits for the others before it
 * answers. One that has not been heard of for `gatewayLivesMs` is waited for no longer; it catches up when it is back.
 */
export class GatewayTable {
  readonly #options: GatewayTableOptions
  readonly #id: string = crypto.randomUUID()
  /** The last commit that was told here, and that which the others know to be. */
  #told = 0
  #written = -1
  #writing: Promise<void> | undefined
  #beat: Timer | undefined
  #count = 1
  #closed = false

  constructor(options: GatewayTableOptions) {
    this.#options = options
  }

  /** How many gateways there were at the last look, this one among them. */
  get count(): number {
    return this.#count
  }

  start(told: number): void {
    this.#told = told
    const beat = (): void => {
      this.#written = -1
      this.#write()
    }
    this.#beat = setInterval(beat, this.#options.limits.gatewayBeatMs)
    beat()
  }

  /** To be called when everybody here has been told of a commit. */
  tell(sequence: number): void {
    this.#told = sequence
    this.#write()
  }

  /**
   * Resolves when all gateways that are alive have told their watchers of a commit, or after `everywhereMs`: then one hangs,
   * or takes its time.
   */
  async reached(sequence: number): Promise<void> {
    const { connections, limits, log } = this.#options
    const untilMs = performance.now() + limits.everywhereMs
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      let late: readonly unknown[]
      try {
        late = await connections.run((session) =>
          session.query(
            sql.lateGateways,
            [sequence, this.#id, limits.gatewayLivesMs],
            limits.statementTimeoutMs,
          ),
        )
      } catch {
        // What was committed is committed; who is there cannot be known.
        return
      }
      if (late.length === 0 || this.#closed) return
      if (performance.now() >= untilMs) {
        log.warn('other gateways do not serve a change yet', { gateways: late.length })
        return
      }
      await Bun.sleep(pauseMs)
    }
  }

  /** Nobody waits for this one any more. */
  async stop(): Promise<void> {
    this.#closed = true
    clearInterval(this.#beat)
    await this.#writing
    const { connections, limits } = this.#options
    if (connections.isAway) return
    await connections
      .run((session) => session.query(sql.leaveGateways, [this.#id], limits.statementTimeoutMs))
      .catch(() => {})
  }

  /** One at a time: what is told meanwhile is written with the next. */
  #write(): void {
    if (this.#writing !== undefined || this.#closed || this.#written === this.#told) return
    const { connections, limits } = this.#options
    const told = this.#told
    this.#writing = connections
      .run(async (session) => {
        const [row] = await session.query<{ count: number; compatible_from: number }>(
          sql.tellGateways,
          [this.#id, told, limits.gatewayLivesMs],
          limits.statementTimeoutMs,
        )
        // A newer program has closed the window meanwhile: opening another session says so.
        if (Number(row?.compatible_from) > schemaHistory.length) session.fail()
        return Number(row?.count)
      })
      .then(
        (count) => {
          this.#written = told
          this.#count = Math.max(1, count)
        },
        // The next beat tries again.
        () => {
          this.#written = this.#told
        },
      )
      .finally(() => {
        this.#writing = undefined
        this.#write()
      })
  }
}

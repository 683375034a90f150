import type { Log } from '#base/log.ts'
import { BackendStore } from '../backend-store.ts'
import { ChangeDelivery } from '../change-delivery.ts'
import { ChangeFeed } from './change-feed.ts'
import { PostgresConnections } from './connections.ts'
import { defaultPostgresLimits, type PostgresLimits } from './limits.ts'
import { PostgresBackend } from './postgres-backend.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { migratePostgres } from './schema.ts'

export interface PostgresOptions {
  /** `postgres://…`; see `parsePostgresUrl`. */
  readonly url: string
  readonly log: Log
  readonly limits?: Partial<PostgresLimits> | undefined
}

/**
 * The store in a PostgreSQL database, for any number of gateways. Waits for a database that is away; brings its schema to
 * the newest version.
 * @throws StoreUnavailable where only an operator can help: wrong password, no such database, a newer schema
 */
export async function openPostgresStore({ url, log, limits: own }: PostgresOptions): Promise<PostgresStore> {
  const place = parsePostgresUrl(url)
  const { timeoutMs: callTimeoutMs = defaultPostgresLimits.callTimeoutMs } = place
  const limits = { ...defaultPostgresLimits, callTimeoutMs, ...own }
  const channel = `gatehouse_${place.schema}`
  const delivery = new ChangeDelivery(log)
  const connections = new PostgresConnections({
    place,
    limits,
    log,
    async prepare(session) {
      // Others may be at it, and a step may take its time.
      await session.exclusively((query) => migratePostgres(query, place.schema), limits.scanTimeoutMs)
      await session.listen(channel, () => feed.look())
      // What was committed while this one was away.
      feed.look()
    },
  })
  const feed = new ChangeFeed(connections, limits, (changes) => delivery.publish(changes))
  const backend = new PostgresBackend({ connections, feed, limits, channel, name: place.name })
  try {
    await connections.first()
    await feed.start()
  } catch (error) {
    connections.close()
    throw error
  }
  return new PostgresStore(backend, delivery, feed, connections)
}

/** See `openPostgresStore`. */
export class PostgresStore extends BackendStore {
  readonly #backend: PostgresBackend
  readonly #delivery: ChangeDelivery
  readonly #feed: ChangeFeed
  readonly #connections: PostgresConnections
  #closing: Promise<void> | undefined

  constructor(
    backend: PostgresBackend,
    delivery: ChangeDelivery,
    feed: ChangeFeed,
    connections: PostgresConnections,
  ) {
    super(backend, delivery)
    this.#backend = backend
    this.#delivery = delivery
    this.#feed = feed
    this.#connections = connections
  }

  /** Sequence number of the last commit that this gateway has seen. */
  get sequence(): number {
    return this.#feed.sequence
  }

  /** Resolves when what all gateways had committed before the call has been told here. */
  async caughtUp(): Promise<void> {
    await this.#feed.catchUp()
    await this.#delivery.told()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#backend.idle()
    await this.#feed.stop()
    await this.#delivery.told()
    this.#connections.close()
  }
}

import type { Log } from '#base/log.ts'
import { records } from '#model/records.ts'
import { BackendStore } from '../backend-store.ts'
import { ChangeDelivery } from '../change-delivery.ts'
import { ChangeFeed } from './change-feed.ts'
import { PostgresConnections } from './connections.ts'
import { GatewayTable } from './gateway-table.ts'
import { defaultPostgresLimits, type PostgresLimits } from './limits.ts'
import { PostgresBackend } from './postgres-backend.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { migratePostgres } from './schema.ts'
import type { Change, StoreHealth } from '../store.ts'

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
  const gateways = new GatewayTable({ connections, limits, log })
  /** The last commit that others are to serve before a call is answered. */
  const awaited = { sequence: 0 }
  const feed = new ChangeFeed(connections, limits, (changes, sequence) => {
    const told = delivery.publish(changes)
    if (changes.every(isCount)) return
    awaited.sequence = sequence
    void told.then(() => gateways.tell(sequence))
  })
  const backend = new PostgresBackend({ connections, feed, limits, channel, name: place.name })
  try {
    await connections.first()
    await feed.start()
    gateways.start(feed.sequence)
  } catch (error) {
    connections.close()
    throw error
  }
  return new PostgresStore({ backend, delivery, feed, connections, gateways, awaited })
}

/** Written by every gateway every second; nobody serves it. */
function isCount({ kind }: Change): boolean {
  return kind === records.usageBlock.name || kind === records.usageNote.name
}

interface PostgresParts {
  readonly backend: PostgresBackend
  readonly delivery: ChangeDelivery
  readonly feed: ChangeFeed
  readonly connections: PostgresConnections
  readonly gateways: GatewayTable
  readonly awaited: { readonly sequence: number }
}

/** See `openPostgresStore`. */
export class PostgresStore extends BackendStore {
  readonly #parts: PostgresParts
  /** All gateways serve up to here. */
  #everywhere = 0
  #closing: Promise<void> | undefined

  constructor(parts: PostgresParts) {
    super(parts.backend, parts.delivery)
    this.#parts = parts
  }

  /** Sequence number of the last commit that this gateway has seen. */
  get sequence(): number {
    return this.#parts.feed.sequence
  }

  /** Resolves when what all gateways had committed before the call has been told here. */
  async caughtUp(): Promise<void> {
    await this.#parts.feed.catchUp()
    await this.#parts.delivery.told()
  }

  override async everywhere(): Promise<void> {
    const { gateways, awaited } = this.#parts
    const { sequence } = awaited
    if (sequence <= this.#everywhere) return
    await gateways.reached(sequence)
    this.#everywhere = Math.max(this.#everywhere, sequence)
  }

  override health(): StoreHealth {
    const { connections, gateways } = this.#parts
    return { status: connections.isAway ? 'away' : 'ok', gateways: gateways.count }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { backend, feed, delivery, gateways, connections } = this.#parts
    await backend.idle()
    await feed.stop()
    await delivery.told()
    await gateways.stop()
    connections.close()
  }
}

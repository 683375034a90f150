import type { Log } from '#base/log.ts'
import { ClientConnection, type ClientCall, type ConnectionPool } from './client-connection.ts'
import { dial } from './dial.ts'
import { eventTimeMs } from './event-time.ts'
import type { HttpLimits } from './limits.ts'
import type { Origin } from './origin.ts'

export interface PoolOptions {
  readonly limits: HttpLimits
  /** Idle connections that are kept. */
  readonly idleMax: number
  /** How long a connection is kept idle. */
  readonly idleMs: number
  /** How long a connection is used at all. */
  readonly ageMsMax: number
  /** Certificate authorities to trust in place of the usual ones, PEM. */
  readonly ca: string | undefined
  readonly log: Log
  /** Told of every connection that begins and ends. */
  readonly added: (connection: ClientConnection) => void
  readonly removed: (connection: ClientConnection) => void
}

/** The connections to one origin; the one that was used last is used next. */
export class OriginPool implements ConnectionPool {
  readonly origin: Origin
  readonly #options: PoolOptions
  readonly #idle: ClientConnection[] = []
  #open = 0

  constructor(origin: Origin, options: PoolOptions) {
    this.origin = origin
    this.#options = options
  }

  get limits(): HttpLimits {
    return this.#options.limits
  }

  /** True when it has no connection. */
  get unused(): boolean {
    return this.#open === 0
  }

  /** Sends a call on a kept connection, or on a new one. */
  begin(call: ClientCall): void {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (call.startedMs < kept.reusableUntilMs) {
        kept.begin(call)
        return
      }
      kept.retire()
    }
    this.#connect(call)
  }

  /** On a connection of its own: the others of the pool may be as dead as the first. */
  resend(call: ClientCall): void {
    call.repeated = true
    this.#options.log.debug('kept connection was dead, request sent again', {
      origin: this.origin.authority,
      method: call.request.method,
    })
    this.#connect(call)
  }

  release(connection: ClientConnection): void {
    const { idleMax, ageMsMax } = this.#options
    const nowMs = eventTimeMs()
    const idleMs = Math.min(
      this.#options.idleMs,
      (connection.keepAliveHintMs ?? Infinity) - KEEP_ALIVE_MARGIN_MS,
    )
    if (this.#idle.length >= idleMax || idleMs <= 0 || nowMs - connection.openedMs > ageMsMax) {
      connection.retire()
      return
    }
    connection.reusableUntilMs = nowMs + idleMs
    this.#idle.push(connection)
  }

  forget(connection: ClientConnection): void {
    this.#open--
    this.#options.removed(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
  }

  #connect(call: ClientCall): void {
    const connection = new ClientConnection(this)
    this.#open++
    this.#options.added(connection)
    connection.begin(call)
    if (connection.alive) dial(connection, this.origin, this.#options.ca)
  }
}

/** A connection is given up this long before the backend would: a request must not cross its closing. */
const KEEP_ALIVE_MARGIN_MS = 1000

import type { Log } from '#base/log.ts'
import { ClientConnection, type ClientCall, type ConnectionPool } from './client-connection.ts'
import type { TlsDialing } from './client-tls.ts'
import { Dial, type DialOptions } from './dial.ts'
import { HttpError } from './errors.ts'
import { eventTimeMs, readEventTime } from './event-time.ts'
import type { HttpLimits } from './limits.ts'
import type { Origin } from './origin.ts'
import type { Resolver } from './resolver.ts'
import { WaitingLine } from './waiting-line.ts'

export interface PoolOptions {
  readonly limits: HttpLimits
  /** Idle connections that are kept. */
  readonly idleMax: number
  /** How long a connection is kept idle. */
  readonly idleMs: number
  /** How long a connection is used at all. */
  readonly ageMsMax: number
  /** Connections that there are at once; further calls wait. */
  readonly connectionsMax: number
  /** Calls that wait at once; further ones fail. */
  readonly waitingMax: number
  readonly resolver: Resolver
  readonly log: Log
  /** Told of every connection that begins and ends. */
  readonly added: (connection: ClientConnection) => void
  readonly removed: (connection: ClientConnection) => void
}

/** The connections to one origin; the one that was used last is used next. */
export class OriginPool implements ConnectionPool {
  readonly origin: Origin
  readonly #options: PoolOptions
  readonly #dialOptions: DialOptions
  readonly #idle: ClientConnection[] = []
  readonly #waiting: WaitingLine
  #open = 0
  /** Attempts to connect that are not wanted any more, and not over either. */
  #stragglers = 0

  /** @param tls of a secure origin */
  constructor(origin: Origin, tls: TlsDialing | undefined, options: PoolOptions) {
    this.origin = origin
    this.#options = options
    this.#waiting = new WaitingLine(options.waitingMax)
    const straggler = (change: 1 | -1): void => {
      this.#stragglers += change
      if (change < 0) this.#serveWaiting()
    }
    this.#dialOptions = { origin, resolver: options.resolver, tls, straggler }
  }

  get limits(): HttpLimits {
    return this.#options.limits
  }

  /** True when it has no connection, and nobody waits for one. */
  get unused(): boolean {
    return this.#open === 0 && this.#stragglers === 0 && this.#waiting.length === 0
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
    if (this.#waiting.length > 0 && nowMs - connection.openedMs <= ageMsMax) {
      connection.begin(this.#waiting.shift() as ClientCall)
      return
    }
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
    this.#serveWaiting()
  }

  /** Nobody who waits will get a connection. */
  close(): void {
    this.#waiting.clear(new HttpError('aborted', 'the client is closing'))
  }

  get #full(): boolean {
    return this.#open + this.#stragglers >= this.#options.connectionsMax
  }

  #serveWaiting(): void {
    while (this.#waiting.length > 0 && !this.#full) this.#connectNow(this.#waiting.shift() as ClientCall)
  }

  #connect(call: ClientCall): void {
    // While there are connections the sweep keeps the time; before the first one it may be old.
    call.seekingMs = readEventTime()
    if (!call.repeated) call.startedMs = call.seekingMs
    if (this.#full) this.#waiting.add(call)
    else this.#connectNow(call)
  }

  #connectNow(call: ClientCall): void {
    const connection = new ClientConnection(this)
    this.#open++
    this.#options.added(connection)
    connection.begin(call)
    if (connection.alive) connection.dial(new Dial(connection, this.#dialOptions))
  }
}

/** A connection is given up this long before the backend would: a request must not cross its closing. */
const KEEP_ALIVE_MARGIN_MS = 1000

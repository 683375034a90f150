import { isIP } from 'node:net'
import type { TlsDialing } from './client-tls.ts'
import { ConnectAttempt } from './connect-attempt.ts'
import type { HttpError } from './errors.ts'
import type { Origin } from './origin.ts'
import type { Resolver } from './resolver.ts'
import type { SocketOwner, StreamSocket } from './socket.ts'

/** Whoever dials: a socket's owner once there is one. */
export interface Dialer extends SocketOwner {
  /** Connected, and the TLS handshake done. */
  opened(socket: StreamSocket): void
  /** There is no connection, or the backend has refused it after all. */
  refused(error: HttpError): void
}

export interface DialOptions {
  readonly origin: Origin
  readonly resolver: Pick<Resolver, 'resolve'>
  /** Of a secure origin. */
  readonly tls: TlsDialing | undefined
  /**
   * Told of attempts that nobody waits for any more but that the kernel has not given up yet (1), and of their end
   * (-1): the runtime cannot take back a connection that is only being asked for.
   */
  readonly straggler: (change: 1 | -1) => void
}

/** How long an address is tried alone before the next is tried beside it (RFC 8305 §8). */
const NEXT_ADDRESS_MS = 250

/**
 * Connects to an origin: its addresses are tried in turn, the next one after a while or when one fails; the first that
 * connects is used, the others are closed (RFC 8305 §5). The dialer is told nothing after `cancel`.
 */
export class Dial {
  readonly dialer: Dialer
  readonly options: DialOptions
  readonly #attempts = new Set<ConnectAttempt>()
  #addresses: readonly string[] = []
  #next = 0
  #timer: Timer | undefined
  /** Connected; its TLS handshake may be under way. */
  #winner: ConnectAttempt | undefined
  #over = false

  constructor(dialer: Dialer, options: DialOptions) {
    this.dialer = dialer
    this.options = options
  }

  start(): void {
    const { origin, resolver } = this.options
    if (origin.socketPath !== undefined || isIP(origin.hostname) !== 0) {
      this.#try([origin.hostname])
      return
    }
    try {
      const found = resolver.resolve(origin.hostname)
      if (found instanceof Promise) {
        found.then(
          (addresses) => this.#try(addresses),
          (error: unknown) => this.#refuse(error as HttpError),
        )
      } else this.#try(found)
    } catch (error) {
      this.#refuse(error as HttpError)
    }
  }

  /** The connection is not wanted any more. Does nothing to one that was handed over. */
  cancel(): void {
    this.#over = true
    this.#cancelOthers()
    this.#winner?.cancel()
  }

  // What attempts tell

  /** @returns whether this attempt's connection is the one to use */
  connected(attempt: ConnectAttempt): boolean {
    this.#attempts.delete(attempt)
    if (this.#over) return false
    this.#over = true
    this.#winner = attempt
    this.#cancelOthers()
    return true
  }

  failed(attempt: ConnectAttempt, error: HttpError): void {
    this.#attempts.delete(attempt)
    if (this.#over) return
    if (this.#next < this.#addresses.length) this.#tryNext()
    else if (this.#attempts.size === 0) this.#refuse(error)
  }

  #try(addresses: readonly string[]): void {
    if (this.#over) return
    this.#addresses = addresses
    this.#tryNext()
  }

  #tryNext(): void {
    clearTimeout(this.#timer)
    const address = this.#addresses[this.#next++] as string
    this.#attempts.add(new ConnectAttempt(this, address))
    if (this.#next < this.#addresses.length) this.#timer = setTimeout(() => this.#tryNext(), NEXT_ADDRESS_MS)
  }

  #cancelOthers(): void {
    clearTimeout(this.#timer)
    for (const attempt of this.#attempts) attempt.cancel()
    this.#attempts.clear()
  }

  #refuse(error: HttpError): void {
    if (this.#over) return
    this.#over = true
    this.dialer.refused(error)
  }
}

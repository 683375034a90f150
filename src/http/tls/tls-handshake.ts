import type { Socket as BunSocket } from 'bun'
import type { X509Certificate } from 'node:crypto'
import type { Connection } from '../connection.ts'
import { speak } from '../protocol.ts'
import type { ServerContext } from '../server-connection.ts'
import { BunStreamSocket, type SocketOwner } from '../socket.ts'
import type { PreparedIdentity } from './certificate-table.ts'
import { certificateFault, clientCertificate } from './client-certificate.ts'

/** Waits for the end of the handshake. */
export class TlsHandshake implements Connection {
  readonly #context: ServerContext
  readonly #startedMs: number
  readonly #address: string
  readonly #serverName: string | undefined
  readonly #identity: PreparedIdentity
  #socket: BunSocket<SocketOwner> | undefined
  #over = false

  constructor(
    context: ServerContext,
    startedMs: number,
    address: string,
    serverName: string | undefined,
    identity: PreparedIdentity,
  ) {
    this.#context = context
    this.#startedMs = startedMs
    this.#address = address
    this.#serverName = serverName
    this.#identity = identity
  }

  began(socket: BunSocket<SocketOwner>): void {
    this.#socket = socket
    // It may have failed meanwhile.
    if (this.#over) socket.terminate()
  }

  /** @param failure why the peer's certificate is not accepted, where it is not; of no interest unless it must be */
  finished(socket: BunSocket<SocketOwner>, complete: boolean, failure: Error | null): void {
    const secure = socket as unknown as SecureSocket
    this.#socket = socket
    const { mutual, revoked } = this.#identity
    const shown = complete && mutual ? secure.getPeerX509Certificate() : undefined
    if (!complete || (mutual && shown === undefined)) {
      this.#context.log.debug('TLS handshake failed', { client: this.#address, error: failure })
      this.terminate()
      return
    }
    if (this.#over) return
    const unverified = secure.authorized ? undefined : (failure ?? new Error('not verified'))
    const peer = {
      address: this.#address,
      secure: true,
      serverName: this.#serverName,
      certificate: shown && clientCertificate(shown),
      certificateFault: shown && certificateFault(shown, unverified, revoked),
    }
    const heir = speak(this.#context, new BunStreamSocket(socket), peer, secure.alpnProtocol || undefined)
    socket.data = heir
    this.#context.replace(this, heir)
  }

  received(): void {}

  drained(): void {}

  ended(): void {
    this.terminate()
  }

  closed(): void {
    this.#over = true
    this.#context.forget(this)
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#startedMs > this.#context.limits.handshakeTimeoutMs) this.terminate()
  }

  drain(): void {
    this.terminate()
  }

  terminate(): void {
    this.#socket?.terminate()
    this.closed()
  }
}

/** The events of a socket that TLS was put on, for the owner that it has at the time. */
export const secureEvents: Bun.SocketHandler<SocketOwner, 'buffer'> = {
  open() {},
  handshake(socket, complete, failure) {
    if (socket.data instanceof TlsHandshake) socket.data.finished(socket, complete, failure)
  },
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket) => socket.data.closed(),
  // `close` follows.
  error() {},
}

/** Bun has these; its types do not. */
interface SecureSocket {
  readonly authorized: boolean
  /** False where none was agreed on. */
  readonly alpnProtocol: string | false | null
  getPeerX509Certificate(): X509Certificate | undefined
}

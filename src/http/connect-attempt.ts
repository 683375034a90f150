import type { Dial } from './dial.ts'
import { HttpError } from './errors.ts'
import type { Origin } from './origin.ts'
import { BunStreamSocket, type SocketOwner } from './socket.ts'

type Socket = Bun.Socket<SocketOwner>

/** One attempt to connect to one address. It owns the socket until the dialer can. */
export class ConnectAttempt implements SocketOwner {
  readonly #dial: Dial
  #socket: Socket | undefined
  #state: 'asking' | 'securing' | 'handed over' | 'over' = 'asking'

  /** @param address not looked at for a Unix domain socket */
  constructor(dial: Dial, address: string) {
    this.#dial = dial
    const { origin, tls } = dial.options
    const common = {
      data: this as SocketOwner,
      socket: tls === undefined ? plainEvents : secureEvents,
      ...(tls === undefined ? {} : { tls: tls.options }),
    }
    Promise.try(() =>
      origin.socketPath === undefined
        ? Bun.connect({ ...common, hostname: address, port: origin.port })
        : Bun.connect({ ...common, unix: origin.socketPath }),
    ).catch((error: unknown) => this.#failed(error))
  }

  cancel(): void {
    if (this.#state === 'asking') this.#dial.options.straggler(1)
    else if (this.#state === 'securing') this.#socket?.terminate()
    else return
    this.#state = 'over'
  }

  /** TCP is connected. */
  connected(socket: Socket): void {
    const { tls, straggler } = this.#dial.options
    if (this.#state === 'over') straggler(-1)
    else if (this.#dial.connected(this)) {
      this.#socket = socket
      socket.setNoDelay(true)
      if (tls === undefined) {
        this.#state = 'handed over'
        socket.data = this.#dial.dialer
        this.#dial.dialer.opened(new BunStreamSocket(socket))
      } else {
        this.#state = 'securing'
        if (tls.session !== undefined) socket.setSession(tls.session)
      }
      return
    }
    this.#state = 'over'
    socket.terminate()
  }

  /** The TLS handshake is over. @param error what is wrong, with it or with the certificate */
  secured(socket: Socket, success: boolean, error: unknown): void {
    const { dialer, options } = this.#dial
    if (this.#state !== 'securing') return
    const { code = '' } = (error ?? {}) as { code?: string }
    // Without verification `success` says nothing; what concerns the connection has the code of a system error.
    const usable =
      options.tls?.verify === true
        ? success && socket.authorized && (error ?? null) === null
        : success || !SYSTEM_ERROR.test(code)
    if (usable) {
      this.#state = 'handed over'
      dialer.opened(new BunStreamSocket(socket))
    } else this.#refuse(error)
  }

  /** What the backend thinks of our certificate may come after the handshake (RFC 8446 §4.4.2.4). */
  broken(error: unknown): void {
    if (this.#state === 'handed over') this.#refuse(error)
  }

  // The first bytes that are read bring the session tickets along (RFC 8446 §4.6.1); then the dialer is the owner.

  received(bytes: Buffer): void {
    const { dialer, options } = this.#dial
    const socket = this.#socket as Socket
    socket.data = dialer
    const session = socket.getSession() as Buffer | undefined
    if (session !== undefined && options.tls !== undefined) options.tls.session = session
    dialer.received(bytes)
  }

  drained(): void {
    if (this.#state === 'handed over') this.#dial.dialer.drained()
  }

  ended(): void {
    if (this.#state === 'handed over') this.#dial.dialer.ended()
  }

  closed(): void {
    if (this.#state === 'handed over') this.#dial.dialer.closed()
    else if (this.#state === 'securing') this.#refuse(undefined)
  }

  #refuse(error: unknown): void {
    const { dialer, options } = this.#dial
    const reason = error instanceof Error ? error.message : 'the connection was closed'
    this.#state = 'over'
    if (options.tls !== undefined) options.tls.session = undefined
    dialer.refused(
      new HttpError('tls', `TLS with ${options.origin.authority} failed: ${reason}`, { cause: error }),
    )
    this.#socket?.terminate()
  }

  #failed(error: unknown): void {
    const { options } = this.#dial
    if (this.#state === 'over') options.straggler(-1)
    else {
      this.#state = 'over'
      this.#dial.failed(this, connectFailure(error, options.origin))
    }
  }
}

function connectFailure(error: unknown, { hostname, port, socketPath }: Origin): HttpError {
  const { code = 'unknown error' } = error as { code?: string }
  const where = socketPath ?? `${hostname}:${port}`
  return new HttpError('connect', `cannot connect to ${where} (${code})`, { cause: error })
}

/** `EPROTO`, `ECONNRESET`; what is found wrong with certificates has names such as `CERT_HAS_EXPIRED`. */
const SYSTEM_ERROR = /^E[A-Z]+$/

const plainEvents: Bun.SocketHandler<SocketOwner, 'buffer'> = {
  open: (socket) => (socket.data as ConnectAttempt).connected(socket),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket) => socket.data.closed(),
  // `close` follows; a connection that never opened rejects the promise of `Bun.connect`.
  error: () => {},
  connectError: () => {},
}

const secureEvents: Bun.SocketHandler<SocketOwner, 'buffer'> = {
  ...plainEvents,
  handshake: (socket, success, error) => (socket.data as ConnectAttempt).secured(socket, success, error),
  error: (socket, error) => {
    if (socket.data instanceof ConnectAttempt) socket.data.broken(error)
  },
}

import { isIP } from 'node:net'
import { HttpError } from './errors.ts'
import type { Origin } from './origin.ts'
import { BunStreamSocket, type SocketOwner, type StreamSocket } from './socket.ts'

/** Whoever dials: a socket's owner once there is one. */
export interface Dialer extends SocketOwner {
  /** Connected, and the TLS handshake done. */
  opened(socket: StreamSocket): void
  /** There will be no connection. */
  refused(error: HttpError): void
}

interface Dial {
  readonly dialer: Dialer
  readonly origin: Origin
}

/**
 * Connects to an origin.
 * @param ca certificate authorities to trust in place of the usual ones, PEM
 */
export function dial(dialer: Dialer, origin: Origin, ca: string | undefined): void {
  const { hostname, port, secure, verify } = origin
  const tls = {
    rejectUnauthorized: verify,
    // Server Name Indication is for names alone (RFC 6066 §3).
    ...(isIP(hostname) === 0 ? { serverName: hostname } : {}),
    ...(ca === undefined ? {} : { ca }),
  }
  Bun.connect<Dial>({
    hostname,
    port,
    data: { dialer, origin },
    socket: secure ? secureEvents : plainEvents,
    ...(secure ? { tls } : {}),
  }).catch((error: unknown) => dialer.refused(dialFailure(error, origin)))
}

type Events = Bun.SocketHandler<Dial, 'buffer'>
type Socket = Bun.Socket<Dial>

const plainEvents: Events = {
  open: opened,
  data: (socket, bytes) => socket.data.dialer.received(bytes),
  drain: (socket) => socket.data.dialer.drained(),
  end: (socket) => socket.data.dialer.ended(),
  close: (socket) => socket.data.dialer.closed(),
  // `close` follows; a connection that never opened rejects the promise of `Bun.connect`.
  error: () => {},
  connectError: () => {},
}

const secureEvents: Events = {
  ...plainEvents,
  // TCP alone: the handshake is still to come.
  open: () => {},
  handshake(socket, success, error) {
    const { dialer, origin } = socket.data
    // With `rejectUnauthorized: false`, success says nothing of the certificate; it is not looked at then.
    if (success && (!origin.verify || (socket.authorized && (error ?? null) === null))) {
      opened(socket)
      return
    }
    const reason = error instanceof Error ? error.message : 'the handshake failed'
    dialer.refused(new HttpError('tls', `TLS with ${origin.authority} failed: ${reason}`))
    socket.terminate()
  },
}

function opened(socket: Socket): void {
  socket.setNoDelay(true)
  socket.data.dialer.opened(new BunStreamSocket(socket as unknown as Bun.Socket<SocketOwner>))
}

function dialFailure(error: unknown, { hostname, port }: Origin): HttpError {
  const { code = 'unknown error' } = error as { code?: string }
  const failure = /^(ENOTFOUND|EAI_|DNS_|EDNS)/.test(code) ? 'dns' : 'connect'
  return new HttpError(failure, `cannot connect to ${hostname}:${port} (${code})`, { cause: error })
}

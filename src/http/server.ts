import { silentLog, type Log } from '#base/log.ts'
import { afterProxyHeader, UNIX_PEER, type Begin, type ProxyProtocolOptions } from './accept-proxied.ts'
import type { Connection } from './connection.ts'
import { drainSlowly } from './drain-slowly.ts'
import { readEventTime } from './event-time.ts'
import { defaultHttp2Limits, type Http2Limits } from './http2/limits.ts'
import { defaultHttpLimits, type HttpLimits } from './limits.ts'
import type { HttpHandler } from './message.ts'
import { speak } from './protocol.ts'
import type { ServerContext } from './server-connection.ts'
import { BunStreamSocket, type SocketOwner } from './socket.ts'
import { acceptTls, type TlsOptions } from './tls/accept-tls.ts'

export type HttpServerOptions = HttpServerSettings & (PortAddress | UnixAddress)

export interface PortAddress {
  /** Address to bind: `127.0.0.1`, `::1`, `0.0.0.0`. */
  readonly hostname: string
  /** 0: any free port. */
  readonly port: number
  /** Lets several processes listen on the port; the kernel spreads connections over them. */
  readonly reusePort?: boolean | undefined
  readonly unix?: undefined
}

export interface UnixAddress {
  /** Path of a Unix domain socket; made when the server starts, removed when it stops. */
  readonly unix: string
}

export interface HttpServerSettings {
  readonly handler: HttpHandler
  /** Whether HTTP/2 is spoken; true when undefined. */
  readonly http2?: boolean | undefined
  readonly http2Limits?: Partial<Http2Limits> | undefined
  /** Speaks TLS, and nothing else. */
  readonly tls?: TlsOptions | undefined
  readonly proxyProtocol?: ProxyProtocolOptions | undefined
  readonly limits?: Partial<HttpLimits> | undefined
  readonly log?: Log | undefined
  /** Told of every request that the engine itself refused: it never came to the handler. */
  readonly onProtocolError?: ((error: ProtocolError) => void) | undefined
}

export interface ProtocolError {
  /** What the client was answered. */
  readonly status: number
  readonly remoteAddress: string
}

export interface HttpServer {
  /** The address that was asked for; the path of a Unix domain socket. */
  readonly hostname: string
  /** 0 for a Unix domain socket. */
  readonly port: number
  /** Open client connections. */
  readonly connections: number
  /**
   * Goes on accepting, and ends HTTP/1 connections with their next answer (`Connection: close`): proxies in front open
   * others, elsewhere once they know.
   */
  retire(): void
  /**
   * Stops accepting, lets requests under way finish, then closes; what is not done after `graceMs` is cut. WebSockets are
   * told to end over the first half of that.
   * Resolves when every connection is gone.
   */
  stop(options?: { graceMs?: number }): Promise<void>
}

/** The server could not bind. `code` is the system's: EADDRINUSE (also a path that exists), EACCES, EADDRNOTAVAIL. */
export class BindError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BindError'
    this.code = code
  }
}

const SWEEP_MS = 250
const STOP_GRACE_MS = 10_000
/** Within which part of the grace connections that clients hold are told to end: the rest is for what is under way then. */
const HELD_SHARE = 0.5

function isHeld({ lastActiveAtMs }: Connection): boolean {
  return lastActiveAtMs !== undefined
}

/**
 * Starts an HTTP server.
 * @throws BindError when the address cannot be bound
 */
export function startHttpServer(options: HttpServerOptions): HttpServer {
  const connections = new Set<Connection>()
  let allGone: (() => void) | undefined
  const context: ServerContext = {
    handler: options.handler,
    limits: { ...defaultHttpLimits, ...options.limits },
    log: options.log ?? silentLog,
    http2: options.http2 ?? true,
    http2Limits: { ...defaultHttp2Limits, ...options.http2Limits },
    draining: false,
    retiring: false,
    refused(status, remoteAddress) {
      context.log.debug('request refused', { status, client: remoteAddress })
      options.onProtocolError?.({ status, remoteAddress })
    },
    replace(old, heir) {
      connections.delete(old)
      connections.add(heir)
    },
    forget(connection) {
      connections.delete(connection)
      if (connections.size === 0) allGone?.()
    },
  }
  const begin = stages(context, options)
  const local = options.unix !== undefined
  const listener = listen(options, {
    open(socket) {
      // A client that has left by now has no address, whatever the types say, and its end is not told any more.
      const address = local ? UNIX_PEER : (socket.remoteAddress as string | undefined)
      if (address === undefined) {
        socket.terminate()
        return
      }
      socket.setNoDelay(true)
      const connection = begin(socket, plainAddress(address), readEventTime())
      socket.data = connection
      connections.add(connection)
    },
    data: (socket, bytes) => socket.data?.received(bytes),
    drain: (socket) => socket.data?.drained(),
    end: (socket) => socket.data?.ended(),
    close: (socket) => socket.data?.closed(),
    // `close` follows.
    error: (_socket, error) => context.log.debug('client connection failed', { error }),
  })
  const sweeper = setInterval(() => {
    const nowMs = readEventTime()
    for (const connection of connections) connection.sweep(nowMs)
  }, SWEEP_MS)
  sweeper.unref()

  return {
    hostname: options.unix ?? options.hostname,
    port: local ? 0 : (listener as Bun.TCPSocketListener).port,
    get connections() {
      return connections.size
    },
    retire() {
      context.retiring = true
    },
    async stop({ graceMs = STOP_GRACE_MS } = {}) {
      listener.stop(false)
      context.draining = true
      const open = [...connections]
      for (const connection of open) if (!isHeld(connection)) connection.drain()
      drainSlowly(open.filter(isHeld), graceMs * HELD_SHARE)
      if (connections.size > 0) {
        const gone = new Promise<void>((resolve) => {
          allGone = resolve
        })
        const cut = setTimeout(() => {
          for (const connection of connections) connection.terminate()
        }, graceMs)
        await gone
        clearTimeout(cut)
      }
      clearInterval(sweeper)
    },
  }
}

/** What a connection goes through: PROXY protocol, TLS, requests. */
function stages(context: ServerContext, settings: HttpServerSettings): Begin {
  const { http2 = true, tls, proxyProtocol } = settings
  const begin: Begin =
    tls === undefined
      ? (socket, address) => speak(context, new BunStreamSocket(socket), { address, secure: false })
      : acceptTls(context, tls, http2)
  return proxyProtocol === undefined ? begin : afterProxyHeader(context, proxyProtocol, begin)
}

/** An IPv4 peer of a dual-stack listener shows as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

type Handlers = Bun.SocketHandler<SocketOwner, 'buffer'>

function listen(options: HttpServerOptions, socket: Handlers): Bun.SocketListener<SocketOwner> {
  try {
    if (options.unix !== undefined) {
      return Bun.listen<SocketOwner>({ unix: options.unix, socket, allowHalfOpen: true })
    }
    const { hostname, port, reusePort = false } = options
    const address = { hostname, port, reusePort }
    return Bun.listen<SocketOwner>({ ...address, socket, allowHalfOpen: true })
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'UNKNOWN'
    const place = options.unix ?? `${options.hostname}:${options.port}`
    throw new BindError(code, `cannot listen on ${place} (${code})`, { cause: error })
  }
}

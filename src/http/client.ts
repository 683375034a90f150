import { ClientConnection, type ClientCall, type ConnectionPool } from './client-connection.ts'
import { HttpError } from './errors.ts'
import type { Headers } from './headers.ts'
import { defaultHttpLimits, type HttpLimits } from './limits.ts'
import type { Body } from './message.ts'
import { streamSocket, type SocketOwner } from './socket.ts'

export interface HttpClientRequest {
  /** `http://backend.example` or `https://10.0.0.1:8443`. */
  readonly origin: string
  readonly method: string
  /** Path and query, from the slash. */
  readonly target: string
  /** Host is added where it is missing; framing and connection fields are the engine's. */
  readonly headers: Headers
  readonly body: Body
  /** For connecting and the answer's head together, and then for each silence within the answer's body. */
  readonly timeoutMs: number
  /** Accepts any certificate of the backend. */
  readonly insecureSkipVerification?: boolean | undefined
  /** Called with a listener that ends the exchange when it is called. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
}

export interface HttpClientResponse {
  readonly status: number
  readonly reason: string
  readonly headers: Headers
  readonly version: '1.0' | '1.1'
  readonly body: Body
}

export interface HttpClient {
  /** Resolves with the final answer's head. @throws HttpError saying what failed */
  send(request: HttpClientRequest): Promise<HttpClientResponse>
  /** Drops every connection. */
  close(): void
}

export interface HttpClientOptions {
  readonly limits?: Partial<HttpLimits> | undefined
  /** Idle connections kept for one origin. */
  readonly idlePerOriginMax?: number | undefined
  /** How long a connection is kept idle; below the 5 s after which many servers close. */
  readonly idleMs?: number | undefined
  /** How long a connection is used at all. */
  readonly ageMsMax?: number | undefined
}

/** Often enough for timeouts of 50 ms, the least that API Gateway allows. */
const SWEEP_MS = 50

/** An HTTP/1.1 client with a pool of kept connections for each origin. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new PooledClient(options)
}

interface Origin {
  readonly key: string
  readonly hostname: string
  readonly port: number
  readonly secure: boolean
  readonly authority: string
  readonly verify: boolean
  readonly idle: ClientConnection[]
}

class PooledClient implements HttpClient, ConnectionPool {
  readonly limits: HttpLimits
  readonly #idlePerOriginMax: number
  readonly #idleMs: number
  readonly #ageMsMax: number
  readonly #origins = new Map<string, Origin>()
  readonly #connections = new Set<ClientConnection>()
  #sweeper: Timer | undefined

  constructor(options: HttpClientOptions) {
    this.limits = { ...defaultHttpLimits, headerBytesMax: ANSWER_HEADER_BYTES_MAX, ...options.limits }
    this.#idlePerOriginMax = options.idlePerOriginMax ?? 256
    this.#idleMs = options.idleMs ?? 4000
    this.#ageMsMax = options.ageMsMax ?? 300_000
  }

  send(request: HttpClientRequest): Promise<HttpClientResponse> {
    return new Promise((resolve, reject) => {
      const origin = this.#origin(request)
      if (origin === undefined) {
        reject(new HttpError('malformed', `not an HTTP origin: ${request.origin}`))
        return
      }
      this.#begin(origin, { request, authority: origin.authority, resolve, reject, repeated: false })
    })
  }

  close(): void {
    for (const connection of this.#connections) connection.terminate()
    this.#origins.clear()
  }

  release(connection: ClientConnection): void {
    const origin = this.#origins.get(connection.key)
    const nowMs = Date.now()
    const idleMs = Math.min(this.#idleMs, (connection.keepAliveHintMs ?? Infinity) - KEEP_ALIVE_MARGIN_MS)
    const aged = nowMs - connection.openedMs > this.#ageMsMax
    if (origin === undefined || origin.idle.length >= this.#idlePerOriginMax || idleMs <= 0 || aged) {
      connection.terminate()
      return
    }
    connection.reusableUntilMs = nowMs + idleMs
    origin.idle.push(connection)
  }

  forget(connection: ClientConnection): void {
    this.#connections.delete(connection)
    const idle = this.#origins.get(connection.key)?.idle
    const at = idle?.lastIndexOf(connection) ?? -1
    if (at !== -1) idle?.splice(at, 1)
    if (this.#connections.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  /** On a connection of its own: the others of the pool may be as dead as the first. */
  resend(call: ClientCall): void {
    const origin = this.#origin(call.request)
    if (origin !== undefined) this.#open(origin, call)
  }

  #begin(origin: Origin, call: ClientCall): void {
    const nowMs = Date.now()
    for (let kept = origin.idle.pop(); kept !== undefined; kept = origin.idle.pop()) {
      if (kept.alive && nowMs < kept.reusableUntilMs) {
        kept.begin(call)
        return
      }
      kept.terminate()
    }
    this.#open(origin, call)
  }

  #open(origin: Origin, call: ClientCall): void {
    const connection = new ClientConnection(this, origin.key, origin.verify)
    this.#connections.add(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    connection.begin(call)
    const { hostname, port, secure, verify } = origin
    Bun.connect<ClientConnection>({
      hostname,
      port,
      data: connection,
      allowHalfOpen: false,
      socket: secure ? secureEvents : plainEvents,
      ...(secure ? { tls: { rejectUnauthorized: verify, serverName: hostname } } : {}),
    }).catch((error: unknown) => connection.refused(connectFailure(error, origin)))
  }

  #origin({ origin, insecureSkipVerification }: HttpClientRequest): Origin | undefined {
    const key = insecureSkipVerification === true ? `${origin} insecure` : origin
    const known = this.#origins.get(key)
    if (known !== undefined) return known
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
    const secure = url.protocol === 'https:'
    const made: Origin = {
      key,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (secure ? 443 : 80)),
      secure,
      authority: url.host,
      verify: insecureSkipVerification !== true,
      idle: [],
    }
    if (this.#origins.size >= ORIGINS_MAX) this.#forgetUnusedOrigins()
    this.#origins.set(key, made)
    return made
  }

  /** Origins come from stage variables and mapped paths too: their number must not grow for ever. */
  #forgetUnusedOrigins(): void {
    const used = new Set([...this.#connections].map(({ key }) => key))
    for (const key of this.#origins.keys()) if (!used.has(key)) this.#origins.delete(key)
  }

  #sweep(): void {
    const nowMs = Date.now()
    for (const connection of this.#connections) connection.sweep(nowMs)
  }
}

/** Answers may have larger heads than requests: backends set long cookies and policies. */
const ANSWER_HEADER_BYTES_MAX = 56 * 1024
const KEEP_ALIVE_MARGIN_MS = 1000
const ORIGINS_MAX = 1000

function connectFailure(error: unknown, { hostname, port }: Origin): HttpError {
  const code = (error as { code?: string }).code ?? ''
  const dns = /^(ENOTFOUND|EAI_|DNS_|EDNS)/.test(code)
  return new HttpError(dns ? 'dns' : 'connect', `cannot connect to ${hostname}:${port} (${code})`, {
    cause: error,
  })
}

type Events = Bun.SocketHandler<ClientConnection & SocketOwner, 'buffer'>

const plainEvents: Events = {
  open(socket) {
    socket.setNoDelay(true)
    socket.data.opened(streamSocket(socket))
  },
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket) => socket.data.closed(),
  // `close` follows; a connection that never opened rejects the promise of `Bun.connect`.
  error: () => {},
  connectError: () => {},
}

const secureEvents: Events = {
  ...plainEvents,
  open: (socket) => void socket.setNoDelay(true),
  handshake(socket, success, error) {
    if (success && (error === null || error === undefined || !socket.data.verifies)) {
      socket.data.opened(streamSocket(socket))
    } else {
      const reason = error instanceof Error ? error.message : 'handshake failed'
      socket.data.refused(new HttpError('tls', `TLS with the backend failed: ${reason}`))
      socket.terminate()
    }
  },
}

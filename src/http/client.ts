import { silentLog, type Log } from '#base/log.ts'
import type { ClientCall, ClientConnection } from './client-connection.ts'
import type { ClientTls } from './client-tls.ts'
import { HttpError } from './errors.ts'
import { eventTimeMs, readEventTime } from './event-time.ts'
import type { Headers } from './headers.ts'
import { defaultHttpLimits, type HttpLimits } from './limits.ts'
import type { Body } from './message.ts'
import type { PoolOptions } from './pool.ts'
import { PoolTable } from './pool-table.ts'
import { Resolver } from './resolver.ts'

export interface HttpClientRequest {
  /** `http://backend.example`, `https://10.0.0.1:8443`, or `unix:/run/app.sock`. */
  readonly origin: string
  readonly method: string
  /** Path and query, from the slash. */
  readonly target: string
  /** Host is added where it is missing; framing and connection fields are the engine's. */
  readonly headers: Headers
  readonly body: Body
  /** The longest silence: of connecting, of the backend before its answer, within the answer's body. */
  readonly timeoutMs: number
  /** Deadlines of single phases, where they differ from `timeoutMs`. */
  readonly timeouts?: Partial<HttpTimeouts> | undefined
  /** An answer with a larger body fails with `too-large`: before its head is handed up where it tells its length. */
  readonly responseBodyBytesMax?: number | undefined
  /** Accepts any certificate of the backend. */
  readonly insecureSkipVerification?: boolean | undefined
  /** In place of the client's, setting by setting. Keep the object: a new one costs a hash of its certificates. */
  readonly tls?: ClientTls | undefined
  /** Called with a listener that ends the exchange when it is called: cheaper than `signal`. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
  /** Ends the exchange, within the answer's body too. */
  readonly signal?: AbortSignal | undefined
  /** Told of each interim answer (1xx) before the final one. */
  readonly onInterim?: ((status: number, headers: Headers) => void) | undefined
  /**
   * Asks with `Expect: 100-continue` whether the body is wanted, and sends it on a yes or after this long; a final
   * answer that comes first makes it unnecessary (RFC 9110 §10.1.1).
   */
  readonly expectContinueMs?: number | undefined
}

/** Deadlines, each with the kind of failure that passing it is. They are looked at every 50 ms. */
export interface HttpTimeouts {
  /** To the open connection: waiting for a free one, DNS, TCP and TLS together: `connect-timeout`. */
  readonly connectMs: number
  /** From the open connection, or the last byte of the request that was sent, to the answer's head: `first-byte-timeout`. */
  readonly firstByteMs: number
  /** Between two pieces of the answer's body; a reader that has paused it stops the clock: `idle-timeout`. */
  readonly idleMs: number
  /** From the start to the end of the answer; the failure is that of the phase it falls in. */
  readonly totalMs: number
}

export interface HttpClientResponse {
  readonly status: number
  readonly reason: string
  readonly headers: Headers
  readonly version: '1.0' | '1.1'
  readonly body: Body
}

export interface HttpClient {
  /**
   * Resolves with the final answer's head.
   * @throws HttpError saying what failed
   */
  send(request: HttpClientRequest): Promise<HttpClientResponse>
  /** Connections open, opening or kept. */
  readonly connections: number
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
  /** Connections to one origin at once; further requests wait for one. */
  readonly connectionsPerOriginMax?: number | undefined
  /** Requests that wait for one origin at once; further ones fail with `busy`. */
  readonly waitingPerOriginMax?: number | undefined
  /** For requests that say nothing else. */
  readonly tls?: ClientTls | undefined
  /** Addresses of names. */
  readonly resolver?: Resolver | undefined
  readonly log?: Log | undefined
}

/** Often enough for timeouts of 50 ms, the least that API Gateway allows. */
const SWEEP_MS = 50
/** Answers may have larger heads than requests: backends set long cookies and policies. */
const ANSWER_HEADER_BYTES_MAX = 56 * 1024
const IDLE_PER_ORIGIN_MAX = 256
const IDLE_MS = 4000
const AGE_MS_MAX = 300_000
const CONNECTIONS_PER_ORIGIN_MAX = 4096
const WAITING_PER_ORIGIN_MAX = 8192

/** An HTTP/1.1 client with a pool of kept connections for each origin. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new PooledClient(options)
}

class PooledClient implements HttpClient {
  readonly #pools: PoolTable
  readonly #connections = new Set<ClientConnection>()
  #sweeper: Timer | undefined

  constructor(options: HttpClientOptions) {
    const poolOptions: PoolOptions = {
      limits: { ...defaultHttpLimits, headerBytesMax: ANSWER_HEADER_BYTES_MAX, ...options.limits },
      idleMax: options.idlePerOriginMax ?? IDLE_PER_ORIGIN_MAX,
      idleMs: options.idleMs ?? IDLE_MS,
      ageMsMax: options.ageMsMax ?? AGE_MS_MAX,
      connectionsMax: options.connectionsPerOriginMax ?? CONNECTIONS_PER_ORIGIN_MAX,
      waitingMax: options.waitingPerOriginMax ?? WAITING_PER_ORIGIN_MAX,
      resolver: options.resolver ?? new Resolver(),
      log: options.log ?? silentLog,
      added: (connection) => {
        this.#connections.add(connection)
        this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
      },
      removed: (connection) => {
        this.#connections.delete(connection)
        if (this.#connections.size > 0) return
        clearInterval(this.#sweeper)
        this.#sweeper = undefined
      },
    }
    this.#pools = new PoolTable(poolOptions, options.tls ?? {})
  }

  get connections(): number {
    return this.#connections.size
  }

  send(request: HttpClientRequest): Promise<HttpClientResponse> {
    return new Promise((resolve, reject) => {
      const pool = this.#pools.find(request)
      const { authority } = pool.origin
      const startedMs = eventTimeMs()
      const call = {
        request,
        authority,
        startedMs,
        seekingMs: startedMs,
        resolve,
        reject,
        repeated: false,
        over: undefined,
      }
      pool.begin(request.signal === undefined ? call : cancelledBy(request.signal, call))
    })
  }

  close(): void {
    this.#pools.close()
    for (const connection of this.#connections) connection.terminate()
  }

  #sweep(): void {
    const nowMs = readEventTime()
    for (const connection of this.#connections) connection.sweep(nowMs)
  }
}

/** A call that ends when the signal fires, and that leaves nothing at the signal once it is over. */
function cancelledBy(signal: AbortSignal, call: ClientCall): ClientCall {
  const { request } = call
  if (signal.aborted) throw new HttpError('aborted', 'the request was cancelled', { cause: signal.reason })
  const listeners: (() => void)[] = []
  const fire = (): void => {
    for (const listener of listeners) listener()
  }
  const over = (): void => signal.removeEventListener('abort', fire)
  signal.addEventListener('abort', fire)
  return {
    ...call,
    request: {
      ...request,
      onCancel: (listener) => {
        listeners.push(listener)
        request.onCancel?.(listener)
      },
    },
    over,
    reject: (error) => {
      over()
      call.reject(error)
    },
  }
}

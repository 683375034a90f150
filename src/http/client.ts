import { silentLog, type Log } from '#base/log.ts'
import type { ClientConnection } from './client-connection.ts'
import { eventTimeMs, readEventTime } from './event-time.ts'
import { HttpError } from './errors.ts'
import type { Headers } from './headers.ts'
import { defaultHttpLimits, type HttpLimits } from './limits.ts'
import type { Body } from './message.ts'
import { parseOrigin } from './origin.ts'
import { OriginPool, type PoolOptions } from './pool.ts'

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
  /** Deadlines of single phases, where they differ from `timeoutMs`. */
  readonly timeouts?: Partial<HttpTimeouts> | undefined
  /** Accepts any certificate of the backend. */
  readonly insecureSkipVerification?: boolean | undefined
  /** Called with a listener that ends the exchange when it is called. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
}

export interface HttpTimeouts {
  /** To the open connection, TLS included: `connect-timeout`. */
  readonly connectMs: number
  /** From the start, or the last byte of the request that was sent, to the answer's head: `first-byte-timeout`. */
  readonly firstByteMs: number
  /** Between two pieces of the answer's body: `idle-timeout`. */
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
  /** Certificate authorities to trust in place of the usual ones, PEM. */
  readonly ca?: string | undefined
  readonly log?: Log | undefined
}

/** Often enough for timeouts of 50 ms, the least that API Gateway allows. */
const SWEEP_MS = 50
/** Answers may have larger heads than requests: backends set long cookies and policies. */
const ANSWER_HEADER_BYTES_MAX = 56 * 1024
const IDLE_PER_ORIGIN_MAX = 256
const IDLE_MS = 4000
const AGE_MS_MAX = 300_000
const ORIGINS_MAX = 1000

/** An HTTP/1.1 client with a pool of kept connections for each origin. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new PooledClient(options)
}

class PooledClient implements HttpClient {
  readonly #options: PoolOptions
  /** By origin, and by whether its certificate is checked. */
  readonly #pools = new Map<string, OriginPool>()
  readonly #connections = new Set<ClientConnection>()
  #sweeper: Timer | undefined

  constructor({ limits, idlePerOriginMax, idleMs, ageMsMax, ca, log }: HttpClientOptions) {
    this.#options = {
      limits: { ...defaultHttpLimits, headerBytesMax: ANSWER_HEADER_BYTES_MAX, ...limits },
      idleMax: idlePerOriginMax ?? IDLE_PER_ORIGIN_MAX,
      idleMs: idleMs ?? IDLE_MS,
      ageMsMax: ageMsMax ?? AGE_MS_MAX,
      ca,
      log: log ?? silentLog,
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
  }

  get connections(): number {
    return this.#connections.size
  }

  send(request: HttpClientRequest): Promise<HttpClientResponse> {
    return new Promise((resolve, reject) => {
      const pool = this.#pool(request)
      if (pool === undefined) {
        reject(new HttpError('malformed', `${JSON.stringify(request.origin)} is not http(s)://host[:port]`))
        return
      }
      const { authority } = pool.origin
      pool.begin({ request, authority, startedMs: eventTimeMs(), resolve, reject, repeated: false })
    })
  }

  close(): void {
    for (const connection of this.#connections) connection.terminate()
    this.#pools.clear()
  }

  #pool({ origin: text, insecureSkipVerification }: HttpClientRequest): OriginPool | undefined {
    const key = insecureSkipVerification === true ? `${text} unverified` : text
    const known = this.#pools.get(key)
    if (known !== undefined) return known
    const origin = parseOrigin(text, insecureSkipVerification !== true)
    if (origin === undefined) return undefined
    // Origins come from stage variables and mapped paths, too: their number must not grow for ever.
    if (this.#pools.size >= ORIGINS_MAX) {
      for (const [name, { unused }] of this.#pools) if (unused) this.#pools.delete(name)
    }
    const pool = new OriginPool(origin, this.#options)
    this.#pools.set(key, pool)
    return pool
  }

  #sweep(): void {
    const nowMs = readEventTime()
    for (const connection of this.#connections) connection.sweep(nowMs)
  }
}

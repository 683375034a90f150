import type { Log } from '#base/log.ts'
import { StoreUnavailable } from '../store.ts'
import { asPostgresStoreError, isFinal, isPassing } from './errors.ts'
import type { PostgresLimits } from './limits.ts'
import type { PostgresPlace } from './postgres-url.ts'
import { PostgresSession } from './session.ts'

export interface ConnectionsOptions {
  readonly place: PostgresPlace
  readonly limits: PostgresLimits
  readonly log: Log
  /** Makes a new session ready; what it throws counts as a failed attempt. */
  readonly prepare: (session: PostgresSession) => Promise<void>
  /** Of the time between two attempts, from 0 to 1. */
  readonly random?: () => number
}

/** Keeps one session with the server that takes writes, and finds another when it fails. */
export class PostgresConnections {
  readonly #options: ConnectionsOptions
  #session: PostgresSession | undefined
  #connecting: Promise<PostgresSession> | undefined
  /** When the database went away; undefined while it is there. */
  #awaySince: number | undefined
  #lastError: unknown
  #wake: (() => void) | undefined
  #closed = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** Whether it does not answer, as far as is known. */
  get isAway(): boolean {
    return this.#awaySince !== undefined
  }

  /** Waits for the database, however long. @throws StoreUnavailable where only an operator can help, or when closed */
  async first(): Promise<void> {
    this.#connecting = this.#connect(true).finally(() => (this.#connecting = undefined))
    await this.#connecting
  }

  /**
   * Does `work`, again with another session while sessions fail under it: it must be safe to do twice.
   * @throws StoreUnavailable when the database is away for longer than `callTimeoutMs`; what else `work` throws
   */
  async run<R>(work: (session: PostgresSession) => Promise<R>): Promise<R> {
    const { callTimeoutMs } = this.#options.limits
    const startedAt = performance.now()
    for (;;) {
      const session = await this.#ready(Math.min(startedAt, this.#awaySince ?? startedAt) + callTimeoutMs)
      try {
        return await work(session)
      } catch (error) {
        if (!session.failed && !isPassing(error)) throw this.#told(error)
        this.#lost(session, error)
        if (performance.now() > startedAt + callTimeoutMs) throw this.#told(error)
      }
    }
  }

  close(): void {
    this.#closed = true
    this.#session?.fail()
    this.#wake?.()
  }

  /** @param untilMs when to give up, on the monotonic clock */
  async #ready(untilMs: number): Promise<PostgresSession> {
    if (this.#closed) throw this.#closedError()
    if (this.#session?.failed === false) return this.#session
    if (this.#session !== undefined) this.#lost(this.#session, undefined)
    this.#connecting ??= this.#connect(false).finally(() => (this.#connecting = undefined))
    const connecting = this.#connecting
    connecting.catch(() => {})
    const leftMs = untilMs - performance.now()
    let timer: Timer | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(this.#told(this.#lastError ?? this.#awayError())), Math.max(leftMs, 0))
    })
    try {
      return await Promise.race([connecting, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #lost(session: PostgresSession, error: unknown): void {
    session.fail()
    if (session !== this.#session) return
    this.#session = undefined
    this.#awaySince ??= performance.now()
    this.#lastError = error ?? this.#lastError
  }

  /** @param first whether what only an operator can mend ends it */
  async #connect(first: boolean): Promise<PostgresSession> {
    const { limits, log, place, random = Math.random } = this.#options
    let told = false
    for (let attempt = 0; ; attempt++) {
      try {
        const session = await this.#attempt()
        if (told) log.info('the database is back', { store: place.name, host: session.host.host })
        return session
      } catch (error) {
        if (this.#closed) throw this.#closedError()
        this.#lastError = error
        this.#awaySince ??= performance.now()
        if (first && (isFinal(error) || !isPassing(error))) throw this.#told(error)
        const message = (this.#told(error) as Error).message
        if (!told && attempt > 0) log.warn('the database is away: trying again until it is back', { message })
        told ||= attempt > 0
      }
      const longest = Math.min(limits.retryMsMin * 2 ** attempt, limits.retryMsMax)
      await this.#pause(longest * (0.5 + random() / 2))
    }
  }

  /** Every host once. */
  async #attempt(): Promise<PostgresSession> {
    const { limits, place, prepare } = this.#options
    let last: unknown
    for (const host of place.hosts) {
      let session: PostgresSession | undefined
      try {
        session = await PostgresSession.open(place, host, limits)
        await prepare(session)
        if (this.#closed) throw this.#closedError()
        this.#session = session
        this.#awaySince = undefined
        this.#lastError = undefined
        return session
      } catch (error) {
        session?.fail()
        if (!isFinal(last)) last = error
      }
    }
    throw last
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    if (this.#closed) throw this.#closedError()
  }

  #told(error: unknown): unknown {
    return asPostgresStoreError(error, this.#options.place.name)
  }

  #awayError(): StoreUnavailable {
    const { name } = this.#options.place
    return new StoreUnavailable(name, `${name}: the database is away.`)
  }

  #closedError(): StoreUnavailable {
    const { name } = this.#options.place
    return new StoreUnavailable(name, `The store ${name} is closed.`)
  }
}

import { SQL, type ReservedSQL } from 'bun'
import { PostgresTimeout, PostgresUnusable } from './errors.ts'
import type { PostgresLimits } from './limits.ts'
import type { PostgresHost, PostgresPlace } from './postgres-url.ts'

/** Says a statement; parameters by place. `undefined` values are no parameters: NULL is null. */
export type Query = <Row>(text: string, ...values: readonly Value[]) => Promise<Row[]>
export type Value = string | number | Uint8Array | null

/** Connections to one server that takes writes. Fails as a whole: whoever uses it then opens another. */
export class PostgresSession {
  readonly host: PostgresHost
  readonly #sql: SQL
  readonly #limits: PostgresLimits
  #failed = false

  private constructor(host: PostgresHost, sql: SQL, limits: PostgresLimits) {
    this.host = host
    this.#sql = sql
    this.#limits = limits
  }

  /** @throws SQL.PostgresError, PostgresTimeout, PostgresUnusable */
  static async open(
    place: PostgresPlace,
    host: PostgresHost,
    limits: PostgresLimits,
  ): Promise<PostgresSession> {
    const session = new PostgresSession(host, connect(place, host, limits), limits)
    try {
      await session.#checkServer()
      return session
    } catch (error) {
      session.fail()
      throw error
    }
  }

  get failed(): boolean {
    return this.#failed
  }

  /** One statement, on any connection. @throws SQL.PostgresError, PostgresTimeout */
  query<Row>(text: string, values: readonly Value[], timeoutMs: number): Promise<Row[]> {
    return this.#inTime(this.#sql.unsafe(text, [...values]) as Promise<Row[]>, timeoutMs)
  }

  /** Several statements on one connection, nobody else's between them. @throws SQL.PostgresError, PostgresTimeout */
  async exclusively<R>(
    work: (query: Query) => Promise<R>,
    timeoutMs: number = this.#limits.statementTimeoutMs,
  ): Promise<R> {
    const reserving = this.#sql.reserve()
    let connection: ReservedSQL
    try {
      connection = await this.#inTime(reserving, timeoutMs)
    } catch (error) {
      reserving.then((late) => late.release()).catch(() => {})
      throw error
    }
    try {
      return await work((text, ...values) =>
        this.#inTime(
          values.length === 0 ? connection.unsafe(text) : connection.unsafe(text, [...values]),
          timeoutMs,
        ),
      )
    } finally {
      if (!this.#failed) void connection.release()
    }
  }

  /** Calls `heard` when something is notified on `channel`, as long as the session lives. */
  async listen(channel: string, heard: () => void): Promise<void> {
    await this.#inTime(this.#sql.listen(channel, heard), this.#limits.connectTimeoutMs)
  }

  /** Lets go of all connections; statements under way are rejected. */
  fail(): void {
    if (this.#failed) return
    this.#failed = true
    this.#sql.close({ timeout: 0 }).catch(() => {})
  }

  async #checkServer(): Promise<void> {
    const [server] = await this.query<{ standby: boolean; encoding: string; version: string }>(
      `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS standby,
        current_setting('server_encoding') AS encoding, current_setting('server_version_num') AS version`,
      [],
      this.#limits.connectTimeoutMs,
    )
    const { standby, encoding, version } = server as { standby: boolean; encoding: string; version: string }
    const at = `${this.host.host}:${this.host.port}`
    // It may be promoted at any moment.
    if (standby) throw new PostgresTimeout(`${at} is a standby: it takes no writes`)
    if (encoding !== 'UTF8') {
      throw new PostgresUnusable(`The database at ${at} has the encoding ${encoding}: it must be UTF8.`)
    }
    if (Number(version) < OLDEST) {
      throw new PostgresUnusable(`The server at ${at} is too old: PostgreSQL 13 or newer is needed.`)
    }
  }

  async #inTime<R>(promise: PromiseLike<R>, timeoutMs: number): Promise<R> {
    let timer: Timer | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          new PostgresTimeout(`no answer from ${this.host.host}:${this.host.port} within ${timeoutMs} ms`),
        )
        this.fail()
      }, timeoutMs)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** As server_version_num. */
const OLDEST = 130_000

function connect(place: PostgresPlace, { host, port }: PostgresHost, limits: PostgresLimits): SQL {
  const { user, password, database, sslmode, ca, schema } = place
  const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}?sslmode=${sslmode}`
  return new SQL({
    url,
    ...(ca === undefined ? {} : { tls: { ca } }),
    max: limits.connectionsMax,
    connectionTimeout: limits.connectTimeoutMs / 1000,
    connection: {
      application_name: 'gatehouse',
      search_path: schema,
      client_min_messages: 'error',
      // A gateway that is stopped, or cut off, in the middle of a commit holds others up for so long.
      idle_in_transaction_session_timeout: String(limits.statementTimeoutMs / 2),
      statement_timeout: String(limits.scanTimeoutMs),
      tcp_keepalives_idle: '10',
      tcp_keepalives_interval: '5',
      tcp_keepalives_count: '3',
    },
  })
}

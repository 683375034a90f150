import { createMutex, type Mutex } from '#base/mutex.ts'
import type { Change, Key } from '../store.ts'
import type { NumberedCommit } from './commit-batch.ts'
import type { PostgresConnections } from './connections.ts'
import type { PostgresLimits } from './limits.ts'
import { sql } from './statements.ts'

interface ChangeRow extends Key {
  readonly sequence: string
  readonly token: string
  readonly kind: string
  readonly operation: 'write' | 'delete' | 'clear'
}

const nowhere: Key = { account: '', region: '', parent: '', id: '' }

/** Tells every commit of every gateway, once, in order; or that some were missed. */
export class ChangeFeed {
  readonly #connections: PostgresConnections
  readonly #limits: PostgresLimits
  readonly #publish: (changes: readonly Change[], sequence: number) => void
  readonly #inTurn: Mutex = createMutex()
  /** The last commit that was told, and its token; undefined before the first look. */
  #known: number | undefined
  #token = ''
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(
    connections: PostgresConnections,
    limits: PostgresLimits,
    publish: (changes: readonly Change[], sequence: number) => void,
  ) {
    this.#connections = connections
    this.#limits = limits
    this.#publish = publish
  }

  get sequence(): number {
    return this.#known ?? 0
  }

  /** Begins with what is committed now; then looks every `pollMs`. */
  async start(): Promise<void> {
    await this.catchUp()
    this.#schedule()
  }

  /** Tells what this process has committed on top of `base`, and before it what others have. */
  async committed(base: number, commits: readonly NumberedCommit[], token: string): Promise<void> {
    await this.#inTurn(async () => {
      const last = commits.at(-1)?.sequence ?? base
      if (this.#known !== base) return this.#read()
      for (const { changes, sequence } of commits) this.#publish(changes, sequence)
      this.#known = last
      this.#token = token
    })
  }

  /** Tells what others have committed. */
  catchUp(): Promise<void> {
    return this.#inTurn(() => this.#read())
  }

  /** To be called when something was notified: at most one look waits for the one under way. */
  look(): void {
    if (this.#closed) return
    if (this.#looking !== undefined) {
      this.#again = true
      return
    }
    // That the database is away is told by the connections.
    this.#looking = this.catchUp()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined
        if (!this.#again) return
        this.#again = false
        this.look()
      })
  }

  async stop(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.look()
      this.#schedule()
    }, this.#limits.pollMs)
  }

  async #read(): Promise<void> {
    const known = this.#known
    const { statementTimeoutMs } = this.#limits
    await this.#connections.run(async (session) => {
      const [row] = await session.query<{ sequence: string; token: string | null; known: string | null }>(
        sql.newest,
        [known ?? 0],
        statementTimeoutMs,
      )
      const newest = Number(row?.sequence)
      const token = row?.token ?? ''
      if (known === undefined || this.#known !== known) {
        this.#known ??= newest
        if (known === undefined) this.#token = token
        return
      }
      const sameHistory = known === 0 || row?.known === this.#token
      if (sameHistory && newest === known) return
      const rows =
        sameHistory && newest > known
          ? await session.query<ChangeRow>(sql.changesSince, [known], statementTimeoutMs)
          : []
      const commits = wholeCommits(rows, known)
      if (commits === undefined) {
        // Forgotten meanwhile, or the server was set back.
        this.#publish([{ kind: '*', key: nowhere, operation: 'missed' }], newest)
        this.#known = newest
        this.#token = token
        return
      }
      for (const { changes, sequence } of commits) this.#publish(changes, sequence)
      this.#known = commits.at(-1)?.sequence as number
      this.#token = rows.at(-1)?.token as string
    })
  }
}

/** Undefined when there are none, or some are not there. */
function wholeCommits(rows: readonly ChangeRow[], known: number): NumberedCommit[] | undefined {
  const commits: { sequence: number; changes: Change[] }[] = []
  for (const { sequence, kind, account, region, parent, id, operation } of rows) {
    let commit = commits.at(-1)
    if (commit?.sequence !== Number(sequence)) {
      if (Number(sequence) !== (commit?.sequence ?? known) + 1) return undefined
      commit = { sequence: Number(sequence), changes: [] }
      commits.push(commit)
    }
    commit.changes.push({ kind, key: { account, region, parent, id }, operation })
  }
  return commits.length === 0 ? undefined : commits
}

import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import { freePort } from './free-port.ts'
import { asPostgresUser, postgresPrograms, servicesUser } from './postgres-programs.ts'

/** A PostgreSQL server of the tests' own, that a power cut would harm unless it is to be durable. */
export interface PostgresServer {
  readonly port: number
  readonly folder: string
  /** A schema of its own in the server's one database; through another port, that of a proxy. */
  url(schema: string, port?: number): string
  /** As a database crash: all its processes end at once. */
  kill(): Promise<void>
  start(): Promise<void>
  pause(): void
  resume(): void
  /** Says statements as its superuser. */
  sql(...statements: string[]): Promise<void>
  /** Runs one of its programs, as its user. */
  run(program: string, ...flags: string[]): void
  stop(): Promise<void>
}

let template: string | undefined
let shared: Promise<PostgresServer> | undefined
let schemas = 0

/** One for all tests of a file that do it no harm; it ends with the run. */
export function sharedPostgres(): Promise<PostgresServer> {
  shared ??= startPostgres()
  return shared
}

/** A name that no other test uses. */
export function newSchema(): string {
  return `test_${process.pid}_${++schemas}`
}

export interface PostgresServerOptions {
  /** To be put into its data folder, text by name; readable by the server alone. */
  readonly files?: Readonly<Record<string, string>>
  /** Further lines of postgresql.conf. */
  readonly configuration?: string
  /** Whether commits wait for the disk. */
  readonly durable?: boolean
}

export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const { files = {}, configuration = '', durable = false } = options
  const folder = newFolder()
  cpSync(initialised(), join(folder, 'data'), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, 'data', name), text, { mode: 0o600 })
  }
  appendFileSync(join(folder, 'data', 'postgresql.conf'), configuration)
  const server = new OwnServer(folder, await freePort(), durable)
  await server.start()
  return server
}

/** A standby of a server, which streams from it. */
export async function startStandby(of: PostgresServer): Promise<PostgresServer> {
  const folder = newFolder()
  of.run(
    'pg_basebackup',
    '-D',
    join(folder, 'data'),
    '-h',
    '127.0.0.1',
    '-p',
    String(of.port),
    '-U',
    USER,
    '--write-recovery-conf',
    '--checkpoint=fast',
    '--no-sync',
  )
  const server = new OwnServer(folder, await freePort())
  await server.start()
  return server
}

const USER = 'gatehouse'

const settings = [
  'shared_buffers=16MB',
  'max_connections=60',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'wal_level=replica',
  'max_wal_senders=4',
  'autovacuum=off',
  'logging_collector=off',
  // In the data folder, and not where a server that is killed leaves it.
  'dynamic_shared_memory_type=mmap',
]

function address(port: number): string {
  return `postgres://${USER}@127.0.0.1:${port}/postgres?sslmode=disable`
}

class OwnServer implements PostgresServer {
  readonly folder: string
  readonly port: number
  readonly #settings: readonly string[]
  #process: Bun.Subprocess<'pipe', 'ignore', 'ignore'> | undefined

  constructor(folder: string, port: number, durable = false) {
    this.folder = folder
    this.#settings = durable ? settings : [...settings, 'fsync=off', 'full_page_writes=off']
    this.port = port
  }

  url(schema: string, port: number = this.port): string {
    return `${address(port)}&schema=${schema}`
  }

  async start(): Promise<void> {
    own(this.folder)
    const command = asPostgresUser([
      join(postgresPrograms(), 'postgres'),
      '-D',
      join(this.folder, 'data'),
      '-p',
      String(this.port),
      ...this.#settings.flatMap((setting) => ['-c', setting]),
    ])
    // When the tests end, however they end, the pipe does, and with it the server.
    const guard =
      'trap "" TERM INT HUP; folder=$1; shift; "$@" & pid=$!; cat >/dev/null; kill -QUIT $pid; wait; rm -rf "$folder"'
    this.#process = Bun.spawn(['sh', '-c', guard, 'sh', this.folder, ...command], {
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
    })
    await answering(this.port)
  }

  async kill(): Promise<void> {
    for (const pid of this.#pids()) process.kill(pid, 'SIGKILL')
    await silent(this.port)
    // The guard would take the folder with it.
    this.#process?.kill('SIGKILL')
    await this.#process?.exited
    rmSync(join(this.folder, 'data', 'postmaster.pid'), { force: true })
  }

  pause(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGSTOP')
  }

  resume(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGCONT')
  }

  async sql(...statements: string[]): Promise<void> {
    const sql = new SQL(address(this.port), { max: 1 })
    try {
      for (const statement of statements) await sql.unsafe(statement)
    } finally {
      await sql.close({ timeout: 0 })
    }
  }

  run(program: string, ...flags: string[]): void {
    const { exitCode, stderr } = Bun.spawnSync(
      asPostgresUser([join(postgresPrograms(), program), ...flags]),
      { cwd: tmpdir() },
    )
    if (exitCode !== 0) throw new Error(`${program}: ${stderr.toString()}`)
  }

  async stop(): Promise<void> {
    await this.#process?.stdin.end()
    await this.#process?.exited
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The server and its children; the guard is no part of it. */
  #pids(): number[] {
    const first = childrenOf(this.#process?.pid ?? 0)[0]
    if (first === undefined) throw new Error('the server does not run')
    return [first, ...childrenOf(first)]
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'pid=,args=', '--ppid', String(pid)])
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line.includes('postgres'))
    .map((line) => Number.parseInt(line, 10))
}

/** A data folder as initdb makes it, made once a file. */
function initialised(): string {
  if (template !== undefined) return template
  const folder = newFolder()
  const data = join(folder, 'data')
  const command = [
    join(postgresPrograms(), 'initdb'),
    '-D',
    data,
    '-U',
    USER,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  const { exitCode, stderr } = Bun.spawnSync(asPostgresUser(command), { cwd: tmpdir() })
  if (exitCode !== 0) throw new Error(`initdb: ${stderr.toString()}`)
  template = data
  return data
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'))
  // Away with it when the tests end, however they end.
  const guard = ['sh', '-c', 'trap "" TERM INT HUP; cat >/dev/null; rm -rf "$1"', 'sh', folder]
  Bun.spawn(guard, { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' }).unref()
  own(folder)
  return folder
}

function own(folder: string): void {
  if (process.getuid?.() !== 0) return
  const { exitCode } = Bun.spawnSync(['chown', '-R', servicesUser(), folder])
  if (exitCode !== 0) throw new Error(`chown ${folder} failed`)
}

/** Asks until it lets somebody in. */
async function answering(port: number): Promise<void> {
  for (const until = Date.now() + 30_000; ;) {
    const sql = new SQL(address(port), { max: 1 })
    try {
      await sql.unsafe('SELECT 1')
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await Bun.sleep(20)
    } finally {
      await sql.close({ timeout: 0 })
    }
  }
}

async function silent(port: number): Promise<void> {
  const refused = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => resolve(false)).on('error', () => resolve(true))
      socket.on('connect', () => socket.destroy())
    })
  while (!(await refused())) await Bun.sleep(5)
}

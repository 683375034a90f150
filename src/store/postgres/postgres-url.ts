import { readFileSync } from 'node:fs'

/** Where the store is. */
export interface PostgresPlace {
  /** Tried in turn: the first that takes writes is used. */
  readonly hosts: readonly PostgresHost[]
  readonly user: string
  readonly password: string
  readonly database: string
  readonly sslmode: SslMode
  /** Certificate authorities, PEM. */
  readonly ca: string | undefined
  /** The schema that the tables are in. */
  readonly schema: string
  /** How long a call waits for a database that is away; undefined: as the limits say. */
  readonly timeoutMs: number | undefined
  /** For people: without the password. */
  readonly name: string
}

export interface PostgresHost {
  readonly host: string
  readonly port: number
}

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type SslMode = (typeof sslModes)[number]

const FORM =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?@]+)\/(?<database>[^/?]+)(?:\?(?<query>.*))?$/
const HOST = /^(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>\d{1,5}))?$/
const known = ['sslmode', 'sslrootcert', 'schema', 'timeout']
const expected =
  'postgres://USER:PASSWORD@HOST:PORT[,HOST:PORT…]/DATABASE[?sslmode=…&sslrootcert=FILE&schema=NAME&timeout=MS]'

/** @throws Error saying what is expected, without the password */
export function parsePostgresUrl(url: string): PostgresPlace {
  const parts = FORM.exec(url)?.groups
  if (parts === undefined) throw new Error(`expected ${expected}`)
  const hosts = (parts['hosts'] as string).split(',').map(hostOf)
  const query = new URLSearchParams(parts['query'] ?? '')
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new Error(`unknown parameter ${name}; there are ${known.join(', ')}`)
  }
  const sslmode = sslModes.find((mode) => mode === (query.get('sslmode') ?? 'prefer'))
  if (sslmode === undefined) throw new Error(`expected an sslmode of ${sslModes.join(', ')}`)
  const schema = query.get('schema') ?? 'gatehouse'
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new Error('expected a schema of up to 63 lower-case letters, digits and underscores')
  }
  const timeout = query.get('timeout')
  if (timeout !== null && !/^[1-9]\d{0,5}$/.test(timeout)) {
    throw new Error('expected a timeout from 1 to 999999 milliseconds')
  }
  const authorities = query.get('sslrootcert')
  const database = decoded(parts['database'] as string)
  return {
    hosts,
    user: decoded(parts['user'] ?? 'gatehouse'),
    password: decoded(parts['password'] ?? ''),
    database,
    sslmode,
    ca: authorities === null ? undefined : fileText(authorities),
    schema,
    timeoutMs: timeout === null ? undefined : Number(timeout),
    name: `postgres://${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}/${database}`,
  }
}

function hostOf(text: string): PostgresHost {
  const { host, port = '5432' } = HOST.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) throw new Error(`expected ${expected}`)
  return { host, port: Number(port) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('expected user, password and database percent-encoded')
  }
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`sslrootcert: cannot read ${file} (${(error as { code?: string }).code})`)
  }
}

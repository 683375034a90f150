import { SQL } from 'bun'
import { StoreUnavailable } from '../store.ts'

/** A statement, or an attempt to connect, took longer than it may. */
export class PostgresTimeout extends Error {}

/** The server is there, but cannot be used as it is: to be told to the operator at once. */
export class PostgresUnusable extends Error {}

/**
 * SQLSTATEs after which another connection, or another server, may do: it stops, starts, has become a standby, has no
 * connection left. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const passing = /^(08...|57P0[1-5]|25006|25P0[34]|53300|55000|40...|55P03)$/

/** Statements that an operator has to do something about, as the start of SQLSTATEs. */
const meanings: readonly (readonly [state: string, meaning: string])[] = [
  ['28', 'the server refuses this user or password. Look at both, and at the server’s pg_hba.conf.'],
  ['3D000', 'there is no such database. Make it: createdb -O USER DATABASE'],
  ['42501', 'this user may not do that. Make it the owner of the database, or of the schema.'],
  ['53100', 'the disk of the server is full. Free some space.'],
  ['XX001', 'data on the server is damaged. Restore a backup.'],
  ['XX002', 'an index on the server is damaged. REINDEX it.'],
]

/** The SQLSTATE; undefined when the server did not answer. */
export function sqlState(error: unknown): string | undefined {
  const state = error instanceof SQL.PostgresError ? error.errno : undefined
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) ? state : undefined
}

/** What is wrong with the server's certificate; undefined for other errors. Node's names: they are OpenSSL's. */
function certificateFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return /CERT|UNABLE_TO|SELF_SIGNED/.test(String(error.code)) ? error.message : undefined
}

/** Whether the connection is lost or no longer of use, and another one may do. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PostgresTimeout) return true
  if (!(error instanceof SQL.PostgresError)) return false
  const state = sqlState(error)
  return state === undefined || passing.test(state)
}

/** Whether only an operator can help: no use in trying again. */
export function isFinal(error: unknown): boolean {
  const state = sqlState(error)
  if (error instanceof PostgresUnusable || certificateFault(error) !== undefined) return true
  return state !== undefined && /^(28|3D|42501)/.test(state)
}

/** The error as operators should see it. @param name of the store, without its password */
export function asPostgresStoreError(error: unknown, name: string): unknown {
  if (error instanceof PostgresUnusable) return new StoreUnavailable(name, error.message, error)
  const fault = certificateFault(error)
  if (fault !== undefined) {
    return new StoreUnavailable(
      name,
      `${name}: the certificate of the server is not trusted (${fault}). Name its authority with sslrootcert=FILE, ` +
        'and the host as the certificate does; sslmode=require asks nothing of certificates.',
      error,
    )
  }
  if (!(error instanceof SQL.PostgresError || error instanceof PostgresTimeout)) return error
  const state = sqlState(error)
  const meaning = meanings.find(([start]) => state?.startsWith(start) === true)?.[1]
  const what = meaning ?? (isPassing(error) ? 'the database is away.' : 'the database failed.')
  return new StoreUnavailable(
    name,
    `${name}: ${what} (${state === undefined ? '' : `${state}: `}${error.message})`,
    error,
  )
}

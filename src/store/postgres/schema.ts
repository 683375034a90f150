import { PostgresUnusable } from './errors.ts'
import type { Query } from './session.ts'

export interface SchemaVersion {
  readonly sql: string
  /** The oldest version whose programs may go on beside it: nodes are replaced one after the other. */
  readonly compatibleFrom: number
}

/**
 * The schema's history: entry n makes version n + 1 of version n. Only ever append.
 *
 * clock: one row, which a commit locks: commits come one after the other, so their numbers are in the order in which
 * they can be seen, and none is seen before an earlier one.
 * collection: one row for each parent with records of a kind; `id` is the SHA-256 of its name, because index entries are
 * shorter than keys may be; `revision` is the sequence number of the last commit that changed any of its records.
 * record: `revision` is that of the commit that wrote it.
 * change: the change feed; `sequence` and `token` are the same for the changes of one commit. The token is random: a
 * server that was set back to an earlier state, and has gone on from there, is told by it.
 * gateway: who is there, and up to which commit it has told its watchers; not worth writing ahead.
 * blob: `holders` is 0 until a commit claims it.
 */
export const schemaHistory: readonly SchemaVersion[] = [
  {
    compatibleFrom: 1,
    sql: `
    CREATE TABLE clock (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      sequence bigint NOT NULL,
      number bigint NOT NULL
    ) WITH (fillfactor = 10);
    INSERT INTO clock (sequence, number) VALUES (0, 0);
    CREATE TABLE collection (
      id text COLLATE "C" PRIMARY KEY,
      kind text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      region text COLLATE "C" NOT NULL,
      parent text COLLATE "C" NOT NULL,
      revision bigint NOT NULL,
      records integer NOT NULL
    );
    CREATE INDEX collection_kind ON collection (kind);
    CREATE TABLE record (
      collection text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      version integer NOT NULL,
      revision bigint NOT NULL,
      json text NOT NULL,
      PRIMARY KEY (collection, id)
    );
    CREATE TABLE change (
      number bigint PRIMARY KEY,
      sequence bigint NOT NULL,
      token text NOT NULL,
      kind text NOT NULL,
      account text NOT NULL,
      region text NOT NULL,
      parent text NOT NULL,
      id text NOT NULL,
      operation text NOT NULL
    );
    CREATE INDEX change_sequence ON change (sequence);
    CREATE TABLE blob (
      sha256 text COLLATE "C" PRIMARY KEY,
      holders integer NOT NULL,
      pieces integer NOT NULL,
      stored_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE blob_piece (
      sha256 text COLLATE "C" NOT NULL REFERENCES blob ON DELETE CASCADE,
      at integer NOT NULL,
      bytes bytea NOT NULL,
      PRIMARY KEY (sha256, at)
    );
    ALTER TABLE blob_piece ALTER COLUMN bytes SET STORAGE EXTERNAL;
    `,
  },
  {
    // Those who do not know of the table are not in it: nobody waits for them.
    compatibleFrom: 1,
    sql: `
    CREATE UNLOGGED TABLE gateway (
      id text COLLATE "C" PRIMARY KEY,
      told bigint NOT NULL,
      seen timestamptz NOT NULL
    ) WITH (fillfactor = 20);
    `,
  },
]

/**
 * Brings the schema to the newest version, in one commit; nodes that start at once take turns.
 * @param query on one connection
 * @throws PostgresUnusable for a schema that this program may not use
 */
export async function migratePostgres(
  query: Query,
  schema: string,
  history: readonly SchemaVersion[] = schemaHistory,
): Promise<void> {
  if ((await foundVersion(query, schema, history)) >= history.length) return
  // Before the transaction begins: what it knows of tables is then of no earlier moment.
  await query(`SELECT pg_advisory_lock(hashtext('gatehouse'), hashtext($1))`, schema)
  try {
    await query('BEGIN')
    const found = await foundVersion(query, schema, history)
    if (found < history.length) await upgrade(query, schema, history, found)
    await query('COMMIT')
  } catch (error) {
    await query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    await query(`SELECT pg_advisory_unlock(hashtext('gatehouse'), hashtext($1))`, schema).catch(() => {})
  }
}

async function upgrade(
  query: Query,
  schema: string,
  history: readonly SchemaVersion[],
  found: number,
): Promise<void> {
  // Who may use a schema that is there need not be allowed to make one.
  const there = await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', schema)
  if (there.length === 0) await query(`CREATE SCHEMA "${schema}"`)
  if (found === 0) {
    const others = await query(
      'SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 LIMIT 1',
      schema,
    )
    if (others.length > 0) {
      throw new PostgresUnusable(
        `The schema ${schema} has tables of another program: name another one with ?schema=NAME.`,
      )
    }
    await query(`CREATE TABLE "${schema}".gatehouse_schema (
      one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL, compatible_from integer NOT NULL)`)
    await query(`INSERT INTO "${schema}".gatehouse_schema (version, compatible_from) VALUES (0, 0)`)
  }
  for (const { sql } of history.slice(found)) await query(sql)
  const { compatibleFrom } = history.at(-1) as SchemaVersion
  await query(
    `UPDATE "${schema}".gatehouse_schema SET version = $1::integer, compatible_from = $2::integer`,
    history.length,
    compatibleFrom,
  )
}

/** 0: there is none. */
async function foundVersion(
  query: Query,
  schema: string,
  history: readonly SchemaVersion[],
): Promise<number> {
  const there = await query(
    `SELECT 1 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname = $1 AND relname = 'gatehouse_schema'`,
    schema,
  )
  if (there.length === 0) return 0
  const [row] = await query<{ version: number; compatible_from: number }>(
    `SELECT version, compatible_from FROM "${schema}".gatehouse_schema`,
  )
  const { version, compatible_from: compatibleFrom } = row ?? { version: 0, compatible_from: 0 }
  if (compatibleFrom > history.length) {
    throw new PostgresUnusable(
      `The schema ${schema} was written by a newer Gatehouse: it is version ${version}, for programs that know ` +
        `version ${compatibleFrom} or later; this one knows versions up to ${history.length}. Start the newer program.`,
    )
  }
  return version
}

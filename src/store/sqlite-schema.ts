import type { Database } from 'bun:sqlite'
import { StoreUnavailable } from './store.ts'

/** In SQLite's header, to tell our files from others: "GATE". */
const applicationId = 0x47415445

/**
 * The schema's history: entry n makes version n + 1 of version n. Only ever append: files of every version exist.
 *
 * record: `revision` is the sequence number of the commit that wrote it.
 * collection: one row for each parent with records of a kind; `revision` as above, of any of its records.
 * change: the change feed; `number` grows by one, `sequence` is the same for the changes of one commit.
 */
const history: readonly string[] = [
  `
  CREATE TABLE record (
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (kind, account, region, parent, id)
  ) STRICT;
  CREATE TABLE collection (
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    parent TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (kind, account, region, parent)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    operation TEXT NOT NULL
  ) STRICT;
  CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    holders INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  `,
]

/**
 * Brings a database to the newest schema, in one commit.
 * @param file its name, for errors
 * @param versions every schema's SQL, oldest first; tests give their own
 * @throws StoreUnavailable for a newer schema or another program's file
 */
export function migrate(db: Database, file: string, versions: readonly string[] = history): void {
  const found = pragma(db, 'user_version')
  if (found === versions.length && isOurs(db)) return
  if (found > versions.length && isOurs(db)) {
    throw new StoreUnavailable(
      file,
      `${file} was written by a newer Gatehouse: its schema is version ${found}, this program supports versions up ` +
        `to ${versions.length}. Start the newer program, or use another data folder.`,
    )
  }
  if (!isOurs(db) && !isEmpty(db)) {
    throw new StoreUnavailable(
      file,
      `${file} is a database of another program: move it away, or use another data folder.`,
    )
  }
  db.transaction(() => {
    db.run(`PRAGMA application_id = ${applicationId}`)
    for (const sql of versions.slice(found)) db.run(sql)
    db.run(`PRAGMA user_version = ${versions.length}`)
  }).immediate()
}

function isOurs(db: Database): boolean {
  return pragma(db, 'application_id') === applicationId
}

function isEmpty(db: Database): boolean {
  return db.query('SELECT 1 FROM sqlite_schema LIMIT 1').get() === null && pragma(db, 'user_version') === 0
}

function pragma(db: Database, name: 'user_version' | 'application_id'): number {
  return (db.query(`PRAGMA ${name}`).get() as Record<typeof name, number>)[name]
}

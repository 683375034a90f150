/** Everything that is said to the database while it serves. Parameters by place. */
export const sql = {
  readRecord:
    'SELECT id, version, revision, json FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ? AND id = ?',
  readRevision:
    'SELECT revision FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ? AND id = ?',
  readCollectionRevision:
    'SELECT revision FROM collection WHERE kind = ? AND account = ? AND region = ? AND parent = ?',
  // Ids are never empty, so '' is before the first one; a negative limit is none.
  listRecords: `SELECT id, version, revision, json FROM record
    WHERE kind = ? AND account = ? AND region = ? AND parent = ? AND id > ? ORDER BY id LIMIT ?`,
  countRecords:
    'SELECT COUNT(*) AS count FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ?',
  scanRecords: `SELECT account, region, parent, id, version, json FROM record
    WHERE kind = ? ORDER BY account, region, parent, id`,
  writeRecord: `INSERT INTO record (kind, account, region, parent, id, version, revision, json)
    VALUES (?, ?, ?, ?, ?, 1, ?, ?)
    ON CONFLICT DO UPDATE SET version = version + 1, revision = excluded.revision, json = excluded.json`,
  createRecord: `INSERT INTO record (kind, account, region, parent, id, version, revision, json)
    VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO NOTHING`,
  deleteRecord: 'DELETE FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ? AND id = ?',
  listIds: 'SELECT id FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ? ORDER BY id',
  deleteRecords: 'DELETE FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ?',
  anyRecord: 'SELECT 1 FROM record WHERE kind = ? AND account = ? AND region = ? AND parent = ? LIMIT 1',
  writeCollection: `INSERT INTO collection (kind, account, region, parent, revision) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET revision = excluded.revision`,
  deleteCollection: 'DELETE FROM collection WHERE kind = ? AND account = ? AND region = ? AND parent = ?',
  readBlob: 'SELECT bytes FROM blob WHERE sha256 = ?',
  holdBlob: 'UPDATE blob SET holders = holders + 1 WHERE sha256 = ?',
  writeBlob: 'INSERT INTO blob (sha256, holders, bytes) VALUES (?, 1, ?)',
  releaseBlob: 'UPDATE blob SET holders = holders - 1 WHERE sha256 = ?',
  deleteBlob: 'DELETE FROM blob WHERE sha256 = ? AND holders = 0',
  writeChange: `INSERT INTO change (number, sequence, kind, account, region, parent, id, operation)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  forgetChanges: 'DELETE FROM change WHERE number <= ?',
  firstChange: 'SELECT number, sequence FROM change ORDER BY number LIMIT 1',
  lastChange: 'SELECT number, sequence FROM change ORDER BY number DESC LIMIT 1',
  changesSince: `SELECT sequence, kind, account, region, parent, id, operation FROM change
    WHERE sequence > ? ORDER BY number`,
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT one',
  rollbackToSavepoint: 'ROLLBACK TO one',
  release: 'RELEASE one',
} as const

/** For `clear`. */
export const emptyTables: readonly string[] = [
  'DELETE FROM record',
  'DELETE FROM collection',
  'DELETE FROM blob',
  'DELETE FROM change',
]

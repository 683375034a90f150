/** Everything that is said to the database while it serves. Rows of several kinds come and go as one JSON parameter. */
export const sql = {
  readRecord: `SELECT c.sequence AS as_of, r.id, r.version, r.revision, r.json
    FROM clock c LEFT JOIN record r ON r.collection = $1 AND r.id = $2`,
  readCollection: `SELECT c.sequence AS as_of, k.revision
    FROM clock c LEFT JOIN collection k ON k.id = $1`,
  // One statement, so that all of it is of one moment. Ids are never empty: '' is before the first one.
  listRecords: `SELECT c.sequence AS as_of, k.revision AS collection_revision, r.id, r.version, r.revision, r.json
    FROM clock c LEFT JOIN collection k ON k.id = $1
    LEFT JOIN LATERAL (
      SELECT * FROM record WHERE collection = $1 AND id > $2 ORDER BY id LIMIT $3::bigint
    ) r ON true ORDER BY r.id`,
  countRecords: 'SELECT records FROM collection WHERE id = $1',
  scanRecords: `SELECT k.account, k.region, k.parent, r.id, r.version, r.json
    FROM collection k JOIN record r ON r.collection = k.id
    WHERE k.kind = $1 ORDER BY k.account, k.region, k.parent, r.id`,
  current: `SELECT c.sequence AS as_of,
      NOT EXISTS (
        SELECT 1 FROM json_to_recordset($1::text::json) AS seen (collection text, id text, revision bigint)
        LEFT JOIN record r ON r.collection = seen.collection AND r.id = seen.id
        WHERE r.revision IS DISTINCT FROM seen.revision
      ) AND NOT EXISTS (
        SELECT 1 FROM json_to_recordset($2::text::json) AS seen (id text, revision bigint)
        LEFT JOIN collection k ON k.id = seen.id
        WHERE k.revision IS DISTINCT FROM seen.revision
      ) AS current
    FROM clock c`,

  blobPieces: 'SELECT pieces FROM blob WHERE sha256 = $1 AND holders > 0',
  readPiece: 'SELECT bytes FROM blob_piece WHERE sha256 = $1 AND at = $2::integer',
  knownBlobs:
    'SELECT sha256, holders FROM blob WHERE sha256 IN (SELECT json_array_elements_text($1::text::json))',
  offerBlob:
    'INSERT INTO blob (sha256, holders, pieces) VALUES ($1, 0, $2::integer) ON CONFLICT DO NOTHING RETURNING 1',
  writePiece: 'INSERT INTO blob_piece (sha256, at, bytes) VALUES ($1, $2::integer, $3)',

  begin: 'BEGIN ISOLATION LEVEL READ COMMITTED',
  // From here to the end of the transaction, nobody else commits: each statement sees all that was committed before.
  lock: 'SELECT sequence, number, pg_current_xact_id()::text AS transaction FROM clock FOR UPDATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  stateOfRecords: `SELECT r.collection, r.id, r.version, r.revision
    FROM json_to_recordset($1::text::json) AS asked (collection text, id text)
    JOIN record r ON r.collection = asked.collection AND r.id = asked.id`,
  stateOfCollections: `SELECT id, revision, records FROM collection
    WHERE id IN (SELECT json_array_elements_text($1::text::json))`,
  contents: `SELECT collection, id, version, revision FROM record
    WHERE collection IN (SELECT json_array_elements_text($1::text::json))`,
  // Fails, and with it the transaction, when it runs in any other transaction than the one that holds the lock.
  write: `WITH put AS (
      INSERT INTO record (collection, id, version, revision, json)
      SELECT collection, id, version, revision, json FROM json_to_recordset($1::text::json)
        AS r (collection text, id text, version integer, revision bigint, json text)
      ON CONFLICT (collection, id) DO UPDATE
        SET version = excluded.version, revision = excluded.revision, json = excluded.json
    ), dropped AS (
      DELETE FROM record USING json_to_recordset($2::text::json) AS d (collection text, id text)
      WHERE record.collection = d.collection AND record.id = d.id
    ), collected AS (
      INSERT INTO collection (id, kind, account, region, parent, revision, records)
      SELECT id, kind, account, region, parent, revision, records FROM json_to_recordset($3::text::json)
        AS k (id text, kind text, account text, region text, parent text, revision bigint, records integer)
      ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, records = excluded.records
    ), emptied AS (
      DELETE FROM collection WHERE id IN (SELECT json_array_elements_text($4::text::json))
    ), noted AS (
      INSERT INTO change (number, sequence, token, kind, account, region, parent, id, operation)
      SELECT number, sequence, $6, kind, account, region, parent, id, operation
      FROM json_to_recordset($5::text::json) AS n (number bigint, sequence bigint, kind text, account text,
        region text, parent text, id text, operation text)
    ), held AS (
      UPDATE blob SET holders = h.holders
      FROM json_to_recordset($7::text::json) AS h (sha256 text, holders integer)
      WHERE blob.sha256 = h.sha256 AND h.holders > 0
    ), freed AS (
      DELETE FROM blob USING json_to_recordset($7::text::json) AS h (sha256 text, holders integer)
      WHERE blob.sha256 = h.sha256 AND h.holders = 0
    ), ticked AS (
      UPDATE clock SET sequence = $8::bigint, number = $9::bigint
      WHERE 1 / (pg_current_xact_id()::text = $10)::integer = 1
      RETURNING sequence
    )
    SELECT pg_notify($11, sequence::text) FROM ticked`,
  // Whole commits, so that a gap in the feed is seen as one.
  forgetChanges: `DELETE FROM change WHERE sequence <=
    (SELECT sequence FROM change WHERE number <= $1::bigint ORDER BY number DESC LIMIT 1)`,
  forgetBlobs: `DELETE FROM blob WHERE holders = 0 AND stored_at < now() - $1::integer * interval '1 millisecond'`,
  clear: `WITH records AS (DELETE FROM record), collections AS (DELETE FROM collection)
    DELETE FROM blob WHERE holders > 0`,

  // Times are the server's.
  tellGateways: `WITH told AS (
      INSERT INTO gateway (id, told, seen) VALUES ($1, $2::bigint, clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET told = excluded.told, seen = excluded.seen
    ), gone AS (
      DELETE FROM gateway WHERE seen < clock_timestamp() - 10 * $3::integer * interval '1 millisecond'
    )
    SELECT 1 + count(*)::integer AS count, (SELECT compatible_from FROM gatehouse_schema) AS compatible_from
    FROM gateway
    WHERE id <> $1 AND seen > clock_timestamp() - $3::integer * interval '1 millisecond'`,
  lateGateways: `SELECT 1 FROM gateway WHERE told < $1::bigint AND id <> $2
    AND seen > clock_timestamp() - $3::integer * interval '1 millisecond'`,
  leaveGateways: 'DELETE FROM gateway WHERE id = $1',

  tokenAt: 'SELECT token FROM change WHERE sequence = $1::bigint LIMIT 1',
  newest: `SELECT c.sequence, (SELECT token FROM change WHERE sequence = c.sequence LIMIT 1) AS token,
      (SELECT token FROM change WHERE sequence = $1::bigint LIMIT 1) AS known
    FROM clock c`,
  changesSince: `SELECT sequence, token, kind, account, region, parent, id, operation FROM change
    WHERE sequence > $1::bigint ORDER BY number`,
} as const

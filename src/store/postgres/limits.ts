/** Bounds of the PostgreSQL store. */
export interface PostgresLimits {
  /** Connections of one gateway for reads and commits; one more listens. */
  readonly connectionsMax: number
  readonly connectTimeoutMs: number
  /** Longest that one statement may take; after it the connections are given up. */
  readonly statementTimeoutMs: number
  /** Longest for all records of a kind, at start-up. */
  readonly scanTimeoutMs: number
  /** How long a call tries again while the database is away; one that is away longer is told to callers at once. */
  readonly callTimeoutMs: number
  /** Pause between attempts to connect: grows from the one to the other, with jitter. */
  readonly retryMsMin: number
  readonly retryMsMax: number
  /** How often the change feed is looked at, whatever was notified. */
  readonly pollMs: number
  /** A gateway says so often that it is there; */
  readonly gatewayBeatMs: number
  /** one that has not for so long is waited for no more. */
  readonly gatewayLivesMs: number
  /** Longest that a call waits for other gateways to serve what it has changed. */
  readonly everywhereMs: number
  /** A gateway that was away for more changes than these reads everything anew. */
  readonly changesKeptMax: number
  /** Every so many commits, what is forgotten is deleted. */
  readonly compactionCommits: number
  /** Blobs are sent and read in pieces, outside the transaction that makes them count. */
  readonly blobPieceBytes: number
  /** How long a blob that no commit has claimed stays. */
  readonly blobUnclaimedMs: number
  /** What is committed at once: JSON, in characters. */
  readonly batchLengthMax: number
}

export const defaultPostgresLimits: PostgresLimits = {
  connectionsMax: 8,
  connectTimeoutMs: 2000,
  statementTimeoutMs: 10_000,
  scanTimeoutMs: 120_000,
  callTimeoutMs: 10_000,
  retryMsMin: 50,
  retryMsMax: 5000,
  pollMs: 1000,
  gatewayBeatMs: 1000,
  gatewayLivesMs: 4000,
  everywhereMs: 5000,
  changesKeptMax: 100_000,
  compactionCommits: 256,
  blobPieceBytes: 4 * 1024 * 1024,
  blobUnclaimedMs: 3_600_000,
  batchLengthMax: 64 * 1024 * 1024,
}

/** How a Redis is asked, and what of its tokens a process may hold. */
export interface RedisLimits {
  /** What waits for an answer no longer than this; then the server counts as gone. */
  readonly stateTimeoutMs: number
  /** To connect, and to say who we are. */
  readonly connectTimeoutMs: number
  /** A server that is gone is tried again after so long, then twice as long and so on, less a random part. */
  readonly retryMs: number
  readonly retryMsMax: number
  /** A silent connection is asked for a sign of life so often. */
  readonly pingMs: number
  /** A node says so often that it is there, */
  readonly nodeBeatMs: number
  /** and counts for so long. */
  readonly nodeLivesMs: number
  /** Commands that may wait for answers; further ones fail at once. */
  readonly commandsMax: number
  /** Bytes that may wait to be sent; with more, commands fail at once. */
  readonly unsentBytesMax: number
  /** Questions that nobody waits for are put together for so long. */
  readonly tellMs: number
  /** Questions that one script answers at once: the server does nothing else meanwhile. */
  readonly batchMax: number
  /** Scripts under way at once whose answers nobody waits for: others wait behind them. */
  readonly batchesMax: number
  /** How long a process may take a refusal for granted; the credit of a bucket is what flows into it in that time. */
  readonly leaseMs: number
  /** How long it may keep to itself what it let in, if that is little of its credit. */
  readonly owingMs: number
  /** How long it may hold requests of a quota that nobody asks for. */
  readonly quotaLeaseMs: number
  /** Turns are a process's own for so long after it said so last. */
  readonly turnLivesMs: number
  /** Who waits for a turn looks so often whether there is one. */
  readonly turnLookMs: number
  /** Tokens of a bucket that a process lets in before it tells, and requests of a quota that it holds ahead: at most this, */
  readonly leaseTokensMax: number
  /** and one of so many of what the bucket holds, or of what is left of a quota, */
  readonly leaseShare: number
  /** Buckets and quotas of which a process remembers what it holds. */
  readonly leasesMax: number
}

export const defaultRedisLimits: RedisLimits = {
  stateTimeoutMs: 50,
  connectTimeoutMs: 1000,
  retryMs: 50,
  retryMsMax: 2000,
  pingMs: 1000,
  nodeBeatMs: 1000,
  nodeLivesMs: 10_000,
  commandsMax: 10_000,
  unsentBytesMax: 16 * 1024 * 1024,
  tellMs: 10,
  batchMax: 500,
  batchesMax: 4,
  leaseMs: 100,
  owingMs: 1000,
  quotaLeaseMs: 2000,
  turnLivesMs: 5000,
  turnLookMs: 20,
  leaseTokensMax: 1000,
  leaseShare: 10,
  leasesMax: 131_072,
}

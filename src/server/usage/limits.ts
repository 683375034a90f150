/** How usage is kept. */
export interface UsageLimits {
  /**
   * How long what was used may be in memory alone: what a crash of the gateway forgets at most, and its writing,
   * however many keys are used.
   */
  readonly usageFlushMs: number
  /** Keys of a flush that are written where they stay, some 25 to 150 µs each; more of them are noted, about 1 µs each. */
  readonly usageDirectKeys: number
  /** Notes of a bucket that are waited for before they are put where they stay, while many keys are used. */
  readonly usageNotesKept: number
  /** Buckets whose notes are put where they stay with one flush. */
  readonly usageFoldsPerFlush: number
  /** Months of which usage is kept, beside the one that is now. GetUsage asks for 90 days at most. */
  readonly usageMonthsKept: number
  /** How long a month must have lasted here before older ones are deleted by it: a clock that is wrong is set meanwhile. */
  readonly usagePruneAfterMs: number
  /** Keys in plans that there is room for at least; twice what the quota `apiKeys` grants an account, if that is more. */
  readonly usageKeysMin: number
}

export const defaultUsageLimits: UsageLimits = {
  usageFlushMs: 1000,
  usageDirectKeys: 64,
  usageNotesKept: 32,
  usageFoldsPerFlush: 4,
  usageMonthsKept: 15,
  usagePruneAfterMs: 3_600_000,
  usageKeysMin: 32_768,
}

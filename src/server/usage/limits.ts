/** How usage is kept. */
export interface UsageLimits {
  /**
   * How long what was used may be in memory alone: what a crash of the gateway forgets at most, and its writing. Longer
   * where more keys are used than are written in that time.
   */
  readonly usageFlushMs: number
  /** Keys that are written a second in the mean: some 25 µs of CPU each. */
  readonly usageKeysPerSecond: number
  /** The longest that `usageFlushMs` becomes by that. */
  readonly usageFlushMsMax: number
  /** Keys that are written in one transaction: other work goes on between two of them. */
  readonly usageFlushKeys: number
  /** Months of which usage is kept, beside the one that is now. GetUsage asks for 90 days at most. */
  readonly usageMonthsKept: number
  /** How long a month must have lasted here before older ones are deleted by it: a clock that is wrong is set meanwhile. */
  readonly usagePruneAfterMs: number
  /** Keys in plans that there is room for at least; twice what the quota `apiKeys` grants an account, if that is more. */
  readonly usageKeysMin: number
}

export const defaultUsageLimits: UsageLimits = {
  usageFlushMs: 1000,
  usageKeysPerSecond: 2000,
  usageFlushMsMax: 10_000,
  usageFlushKeys: 256,
  usageMonthsKept: 15,
  usagePruneAfterMs: 3_600_000,
  usageKeysMin: 32_768,
}

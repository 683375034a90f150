/** A plan whose use is counted, in an account and region. */
export interface MeteredPlan {
  readonly account: string
  readonly region: string
  readonly usagePlanId: string
}

/**
 * What keys have used of their plans, as a port: whoever serves requests counts, GetUsage tells. How much is left is
 * for those to say who know the plan's quota and what UpdateUsage has granted.
 */
export interface UsageMeter {
  /**
   * Requests that were let through on each UTC day.
   * @param firstDayMs midnight of the first one, epoch milliseconds
   * @returns of each key one count a day, in order
   */
  requests(
    plan: MeteredPlan,
    keyIds: readonly string[],
    firstDayMs: number,
    days: number,
  ): Promise<ReadonlyMap<string, readonly number[]>>
}

/** Where nobody counts yet: nothing has been used. */
export const nothingMetered: UsageMeter = {
  async requests(_plan, keyIds, _firstDayMs, days) {
    return new Map(keyIds.map((keyId) => [keyId, Array.from({ length: days }, () => 0)]))
  },
}

/** A key's use of a plan, in an account and region. */
export interface MeteredKey {
  readonly account: string
  readonly region: string
  readonly usagePlanId: string
  readonly keyId: string
}

/**
 * What keys have used of their plans, as a port: whoever serves requests counts, GetUsage tells. How much is left is
 * for those to say who know the plan's quota and what UpdateUsage has granted.
 */
export interface UsageMeter {
  /**
   * Requests that were let through on each UTC day.
   * @param firstDayMs midnight of the first one, epoch milliseconds
   * @returns one count a day, in order
   */
  requests(key: MeteredKey, firstDayMs: number, days: number): Promise<readonly number[]>
}

/** Where nobody counts yet: nothing has been used. */
export const nothingMetered: UsageMeter = {
  async requests(_key, _firstDayMs, days) {
    return Array.from({ length: days }, () => 0)
  },
}

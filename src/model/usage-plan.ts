/** Who may call which stages how often (API reference, UsagePlan). */
export interface UsagePlan {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly apiStages: readonly PlanStage[]
  readonly throttle?: Throttle | undefined
  readonly quota?: PlanQuota | undefined
  /** Product of the AWS Marketplace. */
  readonly productCode?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

export interface PlanStage {
  readonly apiId: string
  readonly stage: string
  /** By `{resource path}/{METHOD}`: `/pets/GET`. */
  readonly throttle?: Readonly<Record<string, Throttle>> | undefined
}

/** A token bucket. Undefined members limit nothing. */
export interface Throttle {
  readonly burstLimit?: number | undefined
  /** Requests a second. */
  readonly rateLimit?: number | undefined
}

export interface PlanQuota {
  /** Requests within a period. */
  readonly limit: number
  /** Days by which each period begins later: see `quota-period.ts`. */
  readonly offset: number
  readonly period: QuotaPeriod
}

export type QuotaPeriod = 'DAY' | 'WEEK' | 'MONTH'

/**
 * That a key is in a plan. Kept twice, in one transaction: below the plan by key, for who is in it, and below the
 * key by plan, for what a key may do.
 */
export interface PlanMembership {
  readonly usagePlanId: string
  readonly keyId: string
}

/**
 * What UpdateUsage has granted a key for one period of a plan's quota. It stands instead of the quota's limit, for
 * that period alone.
 */
export interface UsageGrant {
  /** Epoch milliseconds: the period that it is for begins then. */
  readonly periodStartMs: number
  /** When it was granted. */
  readonly grantedMs: number
  /** Requests within the whole period, those before the grant among them. */
  readonly limit: number
}

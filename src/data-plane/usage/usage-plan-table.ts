import type { TokenRate } from '#base/counters.ts'
import type { PeriodQuota } from '#base/usage-keys.ts'
import { quotaPeriod } from '#model/quota-period.ts'
import type { PlanQuota, UsagePlan } from '#model/usage-plan.ts'
import { throttleRate } from './throttle-rate.ts'

/** A usage plan as it is told to those who serve. */
export interface ServedUsagePlan {
  /** From 1; its own as long as the gateway runs. */
  readonly number: number
  readonly plan: Pick<UsagePlan, 'id' | 'apiStages' | 'throttle' | 'quota'>
}

/** What a plan means for one of its stages. */
export interface StageUsagePlan {
  readonly number: number
  readonly id: string
  /** Of each key, in all stages of the plan together. */
  readonly rate: TokenRate | undefined
  readonly quota: CurrentQuota | undefined
  /** Of each key and method: by `{resource path}/{METHOD}`. */
  readonly methodRates: ReadonlyMap<string, TokenRate>
}

/** The usage plans of the stages that are served here. */
export class UsagePlanTable {
  readonly #plans = new Map<number, ServedUsagePlan>()
  /** By `{apiId}/{stage}`. */
  #ofStages: ReadonlyMap<string, readonly StageUsagePlan[]> = new Map()

  put(served: ServedUsagePlan): void {
    this.#plans.set(served.number, served)
    this.#compile()
  }

  remove(number: number): void {
    this.#plans.delete(number)
    this.#compile()
  }

  clear(): void {
    this.#plans.clear()
    this.#compile()
  }

  /** What all nodes call a plan. */
  idOf(number: number): string | undefined {
    return this.#plans.get(number)?.plan.id
  }

  /** @param stage `{apiId}/{stage}` */
  of(stage: string): readonly StageUsagePlan[] {
    return this.#ofStages.get(stage) ?? NONE
  }

  #compile(): void {
    const ofStages = new Map<string, StageUsagePlan[]>()
    for (const { number, plan } of this.#plans.values()) {
      const { id, throttle } = plan
      const rate = throttleRate(throttle?.rateLimit, throttle?.burstLimit)
      const quota = plan.quota && new CurrentQuota(plan.quota)
      for (const { apiId, stage, throttle: methods = {} } of plan.apiStages) {
        const methodRates = new Map<string, TokenRate>()
        for (const [method, { rateLimit, burstLimit }] of Object.entries(methods)) {
          const methodRate = throttleRate(rateLimit, burstLimit)
          if (methodRate !== undefined) methodRates.set(method, methodRate)
        }
        const key = `${apiId}/${stage}`
        const known = ofStages.get(key) ?? []
        ofStages.set(key, [...known, { number, id, rate, quota, methodRates }])
      }
    }
    this.#ofStages = ofStages
  }
}

const NONE: readonly StageUsagePlan[] = []

/** A plan's quota with the period that is now, which is computed once a period. */
export class CurrentQuota {
  readonly #quota: PlanQuota
  #current: PeriodQuota

  constructor(quota: PlanQuota) {
    this.#quota = quota
    this.#current = { limit: quota.limit, period: { startMs: 0, endMs: 0 } }
  }

  at(nowMs: number): PeriodQuota {
    const { startMs, endMs } = this.#current.period
    if (nowMs < startMs || nowMs >= endMs) {
      this.#current = { limit: this.#quota.limit, period: quotaPeriod(this.#quota, nowMs) }
    }
    return this.#current
  }
}

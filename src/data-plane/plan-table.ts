import { DEFAULT_STAGE, type Address } from './address.ts'
import type { ApiKind } from './api-kind.ts'
import type { ApiPlan } from './plan.ts'

/** Which plan serves which stage. A swap is atomic: exchanges under way keep the plan that they began with. */
export class PlanTable {
  /** An API has few stages: comparing the address with each costs less than making a key of it. */
  readonly #apis = new Map<string, ApiPlan[]>()

  find(address: Address): ApiPlan | undefined {
    const plans = this.#apis.get(address.apiId)
    if (plans === undefined) return undefined
    let fallback: ApiPlan | undefined
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i] as ApiPlan
      if (plan.stage === DEFAULT_STAGE) fallback = plan
      else if (address.isFor(plan.stage)) return plan
    }
    return fallback !== undefined && address.mayBeFor(DEFAULT_STAGE) ? fallback : undefined
  }

  /** The plan that serves exactly this stage. */
  get(apiId: string, stage: string): ApiPlan | undefined {
    return this.#apis.get(apiId)?.find((plan) => plan.stage === stage)
  }

  /** What kind of API it is; undefined when none of its stages is served. */
  kindOf(apiId: string): ApiKind | undefined {
    return this.#apis.get(apiId)?.[0]?.kind
  }

  /** Makes `plan` the one that serves its stage. */
  swap(plan: ApiPlan): void {
    this.#apis.set(plan.apiId, [...this.#others(plan.apiId, plan.stage), plan])
  }

  remove(apiId: string, stage: string): void {
    const others = this.#others(apiId, stage)
    if (others.length === 0) this.#apis.delete(apiId)
    else this.#apis.set(apiId, others)
  }

  #others(apiId: string, stage: string): ApiPlan[] {
    return (this.#apis.get(apiId) ?? []).filter((plan) => plan.stage !== stage)
  }

  /** Forgets everything. */
  clear(): void {
    this.#apis.clear()
  }

  *[Symbol.iterator](): IterableIterator<ApiPlan> {
    for (const plans of this.#apis.values()) yield* plans
  }
}

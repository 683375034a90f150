import type { ApiPlan } from './plan.ts'

/** Which plan serves which stage. A swap is atomic: exchanges under way keep the plan that they began with. */
export class PlanTable {
  readonly #apis = new Map<string, Map<string, ApiPlan>>()

  find(apiId: string, stage: string): ApiPlan | undefined {
    return this.#apis.get(apiId)?.get(stage)
  }

  /** Makes `plan` the one that serves its stage. */
  swap(plan: ApiPlan): void {
    const stages = this.#apis.get(plan.apiId)
    if (stages === undefined) this.#apis.set(plan.apiId, new Map([[plan.stage, plan]]))
    else stages.set(plan.stage, plan)
  }

  remove(apiId: string, stage: string): void {
    const stages = this.#apis.get(apiId)
    stages?.delete(stage)
    if (stages?.size === 0) this.#apis.delete(apiId)
  }

  /** Forgets everything. */
  clear(): void {
    this.#apis.clear()
  }

  *[Symbol.iterator](): IterableIterator<ApiPlan> {
    for (const stages of this.#apis.values()) yield* stages.values()
  }
}

import type { MeteredPlan } from '#model/usage-meter.ts'
import { usageBlockOf, usageBucketOf, type UsageNote } from '#model/usage-record.ts'

export type Place = Pick<MeteredPlan, 'account' | 'region'>

interface PlanNotes {
  readonly plan: MeteredPlan
  readonly days: Map<number, Map<string, number>>
}

/** Requests of a key on a day. */
export interface Use {
  readonly plan: MeteredPlan
  readonly day: number
  readonly keyId: string
  readonly count: number
}

/** What keys have used, by plan, day and key: to be added to what is known elsewhere. */
export class UsageNotes {
  readonly #plans = new Map<string, PlanNotes>()
  #size = 0

  /** Days of keys. */
  get size(): number {
    return this.#size
  }

  add({ plan, day, keyId, count }: Use): void {
    const name = planName(plan)
    let notes = this.#plans.get(name)
    if (notes === undefined) this.#plans.set(name, (notes = { plan, days: new Map() }))
    let counts = notes.days.get(day)
    if (counts === undefined) notes.days.set(day, (counts = new Map()))
    const known = counts.get(keyId)
    if (known === undefined) this.#size++
    counts.set(keyId, (known ?? 0) + count)
  }

  addNote({ account, region }: Place, { day, plans }: UsageNote): void {
    for (const [usagePlanId, { keyIds, counts }] of Object.entries(plans)) {
      const plan = { account, region, usagePlanId }
      keyIds.forEach((keyId, i) => this.add({ plan, day, keyId, count: counts[i] as number }))
    }
  }

  addAll(others: UsageNotes): void {
    for (const use of others) this.add(use)
  }

  count(plan: MeteredPlan, day: number, keyId: string): number {
    return this.#plans.get(planName(plan))?.days.get(day)?.get(keyId) ?? 0
  }

  forget(plan: MeteredPlan): void {
    const name = planName(plan)
    for (const counts of this.#plans.get(name)?.days.values() ?? []) this.#size -= counts.size
    this.#plans.delete(name)
  }

  *[Symbol.iterator](): Generator<Use> {
    for (const { plan, days } of this.#plans.values()) {
      for (const [day, counts] of days) {
        for (const [keyId, count] of counts) yield { plan, day, keyId, count }
      }
    }
  }

  /** As they are written: one for each bucket, day, account and region. */
  records(): { readonly place: Place; readonly bucket: number; readonly note: UsageNote }[] {
    const notes = new Map<string, { place: Place; bucket: number; note: WritableNote }>()
    for (const { plan, days } of this.#plans.values()) {
      for (const [day, counts] of days) {
        const ofDay = `${plan.account} ${plan.region} ${day} `
        const byBucket: (Listed | undefined)[] = []
        for (const [keyId, count] of counts) {
          const bucket = usageBucketOf(usageBlockOf(keyId))
          let listed = byBucket[bucket]
          if (listed === undefined) {
            let known = notes.get(ofDay + bucket)
            if (known === undefined) {
              notes.set(ofDay + bucket, (known = { place: plan, bucket, note: { day, plans: {} } }))
            }
            byBucket[bucket] = known.note.plans[plan.usagePlanId] = listed = { keyIds: [], counts: [] }
          }
          listed.keyIds.push(keyId)
          listed.counts.push(count)
        }
      }
    }
    return [...notes.values()]
  }
}

interface Listed {
  readonly keyIds: string[]
  readonly counts: number[]
}

interface WritableNote {
  readonly day: number
  readonly plans: Record<string, Listed>
}

function planName({ account, region, usagePlanId }: MeteredPlan): string {
  return `${account} ${region} ${usagePlanId}`
}

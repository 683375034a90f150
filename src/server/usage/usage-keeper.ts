import type { SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import type { ApiKey } from '#model/api-key.ts'
import { dayMs } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { MeteredPlan, UsageMeter } from '#model/usage-meter.ts'
import type { UsagePlan } from '#model/usage-plan.ts'
import { PLACE } from '#store/usage-layout.ts'
import type { UsageTableWriter } from '#store/usage-table-writer.ts'
import type { Change, Key, Store } from '#store/store.ts'
import type { ServedStages } from '../served-stages.ts'
import { defaultUsageLimits, type UsageLimits } from './limits.ts'
import { PlanMembers, type KeptPlan } from './plan-members.ts'
import { UsageHistory } from './usage-history.ts'
import type { Place } from './usage-notes.ts'

export interface UsageKeeperOptions {
  readonly store: Store
  readonly writer: UsageTableWriter
  readonly clock: SteadyClock
  readonly log: Log
  readonly limits?: Partial<UsageLimits> | undefined
}

/**
 * Keeps the keys of usage plans true to the store, for those who serve, and what they use for the store. A change is in
 * the memory that all processes look at before it is acknowledged.
 */
export class UsageKeeper implements UsageMeter {
  readonly #store: Store
  readonly #writer: UsageTableWriter
  readonly #clock: SteadyClock
  readonly #log: Log
  readonly #limits: UsageLimits
  readonly #history: UsageHistory
  readonly #members: PlanMembers
  readonly #plans = new Map<string, KeptPlan>()
  readonly #byNumber = new Map<number, KeptPlan>()
  #lastNumber = 0
  #timer: Timer | undefined
  #flushing: Promise<void> | undefined
  #stopped = false
  #failing = false

  constructor({ store, writer, clock, log, limits }: UsageKeeperOptions) {
    this.#store = store
    this.#writer = writer
    this.#clock = clock
    this.#log = log
    this.#limits = { ...defaultUsageLimits, ...limits }
    this.#history = new UsageHistory(store, this.#limits)
    this.#members = new PlanMembers({ store, writer, history: this.#history, clock, log })
  }

  /** Reads what there is; from then on usage is written down. @throws StoreUnavailable */
  async load(): Promise<void> {
    const places = new Map<string, Place>()
    for (const { key, value } of await this.#store.scan(records.usagePlan)) {
      this.#keep(key, key.id).plan = value
      places.set(`${key.account} ${key.region}`, key)
    }
    await this.#history.foldAll(places.values())
    for (const kept of this.#plans.values()) await this.#members.readAll(kept)
    this.#schedule()
  }

  async tellAll(served: ServedStages): Promise<void> {
    for (const kept of this.#plans.values()) {
      if (kept.plan !== undefined) await served.putUsagePlan(told(kept.number, kept.plan))
    }
  }

  /** What a commit changed of keys and plans. */
  async follow(changes: readonly Change[], served: ServedStages): Promise<void> {
    await this.#followMembers(changes)
    for (const { kind, key, operation } of changes) {
      if (operation === 'clear') this.#clear()
      else if (operation === 'missed') await this.#compareAll(served)
      else if (kind === records.usagePlan.name) await this.#planChanged(key, served)
      else if (kind === records.usageGrant.name) await this.#granted(key)
    }
  }

  /** Keys of one commit may be many: those of each plan are looked at together. */
  async #followMembers(changes: readonly Change[]): Promise<void> {
    const members = new Map<KeptPlan, Map<string, 'joins' | 'leaves'>>()
    const note = (place: Place, planId: string, keyId: string, what: 'joins' | 'leaves'): void => {
      const kept = this.#keep(place, planId)
      const known = members.get(kept)
      if (known === undefined) members.set(kept, new Map([[keyId, what]]))
      else known.set(keyId, what)
    }
    const ended: Uint8Array[] = []
    /** Read already. Ids are random: no two regions have one in common. */
    const keys = new Map<string, ApiKey>()
    for (const { kind, key, operation } of changes) {
      if (kind === records.planKey.name) {
        note(key, key.parent, key.id, operation === 'delete' ? 'leaves' : 'joins')
      } else if (kind === records.apiKeyValue.name && operation === 'delete') {
        ended.push(Buffer.from(key.id, 'hex'))
      } else if (kind === records.apiKey.name && operation === 'write') {
        const found = await this.#store.read(records.apiKey, key)
        if (found !== undefined) keys.set(key.id, found.value)
        // One that is new is only in those plans of which changes tell.
        if (found?.version === 1) continue
        const plans = await this.#store.list(records.keyPlan, { ...key, parent: key.id })
        for (const { id } of plans) note(key, id, key.id, 'joins')
      }
    }
    for (const [kept, ofPlan] of members) {
      const joining: string[] = []
      for (const [keyId, what] of ofPlan) {
        if (what === 'joins') joining.push(keyId)
        else await this.#members.leave(kept, keyId, ended)
      }
      await this.#members.join(kept, joining, keys)
    }
  }

  /** Makes everything what it is now, also what has gone without a word. */
  async #compareAll(served: ServedStages): Promise<void> {
    for (const { key } of await this.#store.scan(records.usagePlan)) this.#keep(key, key.id)
    for (const kept of this.#plans.values()) {
      const { account, region, usagePlanId } = kept.metered
      await this.#planChanged({ account, region, parent: '', id: usagePlanId }, served)
      await this.#members.readAll(kept)
    }
  }

  async requests(
    plan: MeteredPlan,
    keyIds: readonly string[],
    firstDayMs: number,
    days: number,
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    const kept = this.#plans.get(planName(plan, plan.usagePlanId))
    if (kept !== undefined) {
      const places = await Promise.all(keyIds.map((keyId) => this.#members.placeOf(kept, keyId)))
      for (const place of places) if (place !== undefined) this.#members.note(kept, place)
    }
    const found = new Map<string, readonly number[]>()
    await this.#history.requests(plan, keyIds, firstDayMs / dayMs, days, (at, requests) => {
      found.set(keyIds[at] as string, requests)
    })
    return found
  }

  /** Writes down what was used since the last time. One at a time. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined))
    return this.#flushing
  }

  /** Writes down the last of it: to be called when nobody serves any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#flushing
    await this.flush()
    this.#writer.close()
  }

  #schedule(): void {
    if (this.#stopped) return
    const flush = (): void => void this.flush().then(() => this.#schedule())
    this.#timer = setTimeout(flush, this.#limits.usageFlushMs)
  }

  async #flush(): Promise<void> {
    const { table } = this.#writer
    for (const place of this.#writer.takeChanged()) {
      const kept = this.#byNumber.get(table.word(place, PLACE.plan))
      if (kept !== undefined) this.#members.note(kept, place)
    }
    try {
      await this.#history.write()
      await this.#history.prune(
        [...this.#plans.values()].map(({ metered }) => metered),
        Math.floor(this.#clock.now() / dayMs),
        this.#clock.steadyMs(),
      )
      this.#failing = false
    } catch (error) {
      // What was not written is kept, and tried again: that it goes wrong is told once.
      if (this.#failing) return
      this.#failing = true
      this.#log.error('usage of API keys cannot be written down', { error, waiting: this.#history.waiting })
    }
  }

  async #planChanged(key: Key, served: ServedStages): Promise<void> {
    const kept = this.#keep(key, key.id)
    const { number } = kept
    const plan = (await this.#store.read(records.usagePlan, key))?.value
    const before = kept.plan
    kept.plan = plan
    if (plan === undefined) {
      this.#plans.delete(planName(key, key.id))
      this.#byNumber.delete(number)
      this.#history.forget(kept.metered)
      await served.removeUsagePlan(number)
      return
    }
    await served.putUsagePlan(told(number, plan))
    if (before?.throttle?.rateLimit !== plan.throttle?.rateLimit) {
      for (const place of this.#writer.places(number)) this.#writer.fill(place)
    }
    const { quota } = plan
    if (
      quota === undefined ||
      (before?.quota?.period === quota.period && before.quota.offset === quota.offset)
    )
      return
    await this.#members.seed(kept, [...this.#writer.places(number)])
  }

  async #granted(key: Key): Promise<void> {
    const kept = this.#keep(key, key.parent)
    const place = await this.#members.placeOf(kept, key.id)
    if (place !== undefined) await this.#members.grant(kept, [place])
  }

  #keep(place: Place, usagePlanId: string): KeptPlan {
    const name = planName(place, usagePlanId)
    const known = this.#plans.get(name)
    if (known !== undefined) return known
    const { account, region } = place
    const metered = { account, region, usagePlanId }
    const kept: KeptPlan = { number: ++this.#lastNumber, metered, plan: undefined }
    this.#plans.set(name, kept)
    this.#byNumber.set(kept.number, kept)
    return kept
  }

  #clear(): void {
    for (const place of this.#writer.places()) {
      this.#writer.remove(this.#writer.digestOf(place), this.#writer.table.word(place, PLACE.plan))
    }
    this.#plans.clear()
    this.#byNumber.clear()
    this.#history.clear()
  }
}

function planName({ account, region }: Place, id: string): string {
  return `${account} ${region} ${id}`
}

function told(number: number, { id, apiStages, throttle, quota }: UsagePlan): ServedUsagePlan {
  return { number, plan: { id, apiStages, throttle, quota } }
}

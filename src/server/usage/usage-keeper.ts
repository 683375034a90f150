import type { SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import { apiKeyDigest } from '#model/api-key-digest.ts'
import { dayMs, quotaPeriod } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { MeteredKey, UsageMeter } from '#model/usage-meter.ts'
import type { UsagePlan } from '#model/usage-plan.ts'
import { PLACE } from '#store/usage-layout.ts'
import type { UsageTableWriter } from '#store/usage-table-writer.ts'
import type { Change, Key, ParentKey, Store } from '#store/store.ts'
import type { ServedStages } from '../served-stages.ts'
import { defaultUsageLimits, type UsageLimits } from './limits.ts'
import { NotedUse } from './noted-use.ts'
import { UsageHistory, type DayOfUse } from './usage-history.ts'

export interface UsageKeeperOptions {
  readonly store: Store
  readonly writer: UsageTableWriter
  readonly clock: SteadyClock
  readonly log: Log
  readonly limits?: Partial<UsageLimits> | undefined
}

type Place = Pick<ParentKey, 'account' | 'region'>

interface KeptPlan {
  readonly number: number
  readonly place: Place
  readonly id: string
  /** Undefined until it was read. */
  plan: UsagePlan | undefined
}

/** Members that are read from the store at once. */
const PAGE = 1000

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
  readonly #noted = new NotedUse()
  readonly #plans = new Map<string, KeptPlan>()
  readonly #byNumber = new Map<number, KeptPlan>()
  #lastNumber = 0
  #timer: Timer | undefined
  #flushing: Promise<void> | undefined
  /** Keys that the last flush wrote, or tried to. */
  #flushedKeys = 0
  #stopped = false
  #failing = false

  constructor({ store, writer, clock, log, limits }: UsageKeeperOptions) {
    this.#store = store
    this.#writer = writer
    this.#clock = clock
    this.#log = log
    this.#limits = { ...defaultUsageLimits, ...limits }
    this.#history = new UsageHistory(store, this.#limits)
  }

  /** Reads what there is; from then on usage is written down. @throws StoreUnavailable */
  async load(): Promise<void> {
    for (const { key, value } of await this.#store.scan(records.usagePlan)) {
      const kept = this.#keep(key, key.id)
      kept.plan = value
      for (let after: string | undefined; ;) {
        const page = await this.#store.list(
          records.planKey,
          { ...kept.place, parent: key.id },
          { after, limit: PAGE },
        )
        for (const { id } of page) await this.#member(kept, id, [])
        after = page.at(-1)?.id
        if (page.length < PAGE) break
      }
    }
    this.#schedule()
  }

  async tellAll(served: ServedStages): Promise<void> {
    for (const kept of this.#plans.values()) {
      if (kept.plan !== undefined) await served.putUsagePlan(told(kept.number, kept.plan))
    }
  }

  /** What a commit changed of keys and plans. */
  async follow(changes: readonly Change[], served: ServedStages): Promise<void> {
    const ended = changes
      .filter(({ kind, operation }) => kind === records.apiKeyValue.name && operation === 'delete')
      .map(({ key }) => Buffer.from(key.id, 'hex'))
    for (const { kind, key, operation } of changes) {
      if (operation === 'clear') this.#clear()
      else if (operation === 'missed') await this.#compareAll(served)
      else if (kind === records.usagePlan.name) await this.#planChanged(key, served)
      else if (kind === records.planKey.name) await this.#member(this.#keep(key, key.parent), key.id, ended)
      else if (kind === records.apiKey.name && operation === 'write') await this.#keyChanged(key)
      else if (kind === records.usageGrant.name) await this.#granted(this.#keep(key, key.parent), key.id)
    }
  }

  /** Makes everything what it is now, also what has gone without a word. */
  async #compareAll(served: ServedStages): Promise<void> {
    for (const { key } of await this.#store.scan(records.usagePlan)) this.#keep(key, key.id)
    for (const kept of this.#plans.values()) {
      const { place, id, number } = kept
      await this.#planChanged({ ...place, parent: '', id }, served)
      const members = await this.#store.list(records.planKey, { ...place, parent: id })
      const known = this.#writer.places(number).map((each) => this.#writer.table.keyId(each))
      for (const keyId of new Set([...members.map((each) => each.id), ...known])) {
        await this.#member(kept, keyId, [])
        if (kept.plan !== undefined) await this.#granted(kept, keyId)
      }
    }
  }

  async requests(
    { account, region, usagePlanId, keyId }: MeteredKey,
    firstDayMs: number,
    days: number,
  ): Promise<readonly number[]> {
    const firstDay = firstDayMs / dayMs
    const kept = this.#plans.get(planName({ account, region }, usagePlanId))
    const place = kept && (await this.#placeOf(kept, keyId))
    if (place !== undefined) this.#note(kept as KeptPlan, keyId, place)
    return this.#history.requests({ account, region, usagePlanId, keyId }, firstDay, days)
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
    this.#timer = setTimeout(
      () => void this.flush().then(() => this.#schedule()),
      untilFlushMs(this.#flushedKeys, this.#limits),
    )
  }

  async #flush(): Promise<void> {
    const { table } = this.#writer
    for (const place of this.#writer.takeChanged()) {
      const kept = this.#byNumber.get(table.word(place, PLACE.plan))
      if (kept !== undefined) this.#note(kept, table.keyId(place), place)
    }
    this.#flushedKeys = this.#history.waiting
    try {
      await this.#history.write()
      await this.#history.prune(
        [...this.#plans.values()].map(({ place, id }) => ({ ...place, parent: id })),
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

  /** Notes what a place has counted since the last time. */
  #note({ place: at, id: usagePlanId }: KeptPlan, keyId: string, place: number): void {
    for (const { day, count } of this.#liveDays(place)) {
      const more = this.#noted.take(place, day, count)
      if (more > 0) this.#history.note({ ...at, usagePlanId, keyId }, { day, count: more })
    }
  }

  #liveDays(place: number): DayOfUse[] {
    const { table } = this.#writer
    return [PLACE.days, PLACE.days + 1].map((at) => table.dated(place, at)).filter(({ count }) => count > 0)
  }

  async #planChanged(key: Key, served: ServedStages): Promise<void> {
    const kept = this.#keep(key, key.id)
    const plan = (await this.#store.read(records.usagePlan, key))?.value
    const before = kept.plan
    kept.plan = plan
    if (plan === undefined) {
      this.#plans.delete(planName(key, key.id))
      this.#byNumber.delete(kept.number)
      this.#history.forget({ ...kept.place, parent: kept.id })
      await served.removeUsagePlan(kept.number)
      return
    }
    await served.putUsagePlan(told(kept.number, plan))
    if (before?.throttle?.rateLimit !== plan.throttle?.rateLimit) {
      for (const place of this.#writer.places(kept.number)) this.#writer.fill(place)
    }
    const { quota } = plan
    if (
      quota === undefined ||
      (before?.quota?.period === quota.period && before.quota.offset === quota.offset)
    )
      return
    for (const place of this.#writer.places(kept.number)) await this.#seed(kept, place)
  }

  async #keyChanged(key: Key): Promise<void> {
    for (const { id } of await this.#store.list(records.keyPlan, { ...key, parent: key.id })) {
      await this.#member(this.#keep(key, id), key.id, [])
    }
  }

  /**
   * Makes a membership what it is now.
   * @param ended digests of keys that were deleted in the same commit
   */
  async #member(kept: KeptPlan, keyId: string, ended: readonly Uint8Array[]): Promise<void> {
    const { place: at, number } = kept
    const membership = await this.#store.read(records.planKey, { ...at, parent: kept.id, id: keyId })
    const key = (await this.#store.read(records.apiKey, { ...at, parent: '', id: keyId }))?.value
    if (membership === undefined || key === undefined) {
      this.#leave(kept, keyId, key === undefined ? ended : [digestOf(key.value)])
      return
    }
    const member = { digest: digestOf(key.value), keyId, plan: number }
    try {
      // Not found before what it has used is known.
      const known = this.#writer.table.locate(new Int32Array(member.digest.slice(0, 16).buffer), number)
      if (known === undefined) {
        const { place } = this.#writer.put({ ...member, enabled: false })
        this.#noted.forget(place)
        await this.#seed(kept, place)
        await this.#granted(kept, keyId)
      }
      this.#writer.put({ ...member, enabled: key.enabled })
    } catch (error) {
      this.#log.error('an API key lets nobody in: --quotas apiKeys=N makes room for more', {
        apiKey: keyId,
        usagePlan: kept.id,
        error,
      })
    }
  }

  #leave(kept: KeptPlan, keyId: string, digests: readonly Uint8Array[]): void {
    const { table } = this.#writer
    const isIts = (place: number): boolean => table.keyId(place) === keyId
    const words = digests.map((digest) => new Int32Array(digest.slice(0, 16).buffer))
    let place = words
      .map((digest) => table.locate(digest, kept.number))
      .find((at) => at !== undefined && isIts(at))
    // Its key was deleted by a later commit than this one.
    if (place === undefined && digests.length === 0) place = this.#writer.places(kept.number).find(isIts)
    if (place === undefined) return
    this.#writer.remove(this.#writer.digestOf(place), kept.number)
    // With what was counted while it was being removed.
    this.#note(kept, keyId, place)
  }

  /** Gives a place what its key has used before. */
  async #seed(kept: KeptPlan, place: number): Promise<void> {
    const { table } = this.#writer
    const keyId = table.keyId(place)
    const nowMs = this.#clock.now()
    const today = Math.floor(nowMs / dayMs)
    const quota = kept.plan?.quota
    const firstDay = quota === undefined ? today : quotaPeriod(quota, nowMs).startMs / dayMs
    const of = { ...kept.place, usagePlanId: kept.id, keyId }
    this.#note(kept, keyId, place)
    const requests = await this.#history.requests(of, firstDay, today - firstDay + 1)
    const live = this.#liveDays(place).find(({ day }) => day === today)?.count ?? 0
    const used = Math.max(live, requests.at(-1) ?? 0)
    if (used > live) {
      this.#writer.setDated(place, PLACE.days + (today & 1), { day: today, count: used })
      this.#noted.add(place, today, used - live)
    }
    const before = requests.slice(0, -1).reduce((sum, count) => sum + count, 0)
    this.#writer.setDated(place, PLACE.period, { day: firstDay, count: before + used })
  }

  async #granted(kept: KeptPlan, keyId: string): Promise<void> {
    const place = await this.#placeOf(kept, keyId)
    if (place === undefined) return
    const key = { ...kept.place, parent: kept.id, id: keyId }
    const grant = (await this.#store.read(records.usageGrant, key))?.value
    this.#writer.grant(place, (grant?.periodStartMs ?? 0) / dayMs, grant?.limit ?? 0)
  }

  async #placeOf(kept: KeptPlan, keyId: string): Promise<number | undefined> {
    const key = (await this.#store.read(records.apiKey, { ...kept.place, parent: '', id: keyId }))?.value
    if (key === undefined) return undefined
    return this.#writer.table.locate(new Int32Array(digestOf(key.value).slice(0, 16).buffer), kept.number)
  }

  #keep(place: Place, id: string): KeptPlan {
    const name = planName(place, id)
    const known = this.#plans.get(name)
    if (known !== undefined) return known
    const { account, region } = place
    const kept: KeptPlan = { number: ++this.#lastNumber, place: { account, region }, id, plan: undefined }
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

/** How long to wait after so many keys were written. */
export function untilFlushMs(
  keys: number,
  { usageFlushMs, usageKeysPerSecond, usageFlushMsMax }: UsageLimits,
): number {
  return Math.max(usageFlushMs, Math.min((keys / usageKeysPerSecond) * 1000, usageFlushMsMax))
}

function planName({ account, region }: Place, id: string): string {
  return `${account} ${region} ${id}`
}

function told(number: number, { id, apiStages, throttle, quota }: UsagePlan): ServedUsagePlan {
  return { number, plan: { id, apiStages, throttle, quota } }
}

function digestOf(value: string): Uint8Array {
  return Buffer.from(apiKeyDigest(value), 'hex')
}

import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { readPlanKeys } from '#control-plane/apigateway/plan-keys.ts'
import type { ApiKey } from '#model/api-key.ts'
import { apiKeyDigest } from '#model/api-key-digest.ts'
import { dayMs, quotaPeriod } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { MeteredPlan } from '#model/usage-meter.ts'
import type { UsageGrant, UsagePlan } from '#model/usage-plan.ts'
import type { Store } from '#store/store.ts'
import { PLACE } from '#store/usage-layout.ts'
import type { UsageTableWriter } from '#store/usage-table-writer.ts'
import { NotedUse } from './noted-use.ts'
import type { UsageHistory } from './usage-history.ts'

/** A usage plan that keys may be in. */
export interface KeptPlan {
  readonly number: number
  readonly metered: MeteredPlan
  /** Undefined until it was read. */
  plan: UsagePlan | undefined
}

export interface PlanMembersOptions {
  readonly store: Store
  readonly writer: UsageTableWriter
  readonly history: UsageHistory
  readonly clock: Clock
  readonly log: Log
}

/** Records that are read from the store at once. */
const PAGE = 1000
/** Grants of more keys than these are looked for among all of the plan. */
const GRANTS_READ = 100

/** Which keys are in which plans, in the memory of those who serve, each with what it has used. */
export class PlanMembers {
  readonly #store: Store
  readonly #writer: UsageTableWriter
  readonly #history: UsageHistory
  readonly #clock: Clock
  readonly #log: Log
  readonly #noted = new NotedUse()

  constructor({ store, writer, history, clock, log }: PlanMembersOptions) {
    this.#store = store
    this.#writer = writer
    this.#history = history
    this.#clock = clock
    this.#log = log
  }

  /** Makes all members what they are now. */
  async readAll(kept: KeptPlan): Promise<void> {
    const before = new Set(this.#writer.places(kept.number))
    await this.#enter(kept, this.#keysOf(kept), before)
    for (const place of before) this.#leave(kept, place)
  }

  /**
   * Keys that are in the plan now, or have changed.
   * @param known those of them that were read already
   */
  async join(kept: KeptPlan, keyIds: readonly string[], known: ReadonlyMap<string, ApiKey>): Promise<void> {
    await this.#enter(kept, this.#read(kept, keyIds, known))
  }

  /** @param ended digests of keys that were deleted in the same commit */
  async leave(kept: KeptPlan, keyId: string, ended: readonly Uint8Array[]): Promise<void> {
    const { table } = this.#writer
    const key = await this.#key(kept, keyId)
    const digests = key === undefined ? ended : [digestOf(key.value)]
    const isIts = (place: number): boolean => table.keyId(place) === keyId
    let found = digests
      .map((digest) => table.locate(digestWords(digest), kept.number))
      .find((place) => place !== undefined && isIts(place))
    // Its key was deleted by a later commit than this one.
    if (found === undefined && digests.length === 0) found = this.#writer.places(kept.number).find(isIts)
    if (found !== undefined) this.#leave(kept, found)
  }

  /** The place of a key that is in the plan. */
  async placeOf(kept: KeptPlan, keyId: string): Promise<number | undefined> {
    const key = await this.#key(kept, keyId)
    return key && this.#writer.table.locate(digestWords(digestOf(key.value)), kept.number)
  }

  /** Notes what a place has counted since the last time. */
  note({ metered }: KeptPlan, place: number): void {
    const { table } = this.#writer
    for (const at of [PLACE.days, PLACE.days + 1]) {
      const { day, count } = table.dated(place, at)
      const more = count === 0 ? 0 : this.#noted.take(place, day, count)
      if (more > 0) this.#history.note(metered, table.keyId(place), day, more)
    }
  }

  /** Gives places what their keys have used before. */
  async seed(kept: KeptPlan, places: readonly number[]): Promise<void> {
    if (places.length === 0) return
    const { table } = this.#writer
    const nowMs = this.#clock.now()
    const today = Math.floor(nowMs / dayMs)
    const quota = kept.plan?.quota
    const firstDay = quota === undefined ? today : quotaPeriod(quota, nowMs).startMs / dayMs
    for (const place of places) this.note(kept, place)
    const keyIds = places.map((place) => table.keyId(place))
    const days = today - firstDay + 1
    await this.#history.requests(kept.metered, keyIds, firstDay, days, (at, requests) => {
      const place = places[at] as number
      const counted = table.dated(place, PLACE.days + (today & 1))
      const live = counted.day === today ? counted.count : 0
      const used = Math.max(live, requests.at(-1) ?? 0)
      if (used > live) {
        this.#writer.setDated(place, PLACE.days + (today & 1), { day: today, count: used })
        this.#noted.add(place, today, used - live)
      }
      let count = used
      for (let day = 0; day < requests.length - 1; day++) count += requests[day] as number
      this.#writer.setDated(place, PLACE.period, { day: firstDay, count })
    })
  }

  /** Gives places what UpdateUsage has granted their keys. */
  async grant(kept: KeptPlan, places: readonly number[]): Promise<void> {
    const { table } = this.#writer
    const { account, region, usagePlanId: parent } = kept.metered
    const grants = new Map<string, UsageGrant>()
    if (places.length > GRANTS_READ) {
      for await (const page of pagesOf((after) =>
        this.#store.list(records.usageGrant, { account, region, parent }, { after, limit: PAGE }),
      )) {
        for (const { id, value } of page) grants.set(id, value)
      }
    } else {
      for (const id of places.map((place) => table.keyId(place))) {
        const grant = await this.#store.read(records.usageGrant, { account, region, parent, id })
        if (grant !== undefined) grants.set(id, grant.value)
      }
    }
    for (const place of places) {
      const grant = grants.get(table.keyId(place))
      this.#writer.grant(place, (grant?.periodStartMs ?? 0) / dayMs, grant?.limit ?? 0)
    }
  }

  /** @param others places of the plan, from which those of the keys are taken */
  async #enter(kept: KeptPlan, pages: AsyncIterable<readonly ApiKey[]>, others?: Set<number>): Promise<void> {
    const fresh: number[] = []
    const enabled: number[] = []
    for await (const keys of pages) {
      for (const key of keys) {
        const entered = this.#put(kept, key)
        if (entered === undefined) continue
        others?.delete(entered.place)
        if (!entered.isNew) continue
        fresh.push(entered.place)
        if (key.enabled) enabled.push(entered.place)
      }
    }
    await this.seed(kept, fresh)
    await this.grant(kept, others === undefined ? fresh : [...this.#writer.places(kept.number)])
    // Not found before what they have used is known.
    for (const place of enabled) this.#writer.enable(place)
  }

  /** One that is new opens nothing yet. @returns undefined when there is no room */
  #put(
    { number, metered }: KeptPlan,
    { id, value, enabled }: ApiKey,
  ): ReturnType<UsageTableWriter['put']> | undefined {
    const member = { digest: digestOf(value), keyId: id, plan: number }
    try {
      const put = this.#writer.put({ ...member, enabled: false }, enabled)
      if (put.isNew) this.#noted.forget(put.place)
      return put
    } catch (error) {
      this.#log.error('an API key lets nobody in: --quotas apiKeys=N makes room for more', {
        apiKey: id,
        usagePlan: metered.usagePlanId,
        error,
      })
      return undefined
    }
  }

  #leave(kept: KeptPlan, place: number): void {
    const digest = this.#writer.digestOf(place)
    this.#writer.remove(digest, kept.number)
    // With what was counted while it was being removed.
    this.note(kept, place)
  }

  /** All keys of a plan. */
  async *#keysOf({ metered }: KeptPlan): AsyncGenerator<readonly ApiKey[]> {
    for (let after: string | undefined; ;) {
      const part = { after, limit: PAGE }
      const { members, keys } = await readPlanKeys(this.#store, metered, metered.usagePlanId, part)
      yield keys.map(({ value }) => value)
      if (members.length < PAGE) return
      after = members.at(-1)
    }
  }

  async *#read(
    kept: KeptPlan,
    keyIds: readonly string[],
    known: ReadonlyMap<string, ApiKey>,
  ): AsyncGenerator<readonly ApiKey[]> {
    for (let at = 0; at < keyIds.length; at += PAGE) {
      const page = keyIds.slice(at, at + PAGE)
      const others = page.filter((keyId) => !known.has(keyId))
      const read = await Promise.all(others.map((keyId) => this.#key(kept, keyId)))
      yield [...page.map((keyId) => known.get(keyId)), ...read].filter((key) => key !== undefined)
    }
  }

  async #key({ metered: { account, region } }: KeptPlan, id: string): Promise<ApiKey | undefined> {
    return (await this.#store.read(records.apiKey, { account, region, parent: '', id }))?.value
  }
}

async function* pagesOf<Item extends { readonly id: string }>(
  read: (after: string | undefined) => Promise<readonly Item[]>,
): AsyncGenerator<readonly Item[]> {
  for (let after: string | undefined; ;) {
    const page = await read(after)
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    after = page.at(-1)?.id
  }
}

function digestOf(value: string): Uint8Array {
  return Buffer.from(apiKeyDigest(value), 'hex')
}

function digestWords(digest: Uint8Array): Int32Array {
  return new Int32Array(digest.slice(0, 16).buffer)
}

import type { ApiKey } from '#model/api-key.ts'
import { records } from '#model/records.ts'
import type { Page, Store, Versioned } from '#store/store.ts'
import { topLevelKey, topLevelOf, within, type Place } from './keys.ts'

/** Members of a plan, a page of them. */
export interface PlanKeys {
  /** Ids, those among them whose key has just gone. */
  readonly members: readonly string[]
  /** In the same order. */
  readonly keys: readonly Versioned<ApiKey>[]
}

/** Reads keys that are in a plan. Keys and members come in the same order: of a large plan most are read at once. */
export async function readPlanKeys(
  store: Store,
  place: Place,
  usagePlanId: string,
  part: Page,
): Promise<PlanKeys> {
  const members = (await store.list(records.planKey, within(place, usagePlanId), part)).map(({ id }) => id)
  const listed = await store.list(records.apiKey, topLevelOf(place), { ...part, limit: members.length })
  const known = new Map(listed.map((key) => [key.id, key]))
  const others = members.filter((id) => !known.has(id))
  const read = await Promise.all(others.map((id) => store.read(records.apiKey, topLevelKey(place, id))))
  for (const key of read) if (key !== undefined) known.set(key.id, key)
  return { members, keys: members.map((id) => known.get(id)).filter((key) => key !== undefined) }
}

import { dayMs } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { MeteredKey } from '#model/usage-meter.ts'
import { monthOf, usageMonthId } from '#model/usage-month.ts'
import type { Key, ParentKey, Store, Transaction } from '#store/store.ts'
import type { UsageLimits } from './limits.ts'

export interface DayOfUse {
  /** Days since 1970. */
  readonly day: number
  readonly count: number
}

interface Note extends DayOfUse {
  readonly of: MeteredKey
}

/** Records that are deleted in one transaction. */
const PRUNED = 500

/** What keys have used on past days, and today up to some moment: in the store, and noted to be written there. */
export class UsageHistory {
  readonly #store: Store
  readonly #limits: UsageLimits
  /** By key and day: what is to be added to what the store has, to which others add as well. */
  readonly #notes = new Map<string, Note>()
  #gone: ParentKey[] = []
  #prunedMonth = ''
  /** The month that it is, and since when by the steady clock. */
  #present = { month: '', sinceMs: 0 }

  constructor(store: Store, limits: UsageLimits) {
    this.#store = store
    this.#limits = limits
  }

  /** Days of keys that are yet to be written. */
  get waiting(): number {
    return this.#notes.size
  }

  /** @param more what was used since the last note */
  note(of: MeteredKey, { day, count: more }: DayOfUse): void {
    const name = noteName(of, day)
    this.#notes.set(name, { of, day, count: (this.#notes.get(name)?.count ?? 0) + more })
  }

  /** One count a day. */
  async requests(of: MeteredKey, firstDay: number, days: number): Promise<number[]> {
    const counts: number[] = []
    let read = { month: '', requests: [] as readonly number[] }
    for (let day = firstDay; day < firstDay + days; day++) {
      const { month, at } = monthOf(day)
      if (month !== read.month) {
        const kept = await this.#store.read(records.usageMonth, monthKey(of, month))
        read = { month, requests: kept?.value.requests ?? [] }
      }
      counts.push((read.requests[at] ?? 0) + (this.#notes.get(noteName(of, day))?.count ?? 0))
    }
    return counts
  }

  /** Writes what is noted. @throws StoreUnavailable: the rest stays noted */
  async write(): Promise<void> {
    const names = [...this.#notes.keys()]
    for (let at = 0; at < names.length; at += this.#limits.usageFlushKeys) {
      const notes = names.slice(at, at + this.#limits.usageFlushKeys).flatMap((name) => {
        const note = this.#notes.get(name)
        return note === undefined ? [] : [[name, note] as const]
      })
      // Days of one month are in one record; records are asked for at once, for a database that is far away.
      const months = Map.groupBy(notes, ([, { of, day }]) => noteName(of, 0) + monthOf(day).month)
      await this.#store.transact(async (tx) => {
        await Promise.all(
          [...months.values()].map(async (month) => {
            for (const [, note] of month) await writeNote(tx, note)
          }),
        )
      })
      for (const [name, note] of notes) this.#written(name, note)
    }
    for (const parent of this.#gone.splice(0)) {
      await this.#store.transact(async (tx) => tx.deleteAll(records.usageMonth, parent))
    }
  }

  #written(name: string, { count }: Note): void {
    const now = this.#notes.get(name)
    if (now === undefined) return
    if (now.count === count) this.#notes.delete(name)
    else this.#notes.set(name, { ...now, count: now.count - count })
  }

  /**
   * Deletes months that are too old, once a month.
   * @param plans where the months of each plan are
   * @param nowMs `steadyMs()`
   */
  async prune(plans: readonly ParentKey[], today: number, nowMs: number): Promise<void> {
    const { month } = monthOf(today)
    if (month !== this.#present.month) this.#present = { month, sinceMs: nowMs }
    if (month === this.#prunedMonth || nowMs - this.#present.sinceMs < this.#limits.usagePruneAfterMs) return
    this.#prunedMonth = month
    const date = new Date(today * dayMs)
    const oldestMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - this.#limits.usageMonthsKept)
    const oldest = monthOf(oldestMs / dayMs).month
    for (const parent of plans) {
      for (let found = PRUNED; found === PRUNED;) {
        const page = await this.#store.list(records.usageMonth, parent, { limit: PRUNED })
        const old = page.filter(({ id }) => id < oldest)
        found = old.length
        if (found === 0) break
        await this.#store.transact(async (tx) => {
          for (const { id } of old) tx.delete(records.usageMonth, { ...parent, id })
        })
      }
    }
  }

  /** A plan is gone, and what its keys have used of it. */
  forget(plan: ParentKey): void {
    this.#gone.push(plan)
    for (const [name, { of }] of this.#notes) {
      if (of.usagePlanId === plan.parent) this.#notes.delete(name)
    }
  }

  clear(): void {
    this.#notes.clear()
    this.#gone = []
  }
}

async function writeNote(tx: Transaction, { of, day, count }: Note): Promise<void> {
  const { month, at } = monthOf(day)
  const key = monthKey(of, month)
  const known = (await tx.read(records.usageMonth, key))?.value.requests ?? []
  const requests = Array.from({ length: Math.max(known.length, at + 1) }, (_, i) => known[i] ?? 0)
  requests[at] = (known[at] ?? 0) + count
  tx.write(records.usageMonth, key, { keyId: of.keyId, requests })
}

function monthKey({ account, region, usagePlanId, keyId }: MeteredKey, month: string): Key {
  return { account, region, parent: usagePlanId, id: usageMonthId(month, keyId) }
}

function noteName({ account, region, usagePlanId, keyId }: MeteredKey, day: number): string {
  return `${account} ${region} ${usagePlanId} ${keyId} ${day}`
}

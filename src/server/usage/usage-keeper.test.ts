import { afterEach, expect, test } from 'bun:test'
import { createLog, silentLog } from '#base/log.ts'
import { apiKeyDigest } from '#model/api-key-digest.ts'
import { dayMs } from '#model/quota-period.ts'
import { CurrentQuota, type ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import { records } from '#model/records.ts'
import type { PlanQuota } from '#model/usage-plan.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { StoreUnavailable, type Store, type Transaction } from '#store/store.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import type { ServedStages } from '../served-stages.ts'
import { defaultUsageLimits } from './limits.ts'
import { UsageKeeper } from './usage-keeper.ts'

const PLACE = { account: '1', region: 'r' }
const PLAN = { ...PLACE, usagePlanId: 'plan' }
const VALUE = 'the-value-of-the-key'
const DIGEST = Buffer.from(apiKeyDigest(VALUE), 'hex')
/** 2026-11-21, noon. */
const NOON_MS = Date.UTC(2026, 10, 21, 12)
const TODAY_MS = NOON_MS - dayMs / 2

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A transaction that throws once something is to be written. */
function faulty(tx: Transaction, fault: Error): Transaction {
  const refuse = (): never => {
    throw fault
  }
  return {
    read: (kind, key) => tx.read(kind, key),
    list: (kind, parent, page) => tx.list(kind, parent, page),
    count: (kind, parent) => tx.count(kind, parent),
    write: refuse,
    create: refuse,
    delete: refuse,
    deleteAll: refuse,
    writeBlob: refuse,
    deleteBlob: refuse,
  }
}

/** Those who serve, with a clock that the test sets, on a store that goes on. */
class Gateway {
  nowMs = NOON_MS
  steadyMs = 0
  /** What the store throws instead of committing anything. */
  fault: Error | undefined
  readonly told: string[] = []
  readonly store: Store
  readonly writer: UsageTableWriter
  readonly keeper: UsageKeeper
  readonly plans = new Map<number, ServedUsagePlan>()

  constructor(store: Store) {
    this.store = {
      ...bound(store),
      transact: (work) =>
        store.transact((tx) => work(this.fault === undefined ? tx : faulty(tx, this.fault))),
    }
    this.writer = new UsageTableWriter(1024)
    this.keeper = new UsageKeeper({
      store: this.store,
      writer: this.writer,
      clock: { now: () => this.nowMs, steadyMs: () => this.steadyMs },
      log: createLog('warn', 'text', (line) => this.told.push(line)),
      limits: { usageFlushMs: 3_600_000 },
    })
  }

  async start(): Promise<this> {
    await this.keeper.load()
    const served = {
      putUsagePlan: (plan: ServedUsagePlan) => void this.plans.set(plan.number, plan),
      removeUsagePlan: (number: number) => void this.plans.delete(number),
    } as Partial<ServedStages> as ServedStages
    await this.keeper.tellAll(served)
    const stop = this.store.watch((changes) => this.keeper.follow(changes, served))
    ends.push(async () => {
      stop()
      await this.keeper.stop()
    })
    return this
  }

  /** @returns how many of so many requests came in */
  ask(times: number): number {
    let came = 0
    for (const { number, plan } of this.plans.values()) {
      const place = this.writer.table.find(DIGEST, number)
      if (place === undefined) continue
      const quota = plan.quota && new CurrentQuota(plan.quota).at(this.nowMs)
      for (let i = 0; i < times; i++) if (this.writer.table.count(place, quota, this.nowMs)) came++
    }
    return came
  }

  async used(days: number): Promise<readonly number[] | undefined> {
    return (await this.keeper.requests(PLAN, ['key'], TODAY_MS, days)).get('key')
  }
}

function bound(store: Store): Store {
  return {
    read: store.read.bind(store),
    list: store.list.bind(store),
    scan: store.scan.bind(store),
    readBlob: store.readBlob.bind(store),
    transact: store.transact.bind(store),
    watch: store.watch.bind(store),
    clear: store.clear.bind(store),
    everywhere: async () => {},
    health: () => ({ status: 'ok', gateways: 1 }),
    close: store.close.bind(store),
  }
}

async function newStore(quota?: PlanQuota): Promise<Store> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  ends.push(() => store.close())
  const top = { ...PLACE, parent: '' }
  const apiKey = { id: 'key', value: VALUE, enabled: true, stageKeys: [], createdDate: 0, lastUpdatedDate: 0 }
  const membership = { usagePlanId: 'plan', keyId: 'key' }
  await store.transact(async (tx) => {
    tx.write(records.apiKey, { ...top, id: 'key' }, apiKey)
    tx.write(records.apiKeyValue, { ...top, id: apiKeyDigest(VALUE) }, { keyId: 'key' })
    tx.write(records.planKey, { ...PLACE, parent: 'plan', id: 'key' }, membership)
    tx.write(records.keyPlan, { ...PLACE, parent: 'key', id: 'plan' }, membership)
  })
  await writePlan(store, quota)
  return store
}

function writePlan(store: Store, quota: PlanQuota | undefined): Promise<void> {
  return store.transact(async (tx) =>
    tx.write(
      records.usagePlan,
      { ...PLACE, parent: '', id: 'plan' },
      { id: 'plan', name: 'plan', apiStages: [], quota },
    ),
  )
}

test('days go by, and what was used on each is told, before and after a restart', async () => {
  const store = await newStore()
  const first = await new Gateway(store).start()
  expect(first.ask(3)).toBe(3)
  first.nowMs += dayMs
  first.ask(5)
  await first.keeper.flush()
  first.nowMs += 2 * dayMs
  first.ask(7)
  expect(await first.used(4)).toEqual([3, 5, 0, 7])
  await first.keeper.flush()
  const second = await new Gateway(store).start()
  second.nowMs = first.nowMs
  expect(await second.used(5)).toEqual([3, 5, 0, 7, 0])
})

test("a quota's period goes on after a restart, over the end of a month, and when it becomes another one", async () => {
  const store = await newStore({ period: 'MONTH', offset: 20, limit: 10 })
  const first = await new Gateway(store).start()
  expect(first.ask(4)).toBe(4)
  await first.keeper.flush()
  const second = new Gateway(store)
  second.nowMs += 14 * dayMs
  await second.start()
  expect(second.ask(4)).toBe(4)
  expect(second.ask(4)).toBe(2)
  await writePlan(store, { period: 'DAY', offset: 0, limit: 8 })
  expect(second.ask(4)).toBe(2)
  await writePlan(store, { period: 'MONTH', offset: 20, limit: 13 })
  expect(second.ask(4)).toBe(1)
  expect((await second.used(15))?.filter((count) => count > 0)).toEqual([4, 9])
})

test('what cannot be written is told once, is kept, and is written later', async () => {
  const store = await newStore()
  const gateway = await new Gateway(store).start()
  gateway.fault = new StoreUnavailable('gatehouse.db', 'the disk is full')
  gateway.ask(3)
  await gateway.keeper.flush()
  gateway.ask(1)
  await gateway.keeper.flush()
  expect(gateway.told).toHaveLength(1)
  expect(gateway.told[0]).toContain('usage of API keys cannot be written down')
  expect(await gateway.used(1)).toEqual([4])
  gateway.fault = undefined
  await gateway.keeper.flush()
  const [block] = await store.list(records.usageBlock, { ...PLACE, parent: 'plan' })
  expect(block?.value).toEqual({ key: [...Array.from({ length: 20 }, () => 0), 4] })
})

test('a key that leaves keeps what it used for when it comes back; one that is deleted opens nothing', async () => {
  const store = await newStore({ period: 'DAY', offset: 0, limit: 5 })
  const gateway = await new Gateway(store).start()
  expect(gateway.ask(3)).toBe(3)
  const at = { ...PLACE, parent: 'plan', id: 'key' }
  await store.transact(async (tx) => tx.delete(records.planKey, at))
  expect(gateway.ask(1)).toBe(0)
  await store.transact(async (tx) => tx.write(records.planKey, at, { usagePlanId: 'plan', keyId: 'key' }))
  expect(gateway.ask(9)).toBe(2)
  const top = { ...PLACE, parent: '' }
  await store.transact(async (tx) => {
    tx.delete(records.planKey, at)
    tx.delete(records.apiKeyValue, { ...top, id: apiKeyDigest(VALUE) })
    tx.delete(records.apiKey, { ...top, id: 'key' })
  })
  expect(gateway.writer.size).toBe(0)
  expect(await gateway.used(1)).toEqual([5])
})

test('old months are deleted, and all of them with their plan', async () => {
  const store = await newStore()
  const parent = { ...PLACE, parent: 'plan' }
  await store.transact(async (tx) => {
    for (const month of ['2025-06', '2025-07', '2025-08', '2026-10']) {
      tx.write(records.usageBlock, { ...parent, id: `${month}/0000` }, { key: [1] })
    }
  })
  const gateway = await new Gateway(store).start()
  const months = async (): Promise<string[]> =>
    (await store.list(records.usageBlock, parent)).map(({ id }) => id)
  await gateway.keeper.flush()
  // A clock that is years ahead for less than that deletes nothing.
  const { usagePruneAfterMs } = defaultUsageLimits
  gateway.steadyMs += usagePruneAfterMs - 1
  gateway.nowMs += 1000 * dayMs
  await gateway.keeper.flush()
  gateway.nowMs -= 1000 * dayMs
  gateway.steadyMs += usagePruneAfterMs - 1
  await gateway.keeper.flush()
  expect((await months()).length).toBe(4)
  gateway.steadyMs += usagePruneAfterMs
  await gateway.keeper.flush()
  expect(await months()).toEqual(['2025-08/0000', '2026-10/0000'])
  gateway.ask(1)
  await store.transact(async (tx) => {
    tx.delete(records.planKey, { ...parent, id: 'key' })
    tx.delete(records.usagePlan, { ...PLACE, parent: '', id: 'plan' })
  })
  await gateway.keeper.flush()
  expect([await months(), gateway.ask(1)]).toEqual([[], 0])
})

test('everything is forgotten when the store is', async () => {
  const store = await newStore()
  const gateway = await new Gateway(store).start()
  expect(gateway.ask(1)).toBe(1)
  await store.clear()
  expect(gateway.writer.size).toBe(0)
  await gateway.keeper.flush()
  expect(await store.scan(records.usageBlock)).toEqual([])
})

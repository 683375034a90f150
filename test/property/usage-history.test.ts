import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { openPostgresStore } from '#store/postgres/postgres.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { StoreUnavailable, type Store } from '#store/store.ts'
import { defaultUsageLimits } from '#server/usage/limits.ts'
import { UsageHistory } from '#server/usage/usage-history.ts'
import { newSchema, sharedPostgres } from '../support/services/postgres-server.ts'

// Whatever is written, put where it stays, left out by a crash or done twice: what was used is told once.

const PLAN_IDS = ['gold', 'free'] as const
/** 2026-11-29: two days later it is another month. */
const FIRST_DAY = Date.UTC(2026, 10, 29) / 86_400_000
const DAYS = 4
const KEY_IDS = Array.from({ length: 24 }, (_, i) => `key${i}`)

/** `before`: nothing is written; `after`: it is, and nobody knows. */
type Fault = 'before' | 'after'

type Command =
  | {
      readonly do: 'use'
      readonly plan: number
      readonly key: number
      readonly day: number
      readonly count: number
    }
  | { readonly do: 'write'; readonly fault: Fault | undefined; readonly at: number }
  | { readonly do: 'end' | 'fold' }

interface Step {
  /** Which of the gateways does it. */
  readonly by: number
  readonly command: Command
}

const commands: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    by: fc.nat(1),
    command: fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({
          do: fc.constant('use' as const),
          plan: fc.nat(1),
          key: fc.nat(KEY_IDS.length - 1),
          day: fc.nat(DAYS - 1),
          count: fc.integer({ min: 1, max: 9 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('write' as const),
          fault: fc.constantFrom(undefined, undefined, 'before' as const, 'after' as const),
          at: fc.nat(2),
        }),
      },
      fc.record({ do: fc.constantFrom('end' as const, 'fold' as const) }),
    ),
  }),
  { maxLength: 80 },
)

/** One of the gateways that share a store. */
class Gateway {
  fault: { readonly what: Fault; at: number } | undefined
  readonly #store: Store
  history: UsageHistory
  /** What it has in memory alone, by plan, key and day. */
  readonly unwritten = new Map<string, number>()

  constructor(store: Store) {
    this.#store = Object.assign(Object.create(store) as Store, {
      transact: async <R>(work: Parameters<Store['transact']>[0]): Promise<R> => {
        const { fault } = this
        if (fault === undefined || fault.at-- > 0) return (await store.transact(work)) as R
        this.fault = undefined
        if (fault.what === 'after') await store.transact(work)
        throw new StoreUnavailable('db', 'the database went away')
      },
      read: store.read.bind(store),
      list: store.list.bind(store),
    })
    this.history = this.#start()
  }

  #start(): UsageHistory {
    // All is noted, and put where it stays now and then.
    return new UsageHistory(this.#store, {
      ...defaultUsageLimits,
      usageDirectKeys: 0,
      usageNotesKept: 2,
      usageFoldsPerFlush: 2,
    })
  }

  end(): void {
    this.history = this.#start()
  }
}

let runs = 0

/** @param stores of two gateways, on one database */
async function play(stores: readonly [Store, Store], run: readonly Step[]): Promise<void> {
  const place = { account: String(++runs), region: 'r' }
  await stores[0].transact(async (tx) => {
    for (const id of PLAN_IDS) {
      tx.write(records.usagePlan, { ...place, parent: '', id }, { id, name: id, apiStages: [] })
    }
  })
  const gateways = stores.map((store) => new Gateway(store))
  const written = new Map<string, number>()
  for (const { by, command } of run) {
    const gateway = gateways[by] as Gateway
    const { history, unwritten } = gateway
    if (command.do === 'use') {
      const { plan, key, day, count } = command
      const keyId = KEY_IDS[key] as string
      history.note({ ...place, usagePlanId: PLAN_IDS[plan] as string }, keyId, FIRST_DAY + day, count)
      add(unwritten, `${plan} ${keyId} ${day}`, count)
    } else if (command.do === 'write') {
      gateway.fault = command.fault && { what: command.fault, at: command.at }
      await history.write().catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable))
      const isInDoubt = history.waiting > 0
      gateway.fault = undefined
      // What may have been written is written once more, and counts once.
      if (isInDoubt) await history.write()
      for (const [name, count] of unwritten) add(written, name, count)
      unwritten.clear()
    } else if (command.do === 'fold') await history.foldAll([place])
    else {
      unwritten.clear()
      gateway.end()
    }
    const expected = new Map(written)
    for (const [name, count] of gateway.unwritten) add(expected, name, count)
    expect(await told(gateway.history, place)).toEqual(Object.fromEntries(expected))
  }
  await (gateways[0] as Gateway).history.foldAll([place])
  expect(await stores[0].scan(records.usageNote)).toEqual([])
}

test('what keys have used is told once, whatever fails and whoever ends', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (run) => {
      const store = openSqliteStore({ path: ':memory:', log: silentLog })
      await play([store, store], run)
      await store.close()
    }),
    { numRuns: 60 },
  )
})

test('the same of gateways on one PostgreSQL', async () => {
  const url = (await sharedPostgres()).url(newSchema())
  const [first, second] = await Promise.all([0, 1].map(() => openPostgresStore({ url, log: silentLog })))
  await fc.assert(
    fc.asyncProperty(commands, (run) => play([first as Store, second as Store], run)),
    { numRuns: 6 },
  )
  await Promise.all([first?.close(), second?.close()])
})

async function told(
  history: UsageHistory,
  place: { account: string; region: string },
): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [plan, usagePlanId] of PLAN_IDS.entries()) {
    await history.requests({ ...place, usagePlanId }, KEY_IDS, FIRST_DAY, DAYS, (at, requests) => {
      requests.forEach((count, day) => {
        if (count > 0) found[`${plan} ${KEY_IDS[at]} ${day}`] = count
      })
    })
  }
  return found
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}

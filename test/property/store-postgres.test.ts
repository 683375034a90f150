import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { kind, type Kind } from '#base/kind.ts'
import { silentLog } from '#base/log.ts'
import { openPostgresStore, type PostgresStore } from '#store/postgres/postgres.ts'
import { StoreConflict, type Key, type ParentKey, type Transaction } from '#store/store.ts'
import { newSchema, sharedPostgres } from '../support/services/postgres-server.ts'

// Several gateways write at random. In the order in which their commits are told, one after the other, the same
// transactions give a plain map the same contents, and each has read what the map had then.

const pets: Kind<string> = kind('pet')
const marks: Kind<string[]> = kind('mark')
const parents = ['', 'p'] as const
const at = (parent: string): ParentKey => ({ account: 'a', region: 'r', parent })

interface Operation {
  readonly name: 'write' | 'create' | 'delete' | 'deleteAll' | 'list' | 'read'
  readonly parent: (typeof parents)[number]
  readonly id: string
  readonly value: string
}

const transactions = fc.array(
  fc.array(
    fc.record<Operation>({
      name: fc.constantFrom('write', 'write', 'create', 'delete', 'deleteAll', 'list', 'read'),
      parent: fc.constantFrom(...parents),
      id: fc.constantFrom('a', 'b', 'c', 'é'),
      value: fc.string({ maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  { minLength: 1, maxLength: 5 },
)
const lanes = fc.array(transactions, { minLength: 2, maxLength: 6 })

let stores: PostgresStore[]
beforeAll(async () => {
  const url = (await sharedPostgres()).url(newSchema())
  stores = await Promise.all([1, 2].map(() => openPostgresStore({ url, log: silentLog })))
}, 600_000)
afterAll(() => Promise.all(stores.map((store) => store.close())))

/** @returns what it has read */
async function perform(tx: Transaction, operations: readonly Operation[]): Promise<string[]> {
  const read: string[] = []
  for (const { name, parent, id, value } of operations) {
    const key: Key = { ...at(parent), id }
    if (name === 'list') {
      const found = await tx.list(pets, at(parent))
      read.push(found.map((each) => `${each.id}=${each.value}/${each.version}`).join())
    } else if (name === 'read') {
      const found = await tx.read(pets, key)
      read.push(`${found?.value}/${found?.version}`)
    } else if (name === 'deleteAll') tx.deleteAll(pets, at(parent))
    else if (name === 'delete') tx.delete(pets, key)
    else tx[name](pets, key, value)
  }
  return read
}

/** The same on a map, by parent and id. @returns what it has read */
function replay(
  map: Map<string, { value: string; version: number }>,
  operations: readonly Operation[],
): string[] {
  const read: string[] = []
  const idsOf = (parent: string): string[] =>
    [...map.keys()].filter((name) => name.startsWith(`${parent}/`)).sort()
  for (const { name, parent, id, value } of operations) {
    const place = `${parent}/${id}`
    const found = map.get(place)
    if (name === 'list') {
      const rows = idsOf(parent).map((each) => [each, map.get(each)] as const)
      read.push(
        rows.map(([each, row]) => `${each.slice(parent.length + 1)}=${row?.value}/${row?.version}`).join(),
      )
    } else if (name === 'read') read.push(`${found?.value}/${found?.version}`)
    else if (name === 'deleteAll') for (const each of idsOf(parent)) map.delete(each)
    else if (name === 'delete') map.delete(place)
    else map.set(place, { value, version: (found?.version ?? 0) + 1 })
  }
  return read
}

test('any transactions of several gateways have an order, and it is the one that is told', async () => {
  const property = fc.asyncProperty(lanes, async (all) => {
    const [first] = stores as [PostgresStore]
    await first.clear()
    for (const store of stores) await store.caughtUp()
    const orders: string[][] = stores.map(() => [])
    const stops = stores.map((store, i) =>
      store.watch((changes) => {
        for (const { kind: name, key } of changes) if (name === marks.name) orders[i]?.push(key.id)
      }),
    )
    const performed = new Map<string, { operations: readonly Operation[]; read: string[] }>()
    await Promise.all(
      all.map(async (lane, l) => {
        const store = stores[l % stores.length] as PostgresStore
        for (const [i, operations] of lane.entries()) {
          const id = `${l}-${i}`
          try {
            const read = await store.transact(async (tx) => {
              const seen = await perform(tx, operations)
              tx.create(marks, { ...at('marks'), id }, seen)
              return seen
            })
            performed.set(id, { operations, read })
          } catch (error) {
            expect(error).toBeInstanceOf(StoreConflict)
          }
        }
      }),
    )
    for (const store of stores) await store.caughtUp()
    for (const stop of stops) stop()
    expect(orders[1]).toEqual(orders[0] as string[])
    expect(new Set(orders[0])).toEqual(new Set(performed.keys()))
    expect(orders[0]?.length).toBe(performed.size)
    const map = new Map<string, { value: string; version: number }>()
    for (const id of orders[0] ?? []) {
      const { operations, read } = performed.get(id) as { operations: readonly Operation[]; read: string[] }
      expect(replay(map, operations)).toEqual(read)
    }
    const stored = await first.scan(pets)
    expect(
      new Map(stored.map(({ key, value, version }) => [`${key.parent}/${key.id}`, { value, version }])),
    ).toEqual(map)
  })
  await fc.assert(property, { numRuns: 25 })
})

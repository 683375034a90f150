import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { OwnTurns } from '#base/turns.ts'
import { dayMs } from '#model/quota-period.ts'
import { RedisClients } from '../../../test/support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../../../test/support/services/redis.ts'
import { MemoryCounters } from '../counters-memory.ts'
import { UsageTableWriter } from '../usage-table-writer.ts'
import { RedisCounters } from './counters-redis.ts'
import type { RedisClient } from './redis-client.ts'
import { stateForms, stateName, type StateKind } from './state-key.ts'
import { stateScripts } from './state-scripts.ts'
import { RedisTurns } from './turns-redis.ts'
import { RedisUsageKeys } from './usage-keys-redis.ts'

// Nodes of two versions share a Redis while they are replaced one after the other.

let redis: RedisServer
const clients = new RedisClients()
beforeAll(async () => {
  redis = await startRedis()
})
afterEach(() => clients.stop())
afterAll(() => redis?.stop())

const day = Math.floor(Date.now() / dayMs)
const period = { startMs: day * dayMs, endMs: (day + 1) * dayMs }
const rate = { perSecond: 0.001, burst: 5 }

interface Kind {
  readonly kind: StateKind
  /** Something of which three of five are taken. */
  readonly kept: string | Readonly<Record<string, string>>
  /** How much of five this version lets in. */
  readonly admit: (client: RedisClient) => Promise<number>
}

async function count(decide: () => Promise<boolean>): Promise<number> {
  let admitted = 0
  while (admitted < 10 && (await decide())) admitted++
  return admitted
}

const countersOf = (client: RedisClient): RedisCounters =>
  new RedisCounters({ client, failure: 'fail-closed', own: new MemoryCounters(), nodes: () => 1 })

const kinds: readonly Kind[] = [
  {
    kind: 'bucket',
    kept: `${Date.now()} 3000000 5000000`,
    async admit(client) {
      const counters = countersOf(client)
      const admitted = await count(async () => (await counters.take('key', rate, 1, Date.now())) === 0)
      counters.stop()
      return admitted
    },
  },
  {
    kind: 'count',
    kept: '3',
    async admit(client) {
      const counters = countersOf(client)
      const admitted = await count(async () => (await counters.add('key', 1, period, Date.now())) <= 5)
      counters.stop()
      return admitted
    },
  },
  {
    kind: 'quota',
    kept: `${day} era 1 2`,
    async admit(client) {
      const writer = new UsageTableWriter(1024)
      const { place } = writer.put({
        digest: new Uint8Array(32).fill(7),
        keyId: 'key',
        plan: 1,
        enabled: true,
      })
      const counters = countersOf(client)
      const fixed = { planId: () => 'plan', failure: 'fail-closed', processes: () => 1 } as const
      const keys = new RedisUsageKeys({ client, counters, table: writer.table, ...fixed })
      const admitted = await count(async () => keys.count(place, { limit: 5, period }, Date.now()))
      keys.stop()
      counters.stop()
      return admitted
    },
  },
  {
    kind: 'turns',
    kept: { other: `3 ${Date.now() + 60_000} 0` },
    async admit(client) {
      const turns = new RedisTurns({ client, failure: 'fail-closed', own: new OwnTurns(), nodes: () => 1 })
      const admitted = await count(async () => turns.take('key', 5))
      turns.stop()
      return admitted
    },
  },
]

/** Under which name this version keeps what the table says. */
async function nameOf({ admit, kind }: Kind, client: RedisClient): Promise<string> {
  await client.call(['FLUSHALL'])
  await admit(client)
  const prefix = `${stateName(kind)}:`
  const names = ((await client.call(['KEYS', 'gh:*'])) as Buffer[]).map(String)
  const found = names.find((each) => each.startsWith(prefix))
  if (found === undefined) throw new Error(`found ${names.join(', ')}, expected a key ${prefix}…`)
  await client.call(['FLUSHALL'])
  return found
}

async function plant(client: RedisClient, key: string, value: Kind['kept']): Promise<void> {
  if (typeof value === 'string') await client.call(['SET', key, value])
  else await client.call(['HSET', key, ...Object.entries(value).flat()])
}

const formed = (key: string, form: number): string =>
  key.replace(/^gh:([a-z]+)\d*:/, (_, name) => `gh:${name}${form === 1 ? '' : form}:`)

for (const kind of kinds) {
  const { form } = stateForms[kind.kind]

  test(`${kind.kind}: what the same form holds counts, what older and newer forms hold does not`, async () => {
    const client = await clients.connect(redis.url)
    const key = await nameOf(kind, client)
    for (let other = 1; other <= form + 2; other++) {
      await client.call(['FLUSHALL'])
      await plant(client, formed(key, other), kind.kept)
      expect(await kind.admit(client)).toBe(other === form ? 2 : 5)
      // Nor is it touched.
      if (other !== form) {
        const [command, value] =
          typeof kind.kept === 'string' ? ['GET', kind.kept] : ['HVALS', Object.values(kind.kept)]
        const left = (await client.call([command, formed(key, other)])) as Buffer | Buffer[]
        expect(Array.isArray(left) ? left.map(String) : left.toString()).toEqual(value)
      }
    }
  })

  test(`${kind.kind}: what cannot be read counts as nothing`, async () => {
    const client = await clients.connect(redis.url)
    const key = await nameOf(kind, client)
    await plant(client, key, typeof kind.kept === 'string' ? 'v9 { }' : { other: 'v9 { }' })
    expect(await kind.admit(client)).toBe(5)
  })
}

test('a script of another text is another script: two versions do not run each other’s', () => {
  const digests = stateScripts.map(({ sha }) => sha)
  expect(new Set(digests).size).toBe(digests.length)
})

// What a decision about a rate or a quota costs the process that takes it: in its own memory, and in Redis with what it
// holds ahead. `npm run bench:state`
import type { Counters } from '#base/counters.ts'
import type { UsageKeys } from '#base/usage-keys.ts'
import { dayMs } from '#model/quota-period.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { RedisCounters } from '#store/redis/counters-redis.ts'
import { RedisUsageKeys } from '#store/redis/usage-keys-redis.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import { RedisClients } from '../test/support/services/redis-clients.ts'
import { startRedis } from '../test/support/services/redis.ts'

const DECISIONS = 300_000
/** Of requests that come within one turn of the event loop. */
const AT_ONCE = 64
const ROUNDS = 3
const RATE = { perSecond: 1000, burst: 2000 }
/** Of the last, each is asked for so seldom that each time is told by itself. */
const KEYS = [10, 10_000, 100_000]

type Decide = (key: number) => unknown

interface Cost {
  readonly cpuUs: number
  readonly wallUs: number
}

async function measure(decide: Decide, keys: number): Promise<Cost> {
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  for (let i = 0; i < DECISIONS; i += AT_ONCE) {
    const waiting: unknown[] = []
    for (let j = 0; j < AT_ONCE; j++) {
      const decided = decide((i + j) % keys)
      if (decided instanceof Promise) waiting.push(decided)
    }
    if (waiting.length > 0) await Promise.all(waiting)
    else if (i % (16 * AT_ONCE) === 0) await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    cpuUs: (user + system) / DECISIONS,
    wallUs: ((performance.now() - startMs) * 1000) / DECISIONS,
  }
}

const redis = await startRedis()
const clients = new RedisClients()
try {
  const client = await clients.connect(redis.url)
  const inRedis = new RedisCounters({
    client,
    failure: 'fail-closed',
    own: new MemoryCounters(),
    nodes: () => 1,
  })
  const own = new MemoryCounters()
  const writer = new UsageTableWriter(131_072)
  const places = Array.from({ length: Math.max(...KEYS) }, (_, i) => {
    const digest = new Bun.CryptoHasher('sha256').update(String(i)).digest()
    return writer.put({ digest, keyId: `key${i}`, plan: 1, enabled: true }).place
  })
  const { table } = writer
  const usage = new RedisUsageKeys({
    client,
    counters: inRedis,
    table,
    planId: () => 'plan',
    failure: 'fail-closed',
    processes: () => 1,
  })
  const startMs = Math.floor(Date.now() / dayMs) * dayMs
  const quota = { limit: 4_000_000_000, period: { startMs, endMs: startMs + dayMs } }
  const names = places.map((place) => `stage api/dev/${place}`)
  const take =
    (counters: Counters): Decide =>
    (key) =>
      counters.take(names[key] as string, RATE, 1, Date.now())
  const count =
    (keys: UsageKeys): Decide =>
    (key) =>
      keys.count(places[key] as number, quota, Date.now())
  const redisCpuSeconds = async (): Promise<number> => {
    const told = ((await client.call(['INFO', 'cpu'])) as Buffer).toString()
    const [user = 0, system = 0] = ['user', 'sys'].map((kind) =>
      Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(told)?.[1]),
    )
    return user + system
  }
  const rows: [string, Decide, Decide][] = [
    ['rate', take(own), take(inRedis)],
    ['quota', count(table), count(usage)],
  ]
  for (const [what, local, shared] of rows) {
    for (const keys of KEYS) {
      const costs = { local: [] as Cost[], redis: [] as Cost[] }
      const before = client.calls
      const cpuBefore = await redisCpuSeconds()
      for (let round = 0; round < ROUNDS; round++) {
        costs.local.push(await measure(local, keys))
        costs.redis.push(await measure(shared, keys))
      }
      const calls = (client.calls - before) / (ROUNDS * DECISIONS)
      const redisUs = (((await redisCpuSeconds()) - cpuBefore) * 1e6) / (ROUNDS * DECISIONS)
      const best = (of: Cost[], by: keyof Cost): string => Math.min(...of.map((cost) => cost[by])).toFixed(2)
      console.log(
        `${what}, ${keys} keys: local ${best(costs.local, 'cpuUs')} µs CPU; Redis ${best(costs.redis, 'cpuUs')} µs CPU, ` +
          `${best(costs.redis, 'wallUs')} µs of time, ${calls.toFixed(4)} scripts a decision, ` +
          `${redisUs.toFixed(2)} µs of Redis' own CPU`,
      )
    }
  }
  const [used, keys] = [await client.call(['INFO', 'memory']), await client.call(['DBSIZE'])]
  console.log(/used_memory:\d+/.exec((used as Buffer).toString())?.[0], `keys:${Number(keys)}`)
  usage.stop()
  inRedis.stop()
} finally {
  clients.stop()
  await redis.stop()
}

import { afterAll, beforeAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryCounters } from '#store/counters-memory.ts'
import { SharedCounters } from '#store/counters-shared.ts'
import { RedisCounters } from '#store/redis/counters-redis.ts'
import type { RedisLimits } from '#store/redis/limits.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { countersContract } from './counters.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-counters-'))
const file = join(folder, 'counters')
let redis: RedisServer
const clients = new RedisClients()
let inRedis: RedisCounters | undefined
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  inRedis?.stop()
  clients.stop()
  await redis?.stop()
  rmSync(folder, { recursive: true })
})

/** Empty ones, on the caller's time. */
async function createInRedis(limits: Partial<RedisLimits>): Promise<RedisCounters> {
  inRedis?.stop()
  clients.stop()
  const client = await clients.connect(redis.url, limits)
  await client.call(['FLUSHALL'])
  inRedis = new RedisCounters({
    client,
    failure: 'fail-closed',
    own: new MemoryCounters(),
    nodes: () => 1,
    clock: 'caller',
  })
  return inRedis
}

countersContract({ name: 'in memory', create: () => new MemoryCounters() })

countersContract({
  name: 'in shared memory',
  create: () => {
    SharedCounters.create(file, 1024)
    return new SharedCounters(file)
  },
})

countersContract({
  name: 'in Redis, each token asked for',
  create: () => createInRedis({ leaseTokensMax: 0 }),
  isSlow: true,
  runs: 10,
})

countersContract({ name: 'in Redis', create: () => createInRedis({}), runs: 15 })

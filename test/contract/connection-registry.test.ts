import { afterAll, beforeAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connectionsOverLink, LinkedConnectionRegistry } from '#server/workers/connections-link.ts'
import { MemoryConnectionRegistry } from '#store/connection-registry-memory.ts'
import { RedisConnectionRegistry } from '#store/redis/connection-registry-redis.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { connectionRegistryContract } from './connection-registry.contract.ts'

let redis: RedisServer
const clients = new RedisClients()
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  clients.stop()
  await redis?.stop()
})

connectionRegistryContract({
  name: 'in memory',
  create: async () => {
    const registry = new MemoryConnectionRegistry()
    return [registry, registry]
  },
})

const links: (() => void)[] = []
afterAll(() => {
  for (const stop of links) stop()
})

connectionRegistryContract({
  name: 'of a machine',
  create: async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'gatehouse-link-')), 'connections.sock')
    const link = connectionsOverLink(path, new MemoryConnectionRegistry())
    const [one, other] = [new LinkedConnectionRegistry(path), new LinkedConnectionRegistry(path)]
    links.push(() => {
      link.stop()
      rmSync(dirname(path), { recursive: true })
    })
    return [one, other]
  },
})

connectionRegistryContract({
  name: 'in Redis',
  create: async () => {
    clients.stop()
    const [one, other] = [await clients.connect(redis.url), await clients.connect(redis.url)]
    await one.call(['FLUSHALL'])
    return [new RedisConnectionRegistry(one), new RedisConnectionRegistry(other)]
  },
})

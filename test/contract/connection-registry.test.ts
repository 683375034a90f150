import { afterAll, beforeAll } from 'bun:test'
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

connectionRegistryContract({
  name: 'in Redis',
  create: async () => {
    clients.stop()
    const [one, other] = [await clients.connect(redis.url), await clients.connect(redis.url)]
    await one.call(['FLUSHALL'])
    return [new RedisConnectionRegistry(one), new RedisConnectionRegistry(other)]
  },
})

import { afterAll, beforeAll } from 'bun:test'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { RedisAnswerCache, type AnswerCodec } from '#store/redis/answer-cache-redis.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { answerCacheContract, type Answer } from './answer-cache.contract.ts'

let redis: RedisServer
const clients = new RedisClients()
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  clients.stop()
  await redis?.stop()
})

const codec: AnswerCodec<Answer> = {
  encode: ({ text }) => Buffer.from(text),
  decode: (bytes) => ({ answer: { text: Buffer.from(bytes).toString() }, bytes: 100 }),
}

async function createInRedis(local: MemoryAnswerCache<Answer>): Promise<RedisAnswerCache<Answer>> {
  clients.stop()
  const client = await clients.connect(redis.url)
  await client.call(['FLUSHALL'])
  const bounds = { entryBytesMax: 50_000, stageBytesMax: 400_000, processes: 1 }
  return new RedisAnswerCache({ client, local, name: 'test', codec, ...bounds })
}

answerCacheContract({ name: 'in memory', create: () => new MemoryAnswerCache() })

answerCacheContract({
  name: 'in memory, with little room',
  create: () =>
    new MemoryAnswerCache({ entriesMax: 300, bytesMax: 400_000, entryBytesMax: 50_000, flushesMax: 1 }),
})

answerCacheContract({
  name: 'in Redis alone',
  create: () => createInRedis(new MemoryAnswerCache({ entriesMax: 0 })),
})

answerCacheContract({
  name: 'in memory, then in Redis',
  create: () => createInRedis(new MemoryAnswerCache({ entriesMax: 50 })),
})

import { afterAll, beforeAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SharedAnswerCache } from '#store/answer-cache-shared.ts'
import { SharedAnswerTable } from '#store/answer-table.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import type { AnswerCodec } from '#store/answer-codec.ts'
import { RedisAnswerCache } from '#store/redis/answer-cache-redis.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { answerCacheContract, type Answer } from './answer-cache.contract.ts'

let redis: RedisServer
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
const clients = new RedisClients()
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  clients.stop()
  rmSync(folder, { recursive: true })
  await redis?.stop()
})

const codec: AnswerCodec<Answer> = {
  encode: ({ text }) => Buffer.from(text),
  decode: (bytes) => ({ answer: { text: Buffer.from(bytes).toString() }, bytes: 100 }),
}

async function createInRedis(local: MemoryAnswerCache<Answer>): Promise<RedisAnswerCache<Answer>> {
  clients.stop()
  // Thousands of answers are set at once, on a machine that may be busy.
  const client = await clients.connect(redis.url, { stateTimeoutMs: 10_000 })
  await client.call(['FLUSHALL'])
  const bounds = { entryBytesMax: 50_000, stageBytesMax: 400_000, processes: 1 }
  return new RedisAnswerCache({ client, local, name: 'test', codec, clock: 'caller', ...bounds })
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

/** As large as the contract says that an answer is. */
const padding: AnswerCodec<Answer> = {
  encode: ({ text }) => Buffer.from(text.padEnd(1000, '\0')),
  decode: (bytes) => ({ answer: { text: Buffer.from(bytes).toString().replaceAll('\0', '') }, bytes: 1000 }),
}

function createShared(bytes: number, ownEntriesMax: number): SharedAnswerCache<Answer> {
  const file = join(folder, `answers-${Bun.randomUUIDv7()}`)
  SharedAnswerTable.create(file, bytes)
  const table = new SharedAnswerTable(file)
  const bounds = { ownBytesMax: 100_000, ownEntriesMax, entryBytesMax: 50_000 }
  return new SharedAnswerCache({ open: () => table, codec: padding, ...bounds })
}

answerCacheContract({ name: 'in shared memory alone', create: () => createShared(4_000_000, 0) })

answerCacheContract({
  name: 'in shared memory with little room, some of them in memory',
  create: () => createShared(900_000, 50),
})

import { expect, test } from 'bun:test'
import { redisOfFile } from '../../../test/support/services/redis-of-file.ts'
import { MemoryAnswerCache } from '../answer-cache-memory.ts'
import type { AnswerCodec } from '../answer-codec.ts'
import { RedisAnswerCache } from './answer-cache-redis.ts'
import type { RedisClient } from './redis-client.ts'

const redis = redisOfFile()

interface Answer {
  readonly text: string
}

const codec: AnswerCodec<Answer> = {
  encode: ({ text }) => (text.startsWith('own') ? undefined : Buffer.from(text)),
  decode(bytes) {
    const text = Buffer.from(bytes).toString()
    if (text === 'broken') throw new Error('none of ours')
    return { answer: { text }, bytes: 100 }
  },
}

const STAGE = 'api1/dev'
const nowMs = Date.now()
const hasty = { stateTimeoutMs: 300, connectTimeoutMs: 300, retryMs: 5, retryMsMax: 10 }

/** As one process has it. */
class Process {
  readonly cache: RedisAnswerCache<Answer>
  readonly client: RedisClient

  constructor(client: RedisClient) {
    this.client = client
    const bounds = { entryBytesMax: 50_000, stageBytesMax: 400_000, processes: 2 }
    this.cache = new RedisAnswerCache({
      client,
      local: new MemoryAnswerCache<Answer>(),
      name: 'test',
      codec,
      ...bounds,
    })
  }

  set(key: string, text: string, generation: number = this.cache.generation(STAGE)): void {
    this.cache.set(STAGE, key, { text }, { generation, nowMs, expiresMs: nowMs + 60_000, bytes: 100 })
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.cache.get(STAGE, key, nowMs))?.text
  }

  /** Everything that was begun has arrived. */
  async settled(): Promise<void> {
    await this.client.call(['PING'])
  }
}

const start = async (limits = {}): Promise<Process> =>
  new Process(await redis.clients.connect(redis.server.url, limits))

test('what one process keeps, another finds, and then has itself', async () => {
  const [one, other] = [await start(), await start()]
  one.set('a', 'kept')
  await one.settled()
  expect(other.cache.get(STAGE, 'a', nowMs)).toBeInstanceOf(Promise)
  expect(await other.get('a')).toBe('kept')
  expect(other.cache.get(STAGE, 'a', nowMs)).toEqual({ text: 'kept' })
})

test('a flush by one ends what the other has asked for, and what it has once it looks', async () => {
  const [one, other] = [await start(), await start()]
  one.set('a', 'old')
  await one.settled()
  expect(await other.get('a')).toBe('old')
  expect(await other.get('b')).toBeUndefined()
  const generation = other.cache.generation(STAGE)
  one.cache.flush(STAGE)
  await one.settled()
  other.set('b', 'asked for before the flush', generation)
  await other.settled()
  expect(await one.get('b')).toBeUndefined()
  // It looks in Redis, and learns of the flush.
  expect(await other.get('c')).toBeUndefined()
  expect(await other.get('a')).toBeUndefined()
  expect(await other.get('b')).toBeUndefined()
  other.set('b', 'new')
  await other.settled()
  expect(await one.get('b')).toBe('new')
})

test('what one replaces before its time, the other does not give any more', async () => {
  const [one, other] = [await start(), await start()]
  one.set('a', 'old')
  one.set('b', 'stays')
  await one.settled()
  expect(await other.get('a')).toBe('old')
  expect(await other.get('b')).toBe('stays')
  one.set('a', 'new')
  await one.settled()
  await other.settled()
  expect(other.cache.get(STAGE, 'b', nowMs)).toEqual({ text: 'stays' })
  expect(await other.get('a')).toBe('new')
  expect(other.cache.get(STAGE, 'a', nowMs)).toEqual({ text: 'new' })
  expect(one.cache.get(STAGE, 'a', nowMs)).toEqual({ text: 'new' })
  other.set('a', 'newer')
  await other.settled()
  await one.settled()
  expect(await one.get('a')).toBe('newer')
})

test('what is for one process alone, or is none of ours, is not shared', async () => {
  const [one, other] = [await start(), await start()]
  one.set('a', 'own secret')
  one.set('b', 'broken')
  await one.settled()
  expect(await one.get('a')).toBe('own secret')
  expect(await other.get('a')).toBeUndefined()
  expect(await other.get('b')).toBeUndefined()
})

test('without Redis each process has its own; a flush meanwhile is told afterwards', async () => {
  const [one, other] = [await start(hasty), await start(hasty)]
  one.set('a', 'old')
  await one.settled()
  expect(await other.get('a')).toBe('old')
  redis.server.pause()
  // Nobody waits for long.
  expect(await one.get('b')).toBeUndefined()
  expect(one.client.isUp).toBe(false)
  one.set('b', 'meanwhile')
  expect(one.cache.get(STAGE, 'b', nowMs)).toEqual({ text: 'meanwhile' })
  one.cache.flush(STAGE)
  expect(one.cache.get(STAGE, 'b', nowMs)).toBeUndefined()
  redis.server.resume()
  for (const { client } of [one, other]) while (!client.isUp) await Bun.sleep(1)
  await one.settled()
  expect(await one.get('a')).toBeUndefined()
  one.set('a', 'new')
  await one.settled()
  expect(await (await start()).get('a')).toBe('new')
})

test('an answer that comes after a flush is of before it', async () => {
  const [one, other] = [await start(), await start()]
  one.set('a', 'old')
  await one.settled()
  const coming = other.get('a')
  other.cache.flush(STAGE)
  expect(await coming).toBeUndefined()
  expect(other.cache.get(STAGE, 'a', nowMs)).toBeInstanceOf(Promise)
})

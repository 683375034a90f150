import { describe, expect, test } from 'bun:test'
import { StateUnavailable } from '#base/state-unavailable.ts'
import type { PeriodQuota } from '#base/usage-keys.ts'
import { dayMs } from '#model/quota-period.ts'
import { redisOfFile } from '../../../test/support/services/redis-of-file.ts'
import { MemoryCounters } from '../counters-memory.ts'
import { PLACE } from '../usage-layout.ts'
import { UsageTableWriter } from '../usage-table-writer.ts'
import { RedisCounters } from './counters-redis.ts'
import type { RedisLimits } from './limits.ts'
import type { RedisClient } from './redis-client.ts'
import { RedisUsageKeys, type RedisUsageKeysOptions } from './usage-keys-redis.ts'

const redis = redisOfFile()

const nowMs = Date.now()
const startOfDayMs = Math.floor(nowMs / dayMs) * dayMs
const today = { startMs: startOfDayMs, endMs: startOfDayMs + dayMs }
const digest = new Uint8Array(32).fill(7)
const quotaOf = (limit: number): PeriodQuota => ({ limit, period: today })
const hasty = { stateTimeoutMs: 300, connectTimeoutMs: 300, retryMs: 5, retryMsMax: 10 }

interface Node {
  readonly keys: RedisUsageKeys
  readonly client: RedisClient
  readonly writer: UsageTableWriter
  readonly place: number
}

/** A node of one process. @param number of the plan there, which each node gives as it comes */
async function startNode(
  number: number,
  options: Partial<RedisUsageKeysOptions> = {},
  writer: UsageTableWriter = new UsageTableWriter(1024),
  limits: Partial<RedisLimits> = hasty,
): Promise<Node> {
  const client = await redis.clients.connect(redis.server.url, limits)
  const failure = 'fail-open'
  const counters = new RedisCounters({ client, failure, own: new MemoryCounters(), nodes: () => 1 })
  const { place } = writer.put({ digest, keyId: 'key', plan: number, enabled: true })
  const fixed = {
    client,
    counters,
    table: writer.table,
    planId: () => 'plan',
    failure,
    processes: () => 1,
  } as const
  const keys = new RedisUsageKeys({ ...fixed, ...options })
  redis.running.push(keys, counters)
  return { keys, client, writer, place }
}

/** @returns how many of so many requests were counted */
async function ask({ keys, place }: Node, times: number, limit: number, atMs = nowMs): Promise<number> {
  let counted = 0
  for (let i = 0; i < times; i++) if (await keys.count(place, quotaOf(limit), atMs)) counted++
  return counted
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const reconnected = async ({ client }: Node): Promise<void> => {
  while (!client.isUp) await Bun.sleep(1)
}

describe('a quota over several nodes', () => {
  test('is never exceeded, and nothing of it is lost', async () => {
    const nodes = await Promise.all([1, 2, 3].map((number) => startNode(number)))
    const counted = sum(await Promise.all(nodes.map((node) => ask(node, 1000, 1500))))
    expect(counted).toBeLessThanOrEqual(1500)
    const [one] = nodes as [Node]
    for (const { keys, client } of nodes.slice(1)) {
      keys.stop()
      await client.call(['PING'])
    }
    const rest = await ask(one, 1000, 1500, nowMs + 1000)
    expect(counted + rest).toBe(1500)
    const used = nodes.map(({ writer, place }) =>
      writer.table.dated(place, PLACE.days + ((nowMs / dayMs) & 1)),
    )
    expect(sum(used.map(({ count }) => count))).toBe(1500)
  })

  test('costs a fraction of a question a request', async () => {
    const node = await startNode(1)
    const before = node.client.calls
    expect(await ask(node, 5000, 1_000_000)).toBe(5000)
    expect(node.client.calls - before).toBeLessThan(100)
    expect(await ask(node, 10, 5000)).toBe(0)
  })

  test('what UpdateUsage grants counts at once', async () => {
    const [one, other] = [await startNode(1), await startNode(2)]
    expect(await ask(one, 20, 10)).toBe(10)
    for (const { writer, place } of [one, other]) writer.grant(place, today.startMs / dayMs, 15)
    expect((await ask(one, 20, 10)) + (await ask(other, 20, 10))).toBe(5)
  })

  test('a node that is killed takes with it no more than what it held ahead', async () => {
    const [one, other] = [await startNode(1), await startNode(2)]
    const first = await ask(one, 500, 1000)
    one.client.stop()
    const rest = await ask(other, 2000, 1000)
    expect(first + rest).toBeLessThanOrEqual(1000)
    expect(first + rest).toBeGreaterThanOrEqual(900)
  })

  test('a new period begins at nothing', async () => {
    const node = await startNode(1)
    expect(await ask(node, 20, 10)).toBe(10)
    const tomorrow = { startMs: today.endMs, endMs: today.endMs + dayMs }
    let counted = 0
    for (let i = 0; i < 20; i++) {
      if (await node.keys.count(node.place, { limit: 10, period: tomorrow }, tomorrow.startMs + 1)) counted++
    }
    expect(counted).toBe(10)
  })

  test('a day that becomes a month is another period, in which the days before count', async () => {
    const node = await startNode(1)
    expect(await ask(node, 2, 10)).toBe(2)
    // As a node finds it in the store when the plan becomes another one.
    const day = today.startMs / dayMs - 3
    node.writer.setDated(node.place, PLACE.period, { day, count: 11 })
    const month = { startMs: day * dayMs, endMs: (day + 30) * dayMs }
    let counted = 0
    for (let i = 0; i < 20; i++) {
      if (await node.keys.count(node.place, { limit: 15, period: month }, nowMs)) counted++
    }
    expect(counted).toBe(4)
  })
})

/** One that a busy machine does not have believe that Redis is away. */
const startPatient = (number: number): Promise<Node> =>
  startNode(number, {}, undefined, { retryMs: 5, retryMsMax: 10 })

describe('a Redis that forgot everything', () => {
  test('is told by the nodes', async () => {
    const nodes = [await startPatient(1), await startPatient(2)]
    let counted = sum(await Promise.all(nodes.map((node) => ask(node, 200, 1000))))
    await redis.server.restart()
    await Promise.all(nodes.map(reconnected))
    counted += sum(await Promise.all(nodes.map((node) => ask(node, 1000, 1000, nowMs + 1))))
    expect(counted).toBeLessThanOrEqual(1000)
    expect(counted).toBeGreaterThanOrEqual(950)
  })

  test('also by one that nobody asks any more', async () => {
    const nodes = [await startPatient(1), await startPatient(2)] as const
    expect(await ask(nodes[0], 10, 100)).toBe(10)
    expect(await ask(nodes[1], 50, 100)).toBe(50)
    await redis.server.restart()
    await Promise.all(nodes.map(reconnected))
    // Once it has asked which Redis this is, it tells.
    for (const { client } of [...nodes, ...nodes]) await client.call(['PING'])
    const rest = await ask(nodes[0], 100, 100)
    expect(rest).toBeLessThanOrEqual(40)
    // What the other holds ahead.
    expect(rest).toBeGreaterThanOrEqual(30)
  })

  test('and by what the database has kept, where no node was left', async () => {
    const node = await startNode(1)
    // As a node finds it in the store when it starts.
    node.writer.setDated(node.place, PLACE.period, { day: today.startMs / dayMs, count: 700 })
    expect(await ask(node, 1000, 1000)).toBe(300)
    // What another one has of the database is in what Redis has counted.
    const other = await startNode(2)
    other.writer.setDated(other.place, PLACE.period, { day: today.startMs / dayMs, count: 900 })
    expect(await ask(other, 1000, 1100)).toBe(100)
  })
})

describe('a Redis that does not answer', () => {
  test('each process counts its part of what is left, and tells it afterwards', async () => {
    const nodes = [await startNode(1, { processes: () => 2 }), await startNode(2, { processes: () => 2 })]
    let counted = sum(await Promise.all(nodes.map((node) => ask(node, 10, 100))))
    expect(counted).toBe(20)
    redis.server.pause()
    const alone = await Promise.all(nodes.map((node) => ask(node, 100, 100, nowMs + 1)))
    counted += sum(alone)
    expect(Math.min(...alone)).toBeGreaterThan(20)
    // One has asked before the other used ten: its part of these is too much.
    expect(counted).toBeLessThanOrEqual(100 + 10)
    redis.server.resume()
    await Promise.all(nodes.map(reconnected))
    for (const node of nodes) counted += await ask(node, 100, 100, nowMs + 1000)
    expect(counted).toBeLessThanOrEqual(100 + 10)
    expect(counted).toBeGreaterThanOrEqual(90)
  })

  test('also where it comes back empty', async () => {
    const node = await startNode(1)
    let counted = await ask(node, 40, 100)
    await redis.server.kill()
    while (node.client.isUp) await Bun.sleep(1)
    counted += await ask(node, 20, 100)
    await redis.server.restart()
    await reconnected(node)
    counted += await ask(node, 100, 100, nowMs + 1)
    expect(counted).toBe(100)
  })

  test('or nobody is let in', async () => {
    const node = await startNode(1, { failure: 'fail-closed' })
    expect(await ask(node, 1, 100)).toBe(1)
    redis.server.pause()
    const asked = ask(node, 100, 100)
    expect(asked).rejects.toThrow(StateUnavailable)
    redis.server.resume()
  })
})

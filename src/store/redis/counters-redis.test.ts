import { describe, expect, test } from 'bun:test'
import type { TokenRate } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { redisOfFile } from '../../../test/support/services/redis-of-file.ts'
import { MemoryCounters } from '../counters-memory.ts'
import { aheadMax } from './bucket-lease.ts'
import { RedisCounters, type RedisCountersOptions } from './counters-redis.ts'
import { defaultRedisLimits, type RedisLimits } from './limits.ts'
import type { RedisClient } from './redis-client.ts'

const redis = redisOfFile()

interface Process {
  readonly counters: RedisCounters
  readonly client: RedisClient
}

/** As a process of a node has them. */
async function start(
  options: Partial<RedisCountersOptions> = {},
  limits: Partial<RedisLimits> = {},
): Promise<Process> {
  const client = await redis.clients.connect(redis.server.url, limits)
  const fixed = { client, failure: 'fail-open', own: new MemoryCounters(), nodes: () => 1 } as const
  const counters = new RedisCounters({ ...fixed, ...options })
  redis.running.push(counters)
  return { counters, client }
}

async function drain({ counters }: Process, rate: TokenRate, nowMs: number): Promise<number> {
  let taken = 0
  while ((await counters.take('key', rate, 1, nowMs)) === 0) taken++
  return taken
}

describe('over several processes', () => {
  test('a bucket gives what it holds and what flows in, within the bound', async () => {
    const rate = { perSecond: 5000, burst: 1000 }
    const processes = await Promise.all(Array.from({ length: 4 }, () => start()))
    const bound = processes.length * aheadMax(rate, defaultRedisLimits)
    const startMs = performance.now()
    let admitted = 0
    const hammer = async ({ counters }: Process): Promise<void> => {
      while (performance.now() - startMs < 400) {
        for (let i = 0; i < 50; i++) if ((await counters.take('key', rate, 1, Date.now())) === 0) admitted++
        await new Promise(setImmediate)
      }
    }
    await Promise.all(processes.map(hammer))
    const seconds = (performance.now() - startMs) / 1000
    expect(bound).toBeGreaterThan(0)
    expect(admitted).toBeLessThanOrEqual(rate.perSecond * seconds + rate.burst + bound)
    expect(admitted).toBeGreaterThan(rate.burst)
  })

  test('where too little is there to hold any ahead, a bucket is exact', async () => {
    const rate = { perSecond: 0.001, burst: 500 }
    expect(aheadMax(rate, defaultRedisLimits)).toBe(0)
    const processes = await Promise.all(Array.from({ length: 3 }, () => start()))
    const taken = await Promise.all(processes.map((each) => drain(each, rate, Date.now())))
    expect(taken.reduce((sum, each) => sum + each)).toBe(500)
    expect(Math.min(...taken)).toBeGreaterThan(0)
  })

  test('what one let in without asking, others are told within a moment', async () => {
    const rate = { perSecond: 100, burst: 1000 }
    const nowMs = Date.now()
    // A busy machine does not meet it.
    const patient = { leaseMs: 60_000 }
    const bound = aheadMax(rate, { ...defaultRedisLimits, ...patient })
    const [one, other] = [
      await start({ clock: 'caller' }, patient),
      await start({ clock: 'caller' }, patient),
    ]
    let taken = 0
    expect(await one.counters.take('key', rate, 1, nowMs)).toBe(0)
    while (one.counters.take('key', rate, 1, nowMs) === 0) taken++
    // It has used all that it may let in; the next is asked for, and tells.
    expect(taken).toBe(bound)
    await one.client.call(['PING'])
    taken += 2 + (await drain(other, rate, nowMs))
    expect(taken).toBeWithin(rate.burst, rate.burst + 2 * bound + 1)
  })

  test('what was let in is told by who ends', async () => {
    const rate = { perSecond: 100, burst: 1000 }
    const nowMs = Date.now()
    const [one, other] = [await start({ clock: 'caller' }), await start({ clock: 'caller' })]
    let taken = 0
    for (let i = 0; i < 8; i++) if ((await one.counters.take('key', rate, 1, nowMs)) === 0) taken++
    one.counters.stop()
    await one.client.call(['PING'])
    expect(taken + (await drain(other, rate, nowMs))).toBe(rate.burst)
  })

  test('a hot key costs a fraction of a question a decision', async () => {
    const rate = { perSecond: 100_000, burst: 100_000 }
    const { counters, client } = await start()
    const before = client.calls
    let promises = 0
    for (let i = 0; i < 20_000; i++) {
      const waitMs = counters.take('key', rate, 1, Date.now())
      if (typeof waitMs !== 'number') promises++
      expect(await waitMs).toBe(0)
    }
    expect(client.calls - before).toBeLessThan(20_000 / 50)
    expect(promises).toBeLessThan(20_000 / 50)
  })

  test('many keys are asked for, and told, in a few scripts', async () => {
    const rate = { perSecond: 1000, burst: 1000 }
    const KEYS = 6000
    const { counters, client } = await start()
    const before = client.calls
    const askAll = (): Promise<number[]> =>
      Promise.all(
        Array.from({ length: KEYS }, async (_, i) => counters.take(`key ${i}`, rate, 1, Date.now())),
      )
    expect(new Set(await askAll())).toEqual(new Set([0]))
    // Nobody is asked for what is known.
    for (let i = 0; i < KEYS; i++) expect(counters.take(`key ${i}`, rate, 1, Date.now())).toBe(0)
    counters.stop()
    await client.call(['PING'])
    expect(client.calls - before).toBeLessThan(KEYS / 100)
  })

  test('those who come at once are asked for at once, and a refused key is not asked for again and again', async () => {
    const rate = { perSecond: 1, burst: 100 }
    const { counters, client } = await start({ clock: 'caller' })
    const nowMs = Date.now()
    const before = client.calls
    const all = await Promise.all(
      Array.from({ length: 150 }, async () => counters.take('key', rate, 1, nowMs)),
    )
    expect(all.filter((waitMs) => waitMs === 0)).toHaveLength(100)
    for (let i = 0; i < 1000; i++) expect(counters.take('key', rate, 1, nowMs)).toBe(1000)
    expect(client.calls - before).toBeLessThanOrEqual(3)
  })

  test('clocks of nodes that are hours apart change nothing', async () => {
    const rate = { perSecond: 0.001, burst: 300 }
    const processes = [await start(), await start()]
    const taken = [
      await drain(processes[0] as Process, rate, Date.now() + 7_200_000),
      await drain(processes[1] as Process, rate, Date.now() - 7_200_000),
      await drain(processes[0] as Process, rate, Date.now() - 7_200_000),
    ]
    expect(taken).toEqual([300, 0, 0])
  })
})

describe('when Redis does not answer', () => {
  const hasty = { stateTimeoutMs: 300, connectTimeoutMs: 300, retryMs: 5, retryMsMax: 10 }
  const rate = { perSecond: 0.001, burst: 100 }

  test('each node keeps its share of a limit; nobody waits long, and nothing piles up', async () => {
    const { counters, client } = await start({ nodes: () => 4 }, hasty)
    expect(await counters.take('key', rate, 1, Date.now())).toBe(0)
    redis.server.pause()
    const startMs = performance.now()
    const all = await Promise.all(
      Array.from({ length: 500 }, async () => counters.take('key', rate, 1, Date.now())),
    )
    expect(performance.now() - startMs).toBeLessThan(10_000)
    expect(all.filter((waitMs) => waitMs === 0)).toHaveLength(25)
    expect(client.isUp).toBe(false)
    expect(counters.take('key', rate, 1, Date.now())).toBeGreaterThan(0)
    const back = Promise.withResolvers<void>()
    client.onUp(() => back.resolve())
    redis.server.resume()
    await back.promise
    // What Redis was asked for and could not tell in time is taken.
    const taken = await drain({ counters, client }, rate, Date.now())
    expect(taken).toBeLessThanOrEqual(99)
  })

  test('or nobody is let in whose limit is not known', async () => {
    const { counters, client } = await start({ failure: 'fail-closed' }, hasty)
    expect(await counters.take('key', rate, 1, Date.now())).toBe(0)
    redis.server.pause()
    expect(counters.take('key', rate, 1, Date.now()) as Promise<number>).rejects.toThrow(StateUnavailable)
    while (client.isUp) await Bun.sleep(1)
    expect(() => counters.take('key', rate, 1, Date.now())).toThrow('Redis does not answer')
    redis.server.resume()
  })

  test('a Redis that comes back empty has full buckets: one burst more at most', async () => {
    const { counters, client } = await start({ failure: 'fail-closed' }, hasty)
    let taken = await drain({ counters, client }, rate, Date.now())
    const back = Promise.withResolvers<void>()
    client.onUp(() => back.resolve())
    await redis.server.restart()
    await back.promise
    // Refused a moment ago.
    const laterMs = Date.now() + 1000
    taken += await drain({ counters, client }, rate, laterMs)
    expect(taken).toBe(2 * rate.burst)
  })
})

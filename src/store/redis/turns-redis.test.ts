import { describe, expect, test } from 'bun:test'
import { OwnTurns } from '#base/turns.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { redisOfFile } from '../../../test/support/services/redis-of-file.ts'
import type { RedisLimits } from './limits.ts'
import type { RedisClient } from './redis-client.ts'
import { RedisTurns, type RedisTurnsOptions } from './turns-redis.ts'

const redis = redisOfFile()

interface Process {
  readonly turns: RedisTurns
  readonly client: RedisClient
}

/** As a process of a node of its own. */
async function start(
  options: Partial<RedisTurnsOptions> = {},
  limits: Partial<RedisLimits> = {},
): Promise<Process> {
  const client = await redis.clients.connect(redis.server.url, limits)
  const fixed = { client, failure: 'fail-open', own: new OwnTurns(), nodes: () => 1 } as const
  const turns = new RedisTurns({ ...fixed, ...options })
  redis.running.push(turns)
  return { turns, client }
}

async function takeAll({ turns }: Process, limit: number): Promise<number> {
  let taken = 0
  while (await turns.take('key', limit)) taken++
  return taken
}

const reconnected = async ({ client }: Process): Promise<void> => {
  while (!client.isUp) await Bun.sleep(1)
}

describe('over several processes', () => {
  test('never more than the limit at once, and everybody has some', async () => {
    const LIMIT = 4
    const TESTED_MS = 600
    const startMs = performance.now()
    const processes = await Promise.all(Array.from({ length: 3 }, () => start()))
    let inside = 0
    let most = 0
    const had = processes.map(() => 0)
    const client = async ({ turns }: Process, at: number): Promise<void> => {
      while (performance.now() - startMs < TESTED_MS) {
        if (!(await turns.take('key', LIMIT))) {
          await Bun.sleep(1)
          continue
        }
        most = Math.max(most, ++inside)
        ;(had[at] as number)++
        await new Promise(setImmediate)
        inside--
        turns.release('key')
      }
    }
    await Promise.all(processes.flatMap((each, at) => [client(each, at), client(each, at), client(each, at)]))
    expect(most).toBe(LIMIT)
    expect(Math.min(...had)).toBeGreaterThan(Math.max(...had) / 50)
  })

  test('turns that are used again and again cost no question each', async () => {
    const { turns, client } = await start()
    expect(await turns.take('key', 5)).toBe(true)
    turns.release('key')
    const before = client.calls
    for (let i = 0; i < 1000; i++) {
      expect(turns.take('key', 5)).toBe(true)
      turns.release('key')
    }
    expect(client.calls - before).toBeLessThan(10)
  })

  test('what one keeps for later, another gets', async () => {
    const [one, other] = [await start(), await start()]
    expect(await takeAll(one, 6)).toBe(6)
    for (let i = 0; i < 6; i++) one.turns.release('key')
    const untilMs = performance.now() + 5000
    let taken = 0
    while (taken < 6 && performance.now() < untilMs) {
      if (await other.turns.take('key', 6)) taken++
      else await Bun.sleep(1)
    }
    expect(taken).toBe(6)
    expect(await one.turns.take('key', 6)).toBe(false)
  })

  test('those of a process that is killed are free once they are not its own any more', async () => {
    const limits = { turnLivesMs: 100 }
    const [one, other] = [await start({}, limits), await start({}, limits)]
    const takenMs = performance.now()
    expect(await takeAll(one, 3)).toBe(3)
    one.client.stop()
    expect(await other.turns.take('key', 3)).toBe(false)
    while (!(await other.turns.take('key', 3))) await Bun.sleep(1)
    expect(performance.now() - takenMs).toBeGreaterThanOrEqual(95)
    expect(await takeAll(other, 3)).toBe(2)
  })

  test('those of one that lives stay its own, for as long as they are used', async () => {
    const limits = { turnLivesMs: 200, leaseMs: 10 }
    const [one, other] = [await start({}, limits), await start({}, limits)]
    expect(await takeAll(one, 2)).toBe(2)
    const untilMs = performance.now() + 450
    while (performance.now() < untilMs) {
      expect(await other.turns.take('key', 2)).toBe(false)
      await Bun.sleep(5)
    }
  })
})

describe('when Redis does not answer', () => {
  const hasty = { stateTimeoutMs: 30, connectTimeoutMs: 30, retryMs: 5, retryMsMax: 10 }

  test('each node keeps its part, with what is under way in it', async () => {
    const one = await start({ nodes: () => 2 }, hasty)
    expect([await one.turns.take('key', 8), await one.turns.take('key', 8)]).toEqual([true, true])
    redis.server.pause()
    expect(await takeAll(one, 8)).toBe(2)
    expect(one.client.isUp).toBe(false)
    expect(one.turns.take('key', 8)).toBe(false)
    one.turns.release('key')
    expect(one.turns.take('key', 8)).toBe(true)
    redis.server.resume()
    await reconnected(one)
    expect(await takeAll(one, 8)).toBe(4)
  })

  test('or nobody begins', async () => {
    const one = await start({ failure: 'fail-closed' }, hasty)
    expect(await one.turns.take('key', 8)).toBe(true)
    redis.server.pause()
    expect(one.turns.take('key', 8) as Promise<boolean>).rejects.toThrow(StateUnavailable)
    while (one.client.isUp) await Bun.sleep(1)
    expect(() => one.turns.take('key', 8)).toThrow('turns cannot be asked: Redis does not answer')
  })

  test('one that comes back empty is told at once who has turns', async () => {
    const one = await start({}, hasty)
    expect(await takeAll(one, 5)).toBe(5)
    await redis.server.kill()
    while (one.client.isUp) await Bun.sleep(1)
    await redis.server.restart()
    await reconnected(one)
    const other = await start({}, hasty)
    await one.client.call(['PING'])
    expect(await takeAll(other, 7)).toBe(2)
  })
})

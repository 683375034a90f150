import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { RedisClients } from '../../../test/support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../../../test/support/services/redis.ts'
import { redisScript } from './redis-script.ts'
import { ScriptBatch, type Asker } from './script-batch.ts'

let redis: RedisServer
const clients = new RedisClients()
beforeAll(async () => {
  redis = await startRedis()
})
afterEach(() => {
  redis.resume()
  clients.stop()
})
afterAll(() => redis?.stop())

/** Answers with the name and what was asked. */
const echo = redisScript(`
local answers = {}
for i, key in ipairs(KEYS) do answers[i] = key .. ' ' .. ARGV[i] end
return table.concat(answers, '\\n')`)

async function start(limits = {}): Promise<{
  readonly batch: ScriptBatch<Asker>
  readonly told: string[]
  readonly calls: () => number
  readonly count: (count: number) => Promise<void>
}> {
  const client = await clients.connect(redis.url, limits)
  const told: string[] = []
  let changed = Promise.withResolvers<void>()
  const tell = (what: string): void => {
    told.push(what)
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  const batch = new ScriptBatch<Asker>({
    client,
    script: echo,
    ask: ({ name }) => `asks-${name}`,
    answered: (_, line) => tell(line),
    failed: ({ name }, wasSent) => tell(`${name} failed ${wasSent}`),
  })
  const count = async (least: number): Promise<void> => {
    while (told.length < least) await changed.promise
  }
  return { batch, told, calls: () => client.calls, count }
}

const named = (name: string): Asker => ({ name, isAsking: false })

test('each is told its own answer, all of a turn by one script', async () => {
  const { batch, told, calls, count } = await start()
  const before = calls()
  for (const name of ['a', 'b', 'c']) batch.now(named(name))
  await count(3)
  expect(told).toEqual(['a asks-a', 'b asks-b', 'c asks-c'])
  // The first run also says what the script is.
  expect(calls() - before).toBeLessThanOrEqual(2)
})

test('who is waited for goes before those that are not, of which so many are under way at once', async () => {
  const { batch, told, count } = await start({ batchMax: 2, batchesMax: 1, tellMs: 5 })
  const later = Array.from({ length: 9 }, (_, i) => named(`later${i}`))
  for (const asker of later) batch.soon(asker)
  batch.now(later[8] as Asker)
  batch.now(named('first'))
  batch.flush()
  await count(10)
  expect(told.slice(0, 4).map((line) => line.split(' ')[0])).toEqual(['later8', 'first', 'later0', 'later1'])
  expect(new Set(told).size).toBe(10)
})

test('all fail where Redis does not answer; those after it were not sent', async () => {
  const { batch, told, count } = await start({ stateTimeoutMs: 20, connectTimeoutMs: 20 })
  redis.pause()
  batch.now(named('a'))
  await count(1)
  batch.soon(named('b'))
  batch.end()
  await count(2)
  expect(told).toEqual(['a failed true', 'b failed false'])
})

// A process of `rates-redis.test.ts`: bun rate-taker.ts URL FILE STARTED_MS PER_SECOND BURST
// Takes tokens of one bucket in Redis, as fast as it can, and counts in FILE, by milliseconds since the start, how many it
// was given. Whoever asks first writes when it did into the last number there.
import { MemoryCounters } from '#store/counters-memory.ts'
import { RedisCounters } from '#store/redis/counters-redis.ts'
import { RedisClients } from '../support/services/redis-clients.ts'

const [url = '', file = '', startedMs = '', perSecond = '', burst = ''] = process.argv.slice(2)
const admitted = new Int32Array(Bun.mmap(file, { shared: true }).buffer)
const rate = { perSecond: Number(perSecond), burst: Number(burst) }
const clients = new RedisClients()
const client = await clients.connect(url)
const fixed = { failure: 'fail-closed', own: new MemoryCounters(), nodes: () => 1 } as const
const counters = new RedisCounters({ client, ...fixed })

const take = async (): Promise<void> => {
  const waitMs = await counters.take('key', rate, 1, Date.now())
  if (waitMs === 0) Atomics.add(admitted, Date.now() - Number(startedMs), 1)
}
Atomics.compareExchange(admitted, admitted.length - 1, 0, Date.now() - Number(startedMs))
for (;;) {
  await Promise.all(Array.from({ length: 20 }, take))
  const elapsedMs = Date.now() - Number(startedMs)
  if (elapsedMs >= admitted.length / 2) break
  await new Promise(setImmediate)
}
counters.stop()
clients.stop()
process.exit(0)

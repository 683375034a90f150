import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aheadMax } from '#store/redis/bucket-lease.ts'
import { defaultRedisLimits } from '#store/redis/limits.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'

// One bucket, hammered by several processes, some of them killed: no more than rate × time + burst is let in beyond what
// each process, and each that was killed, may let in before it tells. docs/operating.md has the bound.

const RATE = { perSecond: 2000, burst: 1000 }
const PROCESSES = 4
const TESTED_MS = 900

let redis: RedisServer
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rates-'))
const children: Bun.Subprocess[] = []
beforeAll(async () => {
  redis = await startRedis()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
})
afterAll(async () => {
  await redis.stop()
  rmSync(folder, { recursive: true })
})

for (const kills of [0, 2]) {
  test(`within the stated bound, with ${kills} processes killed`, async () => {
    const file = join(folder, `admitted-${kills}`)
    writeFileSync(file, new Uint8Array(2 * TESTED_MS * 4))
    const admitted = new Int32Array(Bun.mmap(file, { shared: true }).buffer)
    const startedMs = Date.now()
    const start = (): Bun.Subprocess => {
      const words = [redis.url, file, startedMs, RATE.perSecond, RATE.burst].map(String)
      const child = Bun.spawn([process.execPath, join(import.meta.dir, 'rate-taker.ts'), ...words], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.push(child)
      return child
    }
    const takers = Array.from({ length: PROCESSES }, start)
    const lastMs = admitted.length - 2
    const sum = (untilMs: number): number =>
      admitted.subarray(0, untilMs + 1).reduce((all, each) => all + each, 0)
    while (sum(lastMs) < RATE.burst) await Bun.sleep(1)
    for (const taker of takers.slice(0, kills)) taker.kill('SIGKILL')
    for (const taker of takers.slice(kills)) expect(await taker.exited).toBe(0)

    const bound = (PROCESSES + kills) * aheadMax(RATE, defaultRedisLimits)
    expect(bound).toBeGreaterThan(0)
    const first = admitted[lastMs + 1] as number
    // The clock of Redis and ours turn at different instants.
    const over = Array.from(
      { length: lastMs + 1 - first },
      (_, ms) => sum(first + ms) - (RATE.perSecond * (ms + 2)) / 1000 - RATE.burst,
    )
    expect(Math.max(...over)).toBeLessThanOrEqual(bound)
    // Who asks for more than there is gets most of it, on a busy machine, too.
    const offered = (RATE.perSecond * (TESTED_MS - first)) / 1000 + RATE.burst
    expect(sum(lastMs)).toBeGreaterThan(0.5 * offered)
  }, 60_000)
}

import { expect, test } from 'bun:test'
import type { Connection } from './connection.ts'
import { drainSlowly } from './drain-slowly.ts'

/** @returns in which order they were drained, and when: milliseconds from the start */
async function drained(lastActive: readonly number[], overMs: number): Promise<[number, number][]> {
  const seen: [number, number][] = []
  const startedMs = performance.now()
  const connections = lastActive.map((lastActiveAtMs) => ({
    lastActiveAtMs,
    drain: () => void seen.push([lastActiveAtMs, performance.now() - startedMs]),
  })) as unknown as Connection[]
  drainSlowly(connections, overMs)
  while (seen.length < lastActive.length) await Bun.sleep(1)
  return seen
}

test('the longest idle goes first, at once, and the last when the time is over', async () => {
  const seen = await drained([50, 10, 40, 30, 20], 40)
  expect(seen.map(([lastActive]) => lastActive)).toEqual([10, 20, 30, 40, 50])
  const [first, , third, , last] = seen.map(([, ms]) => ms) as [number, number, number, number, number]
  expect(first).toBeLessThan(third)
  expect(third).toBeGreaterThanOrEqual(16)
  expect(last).toBeGreaterThanOrEqual(32)
})

test('few do not take as long as they might', async () => {
  const seen = await drained([1, 2, 3], 3_600_000)
  expect(seen).toHaveLength(3)
})

test('without time all go at once', () => {
  let count = 0
  drainSlowly(
    Array.from({ length: 100 }, () => ({ drain: () => count++ }) as unknown as Connection),
    0,
  )
  expect(count).toBe(100)
})

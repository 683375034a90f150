import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SharedCounters } from './counters-shared.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-counters-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'counters')
const once = { perSecond: 1, burst: 1 }

test('what finds no place is told, and limited all the same', () => {
  SharedCounters.create(file, 8)
  let full = 0
  const counters = new SharedCounters(file, () => full++)
  const nowMs = Date.now()
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
  expect(keys.map((key) => counters.take(key, once, 1, nowMs))).toEqual(keys.map(() => 0))
  expect(full).toBe(42)
  expect(keys.map((key) => counters.take(key, once, 1, nowMs))).toEqual(keys.map(() => 1000))
})

test('a place is given to another key once its bucket is full, or its span over', () => {
  SharedCounters.create(file, 1)
  let full = 0
  const counters = new SharedCounters(file, () => full++)
  const nowMs = Date.now()
  const hour = (n: number): { startMs: number; endMs: number } => ({
    startMs: nowMs + n * 3_600_000,
    endMs: nowMs + (n + 1) * 3_600_000,
  })
  expect(counters.take('a', once, 1, nowMs)).toBe(0)
  expect(counters.take('b', once, 1, nowMs + 999)).toBe(0)
  expect(full).toBe(1)
  expect(counters.take('c', once, 1, nowMs + 1000)).toBe(0)
  expect(counters.take('c', once, 1, nowMs + 1000)).toBe(1000)
  expect(full).toBe(1)
  expect(counters.add('d', 3, hour(1), nowMs + 3_600_000)).toBe(3)
  expect(counters.add('e', 2, hour(1), nowMs + 7_199_000)).toBe(2)
  expect(full).toBe(2)
  expect(counters.add('f', 1, hour(2), nowMs + 7_201_000)).toBe(1)
  expect(full).toBe(2)
  // Back again, and full.
  expect(counters.take('a', once, 1, nowMs + 4 * 3_600_000)).toBe(0)
  expect(full).toBe(2)
})

test('two maps of one file are one table', () => {
  SharedCounters.create(file, 64)
  const [one, two] = [new SharedCounters(file), new SharedCounters(file)]
  const nowMs = Date.now()
  expect(one.take('a', once, 1, nowMs)).toBe(0)
  expect(two.take('a', once, 1, nowMs)).toBe(1000)
  one.tryAdding(3)
  two.tryAdding(4)
  expect([one.tries, two.tries]).toEqual([7, 7])
})

test("what a process held when it died is anybody's", () => {
  SharedCounters.create(file, 1)
  const counters = new SharedCounters(file)
  const { pid } = Bun.spawnSync([process.execPath, '--version'])
  // The lock is its, the only slot in its hands.
  const { buffer } = Bun.mmap(file, { shared: true })
  new Int32Array(buffer).set([pid, 1], 2)
  new BigInt64Array(buffer)[10] = -1n
  expect(counters.take('a', once, 1, Date.now())).toBe(0)
  expect([...new Int32Array(buffer).subarray(2, 4)]).toEqual([0, 0])
})

test('a process that is alive and holds the lock is waited for, but not for ever', () => {
  SharedCounters.create(file, 64)
  const counters = new SharedCounters(file)
  const { buffer } = Bun.mmap(file, { shared: true })
  const nowMs = Date.now()
  new Int32Array(buffer)[2] = process.ppid
  // It has a bucket of its own meanwhile, and the shared one later.
  expect(counters.take('a', once, 1, nowMs)).toBe(0)
  expect(counters.take('a', once, 1, nowMs)).toBe(1000)
  new Int32Array(buffer)[2] = 0
  expect(counters.take('a', once, 1, nowMs)).toBe(0)
  expect(counters.take('a', once, 1, nowMs)).toBe(1000)
})

test('a file of anything else is refused', () => {
  writeFileSync(file, new Uint8Array(4096))
  expect(() => new SharedCounters(file)).toThrow(/does not hold counters of this version/)
})

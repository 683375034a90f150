import { beforeEach, expect, test } from 'bun:test'
import { MemoryAnswerCache } from './answer-cache-memory.ts'

const limits = { entriesMax: 3, bytesMax: 10_000, entryBytesMax: 5000, flushesMax: 2 }
let cache: MemoryAnswerCache<{ readonly id: string }>
beforeEach(() => {
  cache = new MemoryAnswerCache(limits)
})

function set(key: string, bytes = 100, expiresMs = 1000, stage = 's'): void {
  cache.set(stage, key, { id: key }, { generation: cache.generation(stage), nowMs: 0, expiresMs, bytes })
}
const kept = (...keys: string[]): string[] => keys.filter((key) => cache.get('s', key, 0) !== undefined)

test('of the oldest, one that was asked for again stays longer', () => {
  for (const key of ['a', 'b', 'c']) set(key)
  cache.get('s', 'a', 0)
  set('d')
  expect(kept('a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd'])
  expect(cache.size).toBe(3)
})

test('bytes are bounded, those of keys too', () => {
  set('a', 4000)
  set('b', 4000)
  set('c', 4000)
  expect(kept('a', 'b', 'c')).toEqual(['b', 'c'])
  expect(cache.bytes).toBeLessThanOrEqual(limits.bytesMax)
  set('x'.repeat(3000), 1)
  expect(cache.get('s', 'x'.repeat(3000), 0)).toBeUndefined()
  set('large', 6000)
  expect(kept('b', 'c', 'large')).toEqual(['b', 'c'])
})

test('what is forgotten takes no room', () => {
  set('a', 4000, 10)
  expect(cache.get('s', 'a', 10)).toBeUndefined()
  set('b', 4000)
  cache.flush('s')
  expect(cache.get('s', 'b', 0)).toBeUndefined()
  expect([cache.size, cache.bytes]).toEqual([0, 0])
  set('c')
  set('c', 200)
  expect(cache.size).toBe(1)
  cache.clear()
  expect([cache.size, cache.bytes]).toEqual([0, 0])
})

test('so many flushed stages that they cannot be told apart: nothing from before a flush comes back', () => {
  set('a')
  set('z', 100, 1000, 'other')
  const generation = cache.generation('s')
  for (const stage of ['s', 't', 'u', 'v', 'w']) cache.flush(stage)
  expect(cache.get('s', 'a', 0)).toBeUndefined()
  cache.set('s', 'a', { id: 'old' }, { generation, nowMs: 0, expiresMs: 1000, bytes: 1 })
  expect(cache.get('s', 'a', 0)).toBeUndefined()
  set('a')
  expect(kept('a')).toEqual(['a'])
})

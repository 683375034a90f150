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
  // What is no text cannot be hashed as one.
  const long = `\ud800${'x'.repeat(3000)}`
  set(long, 1)
  expect(cache.get('s', long, 0)).toBeUndefined()
  set('large', 6000)
  expect(kept('b', 'c', 'large')).toEqual(['b', 'c'])
})

test('keys are never taken for one another, however long or odd they are', () => {
  const long = 'x'.repeat(1025)
  const hash = `#${Bun.SHA256.hash(long, 'base64') as string}`
  const keys = [
    long,
    hash,
    `#${hash}`,
    '#',
    '##',
    `\ud800${long}`,
    `\ud801${long}`,
    `\ufffd${long}`,
    `#\ud800`,
  ]
  const wide = new MemoryAnswerCache<{ readonly id: string }>()
  const keeping = { generation: wide.generation('s'), nowMs: 0, expiresMs: 1, bytes: 1 }
  for (const key of keys) wide.set('s', key, { id: key }, keeping)
  expect(keys.map((key) => wide.get('s', key, 0)?.id)).toEqual(keys)
  expect(wide.size).toBe(keys.length)
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

import { expect, test } from 'bun:test'
import { newId, newIdsTogether, newRequestId } from './ids.ts'

test('ids have the length asked for and only lower-case letters and digits', () => {
  for (const length of [1, 6, 10, 40]) expect(newId(length)).toMatch(new RegExp(`^[a-z0-9]{${length}}$`))
})

test('ids use every character about equally', () => {
  const counts = new Map<string, number>()
  for (const character of newId(36_000)) counts.set(character, (counts.get(character) ?? 0) + 1)
  expect(counts.size).toBe(36)
  // Expected 1000 each, deviation about 31: 6 deviations either way is a fault, not luck.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(190)
})

test('request ids are UUID v4', () => {
  expect(newRequestId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('ids that are given together are in order, differ, and begin alike', () => {
  const ids = newIdsTogether(1000, 10)
  expect(ids).toEqual([...new Set(ids)].sort())
  expect(ids).toHaveLength(1000)
  expect(new Set(ids.map((id) => id.slice(0, 3))).size).toBe(1)
  expect(ids.every((id) => /^[a-z0-9]{10}$/.test(id))).toBe(true)
  expect(newIdsTogether(0, 10)).toEqual([])
})

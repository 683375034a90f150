import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DIGEST_WORDS, DigestIndex } from './digest-index.ts'

/** Few values, so that digests differ in one word alone. */
const digests = fc
  .array(fc.integer({ min: 0, max: 1 }), { minLength: DIGEST_WORDS, maxLength: DIGEST_WORDS })
  .map((words) => Int32Array.from(words))

test('finds what was added and not deleted since, whatever stands beside it', () => {
  const step = fc.record({ adds: fc.boolean(), digest: digests })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const index = new DigestIndex()
      const expected = new Map<string, number>()
      const free: number[] = []
      for (const { adds, digest } of steps) {
        const name = digest.join()
        const known = expected.get(name)
        if (adds && known === undefined) {
          const slot = free.pop() ?? expected.size
          index.add(digest, slot)
          expected.set(name, slot)
        } else if (!adds && known !== undefined) {
          index.delete(known)
          expected.delete(name)
          free.push(known)
        }
        expect(index.size).toBe(expected.size)
        expect(index.find(digest)).toBe(expected.get(name) ?? -1)
      }
      for (const [name, slot] of expected) {
        expect(index.find(Int32Array.from(name.split(','), Number))).toBe(slot)
        expect(index.at(slot).join()).toBe(name)
      }
    }),
  )
})

test('holds a hundred thousand', () => {
  const index = new DigestIndex()
  const digestOf = (i: number): Int32Array => new Int32Array(Bun.SHA256.hash(String(i)).buffer)
  for (let i = 0; i < 100_000; i++) index.add(digestOf(i), i)
  for (let i = 0; i < 100_000; i += 3) index.delete(i)
  const wrong = Array.from({ length: 100_000 }, (_, i) => index.find(digestOf(i))).filter(
    (slot, i) => slot !== (i % 3 === 0 ? -1 : i),
  )
  expect(wrong).toEqual([])
  expect(index.find(digestOf(100_000))).toBe(-1)
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { S3Fifo } from './s3-fifo.ts'

const digestOf = (text: string): Int32Array => new Int32Array(Bun.SHA256.hash(text).buffer)

const key = fc.integer({ min: 0, max: 40 }).map(String)
const step = fc.oneof(
  fc.record({ does: fc.constant('get' as const), key, nowMs: fc.integer({ min: 0, max: 10 }) }),
  fc.record({
    does: fc.constant('set' as const),
    key,
    bytes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    untilMs: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({ does: fc.constant('evict' as const) }),
)

test('digests are found, and let go, as texts are', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const texts = new S3Fifo<string>()
      const digests = new S3Fifo<string>()
      const both = new S3Fifo<string>()
      for (const [at, each] of steps.entries()) {
        if (each.does === 'evict') for (const cache of [texts, digests]) cache.evict()
        else if (each.does === 'get') {
          const found = texts.get(each.key, each.nowMs)
          expect(digests.get(digestOf(each.key), each.nowMs)).toBe(found)
        } else {
          const { bytes, untilMs } = each
          const value = String(at)
          texts.set(each.key, value, bytes, untilMs)
          digests.set(digestOf(each.key), value, bytes, untilMs)
          both.set(each.key, `${value} of a text`, bytes, untilMs)
          both.set(digestOf(each.key), `${value} of a digest`, bytes, untilMs)
          expect(both.get(each.key, 0)).toBe(`${value} of a text`)
          expect(both.get(digestOf(each.key), 0)).toBe(`${value} of a digest`)
        }
        expect([digests.size, digests.bytes]).toEqual([texts.size, texts.bytes])
      }
      while (both.size > 0) both.evict()
      expect(both.bytes).toBe(0)
    }),
  )
})

import { beforeEach, describe, expect, test } from 'bun:test'
import type { AnswerCache, AnswerKey, Keeping } from '#base/answer-cache.ts'

export interface Answer {
  readonly text: string
}

export interface AnswerCacheUnderTest {
  readonly name: string
  /** A new cache, with room for some hundred small answers. */
  readonly create: () => AnswerCache<Answer> | Promise<AnswerCache<Answer>>
}

const STAGE = 'api1/dev'
const OTHER = 'api1/prod'
/** Longer than any test takes, for Redis has a clock of its own. */
const LIFE_MS = 90_000

/** What every implementation of the AnswerCache port must do. */
export function answerCacheContract({ name, create }: AnswerCacheUnderTest): void {
  describe(`answer cache contract: ${name}`, () => {
    let cache: AnswerCache<Answer>
    const nowMs = Date.now()
    beforeEach(async () => {
      cache = await create()
    })

    const set = (stage: string, key: AnswerKey, text: string, more: Partial<Keeping> = {}): void => {
      const keeping = { generation: cache.generation(stage), nowMs, expiresMs: nowMs + LIFE_MS, bytes: 100 }
      cache.set(stage, key, { text }, { ...keeping, ...more })
    }
    const get = async (stage: string, key: AnswerKey, atMs = nowMs): Promise<string | undefined> =>
      (await cache.get(stage, key, atMs))?.text

    test('gives what was kept under its key, and nothing under another', async () => {
      const keys = ['a', 'A', 'a ', '', 'a\0', 'ä', 'x'.repeat(10_000), `${'x'.repeat(9999)}y`, '__proto__']
      for (const [at, key] of keys.entries()) set(STAGE, key, String(at))
      for (const [at, key] of keys.entries()) expect(await get(STAGE, key)).toBe(String(at))
      expect(await get(STAGE, 'b')).toBeUndefined()
      expect(await get(STAGE, 'constructor')).toBeUndefined()
    })

    test('a digest is a key like a text, and is never taken for one', async () => {
      const digestOf = (text: string): Int32Array => new Int32Array(Bun.SHA256.hash(text).buffer)
      const digests = ['a', 'b', 'c'].map(digestOf)
      set(STAGE, 'a', 'text')
      for (const [at, digest] of digests.entries()) set(STAGE, digest, String(at))
      expect(await get(STAGE, 'a')).toBe('text')
      for (const [at, digest] of digests.entries()) expect(await get(STAGE, digest.slice())).toBe(String(at))
      expect(await get(STAGE, digestOf('d'))).toBeUndefined()
      expect(await get(OTHER, digestOf('a'))).toBeUndefined()
      set(STAGE, digestOf('a'), 'again')
      expect(await get(STAGE, digestOf('a'))).toBe('again')
      cache.flush(STAGE)
      expect(await get(STAGE, digestOf('b'))).toBeUndefined()
    })

    test('gives the newest', async () => {
      set(STAGE, 'a', 'one')
      set(STAGE, 'a', 'two')
      expect(await get(STAGE, 'a')).toBe('two')
    })

    test('gives nothing after its time, also not what comes too late', async () => {
      set(STAGE, 'a', 'a')
      expect(await get(STAGE, 'a', nowMs + LIFE_MS - 1)).toBe('a')
      expect(await get(STAGE, 'a', nowMs + LIFE_MS)).toBeUndefined()
      expect(await get(STAGE, 'a', nowMs + 100_000)).toBeUndefined()
      set(STAGE, 'b', 'b', { expiresMs: nowMs })
      expect(await get(STAGE, 'b')).toBeUndefined()
    })

    test('a flush ends what its stage has, and no other’s', async () => {
      set(STAGE, 'a', 'a')
      set(OTHER, 'b', 'b')
      cache.flush(STAGE)
      expect(await get(STAGE, 'a')).toBeUndefined()
      expect(await get(OTHER, 'b')).toBe('b')
      set(STAGE, 'a', 'again')
      expect(await get(STAGE, 'a')).toBe('again')
    })

    test('what was asked for before a flush is not kept after it', async () => {
      const generation = cache.generation(STAGE)
      cache.flush(STAGE)
      set(STAGE, 'a', 'old', { generation })
      expect(await get(STAGE, 'a')).toBeUndefined()
      const before = cache.generation(STAGE)
      const other = cache.generation(OTHER)
      cache.clear()
      set(STAGE, 'a', 'old', { generation: before })
      set(OTHER, 'b', 'old', { generation: other })
      expect(await get(STAGE, 'a')).toBeUndefined()
      expect(await get(OTHER, 'b')).toBeUndefined()
    })

    test('clear ends everything', async () => {
      set(STAGE, 'a', 'a')
      set(OTHER, 'b', 'b')
      cache.clear()
      expect(await get(STAGE, 'a')).toBeUndefined()
      expect(await get(OTHER, 'b')).toBeUndefined()
      set(STAGE, 'a', 'again')
      expect(await get(STAGE, 'a')).toBe('again')
    })

    test('an answer that is too large for it is not kept, and does no harm', async () => {
      set(STAGE, 'a', 'a')
      set(STAGE, 'b', 'b', { bytes: 1e12 })
      expect(await get(STAGE, 'b')).toBeUndefined()
      expect(await get(STAGE, 'a')).toBe('a')
    })

    test('a stage keeps no more than it may', async () => {
      for (let i = 0; i < 100; i++) set(STAGE, `key ${i}`, String(i), { bytes: 1000, stageBytesMax: 20_000 })
      const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => get(STAGE, `key ${i}`)))
      expect(kept.filter((text) => text !== undefined).length).toBeLessThanOrEqual(20)
      expect(kept.at(-1)).toBe('99')
      set(STAGE, 'large', 'large', { bytes: 1000, stageBytesMax: 500 })
      expect(await get(STAGE, 'large')).toBeUndefined()
    })

    test('more than it has room for: it forgets, and confuses nothing', async () => {
      // A busy machine takes seconds to ask for all of them.
      const expiresMs = nowMs + 600_000
      for (let i = 0; i < 5000; i++) set(STAGE, `key ${i}`, String(i), { bytes: 1000, expiresMs })
      for (let i = 0; i < 5000; i++) {
        const found = await get(STAGE, `key ${i}`)
        if (found !== undefined) expect(found).toBe(String(i))
      }
      expect(await get(STAGE, 'key 4999')).toBe('4999')
      const digests = Array.from({ length: 5000 }, (_, i) => new Int32Array(Bun.SHA256.hash(`d${i}`).buffer))
      for (const [at, digest] of digests.entries()) set(STAGE, digest, String(at), { bytes: 1000 })
      for (const [at, digest] of digests.entries()) {
        const found = await get(STAGE, digest)
        if (found !== undefined) expect(found).toBe(String(at))
      }
      expect(await get(STAGE, digests.at(-1) as Int32Array)).toBe('4999')
    })
  })
}

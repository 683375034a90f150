// What it costs a process to find, miss and keep an answer: in its own memory, and in memory that workers share.
// `npm run bench:answers`
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnswerCache } from '#base/answer-cache.ts'
import type { KeptResponse } from '#data-plane/stage-cache/kept-response.ts'
import { responseCodec } from '#server/answer-codecs.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { SharedAnswerCache } from '#store/answer-cache-shared.ts'
import { SharedAnswerTable } from '#store/answer-table.ts'

const KEYS = 1000
const ROUNDS = 9
const STAGE = 'a1b2c3d4e5/dev'
const MB = 1024 * 1024

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
const keys = Array.from({ length: KEYS }, (_, i) => `a1b2c3d4e5/dev d3pl0y GET /pets/{petId} petId=${i}`)
const misses = keys.map((key) => `${key}0`)
const nowMs = Date.now()

function answerOf(bytes: number): KeptResponse {
  const headers = [
    'Content-Type',
    'application/json',
    'X-Amzn-Trace-Id',
    'Root=1-0-0',
    'Cache-Control',
    'private',
  ]
  return {
    freshUntilMs: nowMs + 60_000,
    head: { status: 200, headers, traceAt: 3 },
    body: new Uint8Array(bytes),
  }
}

/** @param ownEntriesMax that this process has ready beside those that it shares */
function shared(ownEntriesMax: number): AnswerCache<KeptResponse> {
  const file = join(folder, Bun.randomUUIDv7())
  SharedAnswerTable.create(file, 64 * MB)
  const bounds = { ownBytesMax: 64 * MB, ownEntriesMax, entryBytesMax: MB }
  return new SharedAnswerCache({
    open: () => new SharedAnswerTable(file),
    codec: responseCodec(true),
    ...bounds,
  })
}

/** µs each: the median of some rounds, all keys in each. */
function cost(names: readonly string[], use: (key: string) => unknown): string {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now()
    for (const key of names) use(key)
    return ((performance.now() - startMs) * 1000) / names.length
  })
  return (rounds.sort((a, b) => a - b)[(ROUNDS - 1) / 2] as number).toFixed(2)
}

try {
  console.log('µs: body, where, hit, miss, miss with its claim, kept')
  for (const bytes of [1000, 10_000, 40_000]) {
    const caches = {
      own: new MemoryAnswerCache<KeptResponse>(),
      'shared, ready': shared(KEYS),
      shared: shared(0),
    }
    for (const [where, cache] of Object.entries(caches)) {
      const answer = answerOf(bytes)
      const keeping = {
        generation: cache.generation(STAGE),
        nowMs,
        expiresMs: nowMs + 60_000,
        bytes: bytes + 300,
      }
      const kept = cost(keys, (key) => cache.set(STAGE, key, answer, keeping))
      const hit = cost(keys, (key) => cache.get(STAGE, key, nowMs))
      const missed = cost(misses, (key) => cache.get(STAGE, key, nowMs))
      const claimed = cost(misses, (key) => {
        void cache.get(STAGE, key, nowMs)
        const claim = (cache as Partial<SharedAnswerCache<KeptResponse>>).claim?.call(
          cache,
          STAGE,
          key,
          nowMs + 1000,
          nowMs,
        )
        if (claim?.kind === 'ours') claim.release()
      })
      console.log([bytes, where, hit, missed, claimed, kept].join('\t'))
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { AnswerCodec } from '#store/answer-codec.ts'
import { SharedAnswerCache } from '#store/answer-cache-shared.ts'
import { SharedAnswerTable } from '#store/answer-table.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'answers')

interface Answer {
  readonly bytes: Buffer
}

const codec: AnswerCodec<Answer> = {
  encode: ({ bytes }) => bytes,
  decode: (bytes) => ({ answer: { bytes: Buffer.from(bytes) }, bytes: bytes.length }),
}

const operation = fc.record({
  process: fc.nat(1),
  stage: fc.constantFrom('a', 'b'),
  key: fc.nat(12),
  size: fc.nat(20_000),
  ttlMs: fc.nat(50),
  elapsedMs: fc.nat(10),
  kind: fc.constantFrom('set', 'set', 'set', 'get', 'get', 'get', 'get', 'flush', 'late'),
})

test('two processes find what a map with times would give, or nothing; and all room is accounted for', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      SharedAnswerTable.create(file, 350_000)
      const tables = [new SharedAnswerTable(file), new SharedAnswerTable(file)]
      const bounds = { ownBytesMax: 30_000, ownEntriesMax: 4, entryBytesMax: 50_000 }
      const caches = tables.map(
        (table) => new SharedAnswerCache<Answer>({ open: () => table, codec, ...bounds }),
      )
      const known = new Map<string, { readonly bytes: Buffer; readonly expiresMs: number }>()
      const flushed = new Map(['a', 'b'].map((stage) => [stage, caches[0]?.generation(stage) ?? 0]))
      let nowMs = 0
      for (const { process, stage, key, size, ttlMs, elapsedMs, kind } of operations) {
        const cache = caches[process] as SharedAnswerCache<Answer>
        const name = `${stage}/${key}`
        nowMs += elapsedMs
        const generation = kind === 'late' ? (flushed.get(stage) as number) : cache.generation(stage)
        if (kind === 'flush') {
          flushed.set(stage, generation)
          cache.flush(stage)
          for (const each of known.keys()) if (each.startsWith(stage)) known.delete(each)
        } else if (kind === 'get') {
          const found = cache.get(stage, name, nowMs)
          const model = known.get(name)
          if (found !== undefined) {
            expect((model?.expiresMs ?? 0) > nowMs).toBe(true)
            expect(found.bytes.equals(model?.bytes as Buffer)).toBe(true)
          }
        } else {
          const bytes = Buffer.alloc(size, nowMs)
          const expiresMs = nowMs + ttlMs
          cache.set(stage, name, { bytes }, { generation, nowMs, expiresMs, bytes: size })
          const isKept = generation === cache.generation(stage) && ttlMs > 0
          if (isKept) {
            known.set(name, { bytes, expiresMs })
            for (const each of caches) expect(each.get(stage, name, nowMs)?.bytes.equals(bytes)).toBe(true)
          }
        }
        for (const table of tables) {
          expect(table.bytes).toBe(table.queuedBytes)
          expect(table.bytes).toBeLessThanOrEqual(table.bytesMax)
        }
      }
      for (const table of tables) table.close()
    }),
    { numRuns: 60 },
  )
})

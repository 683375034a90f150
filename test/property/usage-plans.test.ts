import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { dayMs, offsetDaysMax, quotaPeriod } from '#model/quota-period.ts'
import type { QuotaPeriod } from '#model/usage-plan.ts'
import { UsageTable } from '#store/usage-table.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'

/** Of one process, or in a file: by turns. */
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-usage-'))
afterAll(() => rmSync(folder, { recursive: true }))

let tables = 0
function newTable(): { writer: UsageTableWriter; reader: UsageTable } {
  const file = join(folder, String(++tables))
  const isShared = tables % 2 === 0
  const writer = new UsageTableWriter(1024, isShared ? file : undefined)
  return { writer, reader: isShared ? new UsageTable(file) : writer.table }
}

/** Few words that differ, so that searches meet each other. */
function digestOf(key: number): Uint8Array {
  return new Uint8Array(new Int32Array([key & 3, key, 0, 0, 0, 0, 0, 0]).buffer)
}

const BASE_MS = Date.UTC(2026, 10, 21, 12)

type Command =
  | { readonly do: 'put'; readonly key: number; readonly plan: number; readonly enabled: boolean }
  | { readonly do: 'remove' | 'find' | 'count'; readonly key: number; readonly plan: number }
  | { readonly do: 'days'; readonly days: number }
  | { readonly do: 'changed' }

const member = { key: fc.nat(15), plan: fc.integer({ min: 1, max: 3 }) }
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('put' as const), ...member, enabled: fc.boolean() }),
    fc.record({ do: fc.constantFrom('remove' as const, 'find' as const), ...member }),
    { arbitrary: fc.record({ do: fc.constant('count' as const), ...member }), weight: 4 },
    fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('changed' as const) }),
  ),
  { maxLength: 200 },
)

interface Known {
  enabled: boolean
  /** By day. */
  readonly days: Map<number, number>
}

const LIMIT = 5

test('the table is a map: what is found, what is counted, what is told to have changed', () => {
  fc.assert(
    fc.property(commands, (run) => {
      const { writer, reader } = newTable()
      const known = new Map<string, Known>()
      const changed = new Set<string>()
      let nowMs = BASE_MS
      for (const each of run) {
        if (each.do === 'days') nowMs += each.days * dayMs
        else if (each.do === 'changed') {
          const told = writer.takeChanged().filter((place) => reader.word(place, 4) !== 0)
          expect(new Set(told.map((place) => `${reader.keyId(place)} ${reader.word(place, 4)}`))).toEqual(
            changed,
          )
          changed.clear()
        } else {
          const { key, plan } = each
          const name = `key${key} ${plan}`
          const model = known.get(name)
          if (each.do === 'put') {
            const { isNew } = writer.put({
              digest: digestOf(key),
              keyId: `key${key}`,
              plan,
              enabled: each.enabled,
            })
            expect(isNew).toBe(model === undefined)
            known.set(name, { days: new Map(), ...model, enabled: each.enabled })
          } else if (each.do === 'remove') {
            expect(writer.remove(digestOf(key), plan) !== undefined).toBe(model !== undefined)
            known.delete(name)
            changed.delete(name)
          } else {
            const place = reader.find(digestOf(key), plan)
            expect(place !== undefined).toBe(model?.enabled === true)
            if (place === undefined || model === undefined) continue
            expect(reader.keyId(place)).toBe(`key${key}`)
            if (each.do !== 'count') continue
            const day = Math.floor(nowMs / dayMs)
            const startMs = day * dayMs
            const quota = { limit: LIMIT, period: { startMs, endMs: startMs + dayMs } }
            const before = model.days.get(day) ?? 0
            expect(reader.count(place, quota, nowMs)).toBe(before < LIMIT)
            if (before < LIMIT) {
              model.days.set(day, before + 1)
              changed.add(name)
              expect(reader.dated(place, 8 + (day & 1))).toEqual({ day, count: before + 1 })
            }
          }
        }
        expect(writer.size).toBe(known.size)
      }
      writer.close()
    }),
    { numRuns: 200 },
  )
})

test('as many keys as there is room for, over and over, are found', () => {
  const { writer, reader } = newTable()
  const put = (key: number): void =>
    void writer.put({ digest: digestOf(key), keyId: `k${key}`, plan: 1, enabled: true })
  for (let key = 0; key < 1024; key++) put(key)
  expect(() => put(1024)).toThrow('more than 1024 API keys')
  for (let round = 1; round < 6; round++) {
    for (let i = 0; i < 1024; i++) {
      writer.remove(digestOf((round - 1) * 1024 + i), 1)
      put(round * 1024 + i)
    }
  }
  for (let i = 0; i < 1024; i++) {
    expect(reader.find(digestOf(4 * 1024 + i), 1)).toBeUndefined()
    const place = reader.find(digestOf(5 * 1024 + i), 1)
    expect(reader.keyId(place as number)).toBe(`k${5 * 1024 + i}`)
  }
  writer.close()
})

test('a bucket gives what a plain model of it gives', () => {
  const rate = fc.record({
    perSecond: fc.oneof(fc.constantFrom(0.001, 0.5, 1, 3, 1000), fc.integer({ min: 1, max: 50_000 })),
    burst: fc.integer({ min: 0, max: 50 }),
  })
  const waits = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(5000)), { maxLength: 200 })
  fc.assert(
    fc.property(rate, waits, (of, all) => {
      const { writer, reader } = newTable()
      const { place } = writer.put({ digest: digestOf(1), keyId: 'k', plan: 1, enabled: true })
      // In millionths of a token.
      const flow = Math.round(of.perSecond * 1000)
      let tokens = of.burst * 1e6
      let nowMs = Date.now()
      for (const waitMs of all) {
        nowMs += waitMs
        tokens = Math.min(of.burst * 1e6, tokens + waitMs * flow)
        const gives = tokens >= 1e6
        if (gives) tokens -= 1e6
        expect(reader.take(place, of, nowMs)).toBe(gives)
      }
      writer.close()
    }),
    { numRuns: 200 },
  )
})

/** Whether a period begins on a day: counted with a calendar, a day at a time. */
function begins(period: QuotaPeriod, offset: number, day: number): boolean {
  const shifted = new Date((day - offset) * dayMs)
  return { DAY: true, WEEK: shifted.getUTCDay() === 0, MONTH: shifted.getUTCDate() === 1 }[period]
}

test('the period of a quota is the one of a calendar', () => {
  const asked = fc
    .constantFrom('DAY' as const, 'WEEK' as const, 'MONTH' as const)
    .chain((period) => fc.record({ period: fc.constant(period), offset: fc.nat(offsetDaysMax[period]) }))
  fc.assert(
    fc.property(asked, fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), ({ period, offset }, nowMs) => {
      let start = Math.floor(nowMs / dayMs)
      while (!begins(period, offset, start)) start--
      let end = Math.floor(nowMs / dayMs) + 1
      while (!begins(period, offset, end)) end++
      expect(quotaPeriod({ period, offset }, nowMs)).toEqual({ startMs: start * dayMs, endMs: end * dayMs })
    }),
    { numRuns: 2000 },
  )
})

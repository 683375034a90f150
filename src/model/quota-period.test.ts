import { expect, test } from 'bun:test'
import { quotaPeriod } from './quota-period.ts'

const cases: readonly (readonly ['DAY' | 'WEEK' | 'MONTH', number, string, string, string])[] = [
  ['DAY', 0, '2024-02-29T23:59:59.999Z', '2024-02-29', '2024-03-01'],
  ['DAY', 0, '2024-03-01T00:00:00.000Z', '2024-03-01', '2024-03-02'],
  ['WEEK', 0, '2023-11-11T23:59:59.999Z', '2023-11-05', '2023-11-12'],
  ['WEEK', 0, '2023-11-12T00:00:00.000Z', '2023-11-12', '2023-11-19'],
  ['WEEK', 1, '2023-11-12T00:00:00.000Z', '2023-11-06', '2023-11-13'],
  ['WEEK', 6, '2023-11-11T00:00:00.000Z', '2023-11-11', '2023-11-18'],
  ['WEEK', 0, '2024-01-02T00:00:00.000Z', '2023-12-31', '2024-01-07'],
  ['MONTH', 0, '2024-02-29T12:00:00.000Z', '2024-02-01', '2024-03-01'],
  ['MONTH', 14, '2024-02-14T23:59:59.999Z', '2024-01-15', '2024-02-15'],
  ['MONTH', 14, '2024-02-15T00:00:00.000Z', '2024-02-15', '2024-03-15'],
  ['MONTH', 27, '2024-01-01T00:00:00.000Z', '2023-12-28', '2024-01-28'],
]
for (const [period, offset, at, start, end] of cases) {
  test(`a ${period} with offset ${offset} at ${at}`, () => {
    const span = quotaPeriod({ period, offset }, Date.parse(at))
    expect([span.startMs, span.endMs].map((ms) => new Date(ms).toISOString().slice(0, 10))).toEqual([
      start,
      end,
    ])
  })
}

import { expect, test } from 'bun:test'
import { flatness, type Sample } from './samples.ts'

const RULE = { unit: 'MiB', riseMax: 0.1, riseFloor: 2, afterMax: 60 }
const SECONDS = 120

/** A second apart. */
function samples(mib: (second: number) => number): Sample[] {
  return Array.from({ length: SECONDS }, (_, second) => ({ seconds: second, mib: mib(second), files: 0 }))
}

const cases = [
  { name: 'the same all the time', mib: () => 50, after: 50, flat: true },
  { name: 'a saw', mib: (second: number) => 50 + (second % 10), after: 50, flat: true },
  {
    name: 'growth that ends in the first half',
    mib: (second: number) => Math.min(100, 2 * second),
    after: 60,
    flat: true,
  },
  { name: 'growth that does not end', mib: (second: number) => 50 + second / 10, after: 50, flat: false },
  {
    name: 'growth on a saw',
    mib: (second: number) => 50 + (second % 10) + second / 5,
    after: 50,
    flat: false,
  },
  { name: 'less growth than the floor', mib: (second: number) => 5 + second / 60, after: 5, flat: true },
  { name: 'held when all have gone', mib: () => 50, after: 61, flat: false },
]

test.each(cases)('flat or not: $name', ({ mib, after, flat }) => {
  expect(flatness(samples(mib), 'mib', after, RULE).flat).toBe(flat)
})

import { expect, test } from 'bun:test'
import { CheckedHealth, SeenHealth } from './target-health.ts'

/** `+` a check that passes, `-` one that fails; what is thought after each: `u`p or `d`own. */
const checks: readonly [what: string, results: string, thought: string][] = [
  ['the first check decides at once', '-', 'd'],
  ['one failure is not enough', '+-+-', 'uuuu'],
  ['failures in a row are', '+--', 'uud'],
  ['failures that others interrupt do not count together', '+-+--', 'uuuud'],
  ['coming back takes as many as it says', '+--++-+++', 'uuddddddu'],
]

for (const [what, results, thought] of checks) {
  test(what, () => {
    const health = new CheckedHealth()
    const seen = results.split('').map((result) => {
      health.record(result === '+', { healthyThreshold: 3, unhealthyThreshold: 2 })
      return health.healthy ? 'u' : 'd'
    })
    expect(seen.join('')).toBe(thought)
  })
}

test('what is not checked is used', () => {
  const health = new CheckedHealth()
  expect(health.healthy).toBe(true)
  health.record(false, { healthyThreshold: 1, unhealthyThreshold: 1 })
  health.forget()
  expect(health.healthy).toBe(true)
})

const rules = { failures: 3, ejectMs: 100, ejectMsMax: 300 }

test('failures in a row leave a target out, each time for longer', () => {
  const health = new SeenHealth()
  expect([1, 2].map((ms) => health.failed(ms, rules))).toEqual([undefined, undefined])
  health.succeeded()
  expect([3, 4, 5].map((ms) => health.failed(ms, rules))).toEqual([undefined, undefined, 100])
  expect([104, 105].map((ms) => health.ejected(ms))).toEqual([true, false])
  // Back, one failure is enough.
  expect(health.failed(200, rules)).toBe(200)
  // What was under way says nothing new.
  expect(health.failed(201, rules)).toBeUndefined()
  expect(health.failed(400, rules)).toBe(300)
  expect(health.failed(800, rules)).toBe(300)
  health.succeeded()
  expect(health.failed(1200, rules)).toBeUndefined()
})

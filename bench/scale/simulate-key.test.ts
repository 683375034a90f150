import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { aheadMax } from '#store/redis/bucket-lease.ts'
import { defaultRedisLimits } from '#store/redis/limits.ts'
import { simulateCluster } from './simulate-cluster.ts'
import { simulateKey } from './simulate-key.ts'

const key = { rate: { perSecond: 1000, burst: 2000 }, roundTripMs: 1, seconds: 2, seed: 1 }

test('the same seed gives the same figures, another one others', () => {
  const once = simulateKey({ ...key, processes: 4, requestsPerSecond: 2000 })
  expect(simulateKey({ ...key, processes: 4, requestsPerSecond: 2000 })).toEqual(once)
  expect(simulateKey({ ...key, seed: 2, processes: 4, requestsPerSecond: 2000 })).not.toEqual(once)
})

test('a hot key costs a fraction of a question a request, one that is seldom asked for one', () => {
  const hot = simulateKey({ ...key, processes: 1, requestsPerSecond: 900 })
  expect(hot.admitted).toBe(hot.requests)
  expect(hot.questions / hot.requests).toBeLessThan(0.05)
  const cold = simulateKey({ ...key, processes: 100, requestsPerSecond: 5, seconds: 100 })
  expect(cold.questions / cold.requests).toBeWithin(0.95, 1.05)
})

test('what is offered beyond a rate is refused, and little less is let in', () => {
  const { admitted } = simulateKey({ ...key, processes: 16, requestsPerSecond: 20_000, seconds: 4 })
  expect(admitted).toBeWithin(0.97 * 6000, 6001 + 16 * aheadMax(key.rate, defaultRedisLimits))
})

test('the stated bound holds, whatever comes', () => {
  let worst = 0
  fc.assert(
    fc.property(
      fc.record({
        processes: fc.integer({ min: 1, max: 20 }),
        requestsPerSecond: fc.integer({ min: 1, max: 5000 }),
        flood: fc.option(
          fc.record({
            everyMs: fc.integer({ min: 20, max: 900 }),
            requests: fc.integer({ min: 1, max: 1000 }),
          }),
          { nil: undefined },
        ),
        rate: fc.record({
          perSecond: fc.integer({ min: 1, max: 3000 }),
          burst: fc.integer({ min: 1, max: 1000 }),
        }),
        roundTripMs: fc.constantFrom(0.2, 1, 10),
        seed: fc.integer(),
      }),
      (simulated) => {
        const { over } = simulateKey({ ...simulated, seconds: 1 })
        worst = Math.max(worst, over)
        // One token may be flowing.
        expect(over).toBeLessThanOrEqual(
          simulated.processes * aheadMax(simulated.rate, defaultRedisLimits) + 1,
        )
      },
    ),
    { numRuns: 100, seed: 7 },
  )
  // It is needed, too.
  expect(worst).toBeGreaterThan(10)
})

test('a cluster is the sum of its keys', () => {
  const cluster = {
    nodes: 3,
    nodesOfKey: 3,
    processes: 2,
    requestsPerSecondOfNode: 1000,
    keys: 1000,
    skew: 1,
  }
  const found = simulateCluster({ ...cluster, rate: key.rate, roundTripMs: 1, seed: 1 })
  expect(found.requestsPerSecond).toBeWithin(2900, 3100)
  expect(found.over).toBeLessThanOrEqual(found.overMax)
  const one = simulateCluster({ ...cluster, nodesOfKey: 1, rate: key.rate, roundTripMs: 1, seed: 1 })
  expect(one.questionsPerSecond).toBeLessThan(found.questionsPerSecond)
})

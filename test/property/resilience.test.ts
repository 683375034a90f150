import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Cancellation } from '#data-plane/resilience/cancellation.ts'
import { FakeBackend, outcomeOfCall, type FakeAttempt } from '#data-plane/resilience/fake-backend.fixture.ts'
import { FakeWorld } from '#data-plane/resilience/fake-world.fixture.ts'
import { randomNumbers } from '../support/random-numbers.ts'

// Whatever policies are set, and however a backend behaves.

const attempt: fc.Arbitrary<FakeAttempt> = fc.record({
  outcome: fc.constantFrom<FakeAttempt['outcome']>(
    200,
    200,
    500,
    503,
    'connect',
    'reset',
    'timeout',
    'broken',
    'hang',
  ),
  afterMs: fc.nat(80),
})
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
const traffic = fc.record({
  concurrency: sometimes(
    fc.record({ limit: fc.integer({ min: 1, max: 3 }), queue: fc.nat(5), queueMs: fc.nat(100) }),
  ),
  hedge: sometimes(fc.record({ delayMs: fc.nat(40) })),
  retry: sometimes(
    fc.record({
      attempts: fc.integer({ min: 1, max: 5 }),
      backoffMs: fc.nat(30),
      tryTimeoutMs: fc.integer({ min: 1, max: 100 }),
    }),
  ),
  circuitBreaker: sometimes(
    fc.record({ failures: fc.integer({ min: 1, max: 5 }), openMs: fc.integer({ min: 1, max: 200 }) }),
  ),
  budget: fc.record({ percent: fc.nat(100), perSecondMin: fc.double({ min: 0, max: 1, noNaN: true }) }),
})
const request = fc.record({
  atMs: fc.nat(2000),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  repeatable: fc.boolean(),
  leavesAfterMs: sometimes(fc.nat(100)),
})

test('attempts, budget, limits and repetition are as set; nothing is left running', async () => {
  await fc.assert(
    fc.asyncProperty(
      traffic,
      fc.array(request, { minLength: 1, maxLength: 25 }),
      fc.infiniteStream(attempt),
      fc.nat(),
      async (settings, requests, attempts, seed) => {
        const world = new FakeWorld(randomNumbers(seed))
        const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
        const there = new FakeBackend(world, given)
        there.next = () => attempts.next().value as FakeAttempt
        const most = Math.max(settings.retry?.attempts ?? 1, settings.hedge === undefined ? 1 : 2)
        const { percent, perSecondMin } = settings.budget
        const allowedExtras = (requests.length * percent) / 100 + perSecondMin * 10
        let sent = 0

        // One after the other, so that each attempt is known to be of its call.
        for (const { atMs, method, repeatable, leavesAfterMs } of requests) {
          const before = there.attempts.length
          const cancellation = new Cancellation()
          const call = outcomeOfCall(there.call({ method, repeatable, cancellation, timeoutMs: 300 }))
          if (leavesAfterMs !== undefined) world.after(leavesAfterMs, () => cancellation.cancel())
          await world.pass(atMs % 50)
          // What hangs without a deadline of its own hangs until the client leaves.
          await world.pass(500)
          cancellation.cancel()
          await world.pass(200)
          await call
          const own = there.attempts.slice(before)
          sent += own.length
          expect(own.length).toBeLessThanOrEqual(most)
          const mayHaveArrived = own.filter(({ outcome }) => outcome !== 'connect').length
          if (method === 'POST' || !repeatable) expect(mayHaveArrived).toBeLessThanOrEqual(1)
        }
        expect(sent - requests.length).toBeLessThanOrEqual(allowedExtras)
        expect(there.inFlight).toBe(0)

        // All at once.
        there.inFlightMost = 0
        const cancellation = new Cancellation()
        const calls = requests.map(({ method, repeatable }) =>
          outcomeOfCall(there.call({ method, repeatable, cancellation, timeoutMs: 300 })),
        )
        await world.pass(1000)
        cancellation.cancel()
        await world.pass(200)
        await Promise.all(calls)
        expect(there.inFlight).toBe(0)
        const hedged = settings.hedge === undefined ? 1 : 2
        if (settings.concurrency !== undefined) {
          expect(there.inFlightMost).toBeLessThanOrEqual(settings.concurrency.limit * hedged)
        }
        expect(there.state.limits.size).toBe(0)
        expect(world.pending).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
}, 60_000)

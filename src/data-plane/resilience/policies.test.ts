import { describe, expect, test } from 'bun:test'
import type { Outcome } from './call.ts'
import { Cancellation } from './cancellation.ts'
import { FakeBackend, outcomeOfCall, type FakeAttempt } from './fake-backend.fixture.ts'
import { FakeWorld } from './fake-world.fixture.ts'
import { policies } from './policies.ts'

function backend(
  traffic: unknown,
  outcomes: readonly (FakeAttempt['outcome'] | FakeAttempt)[] = [],
): FakeBackend {
  const made = new FakeBackend(new FakeWorld(), traffic)
  const left = [...outcomes]
  made.next = () => {
    const next = left.shift() ?? 200
    return typeof next === 'object' ? next : { outcome: next, afterMs: 1 }
  }
  return made
}

async function outcome(there: FakeBackend, passMs: number, call = there.call()): Promise<string | number> {
  const told = outcomeOfCall(call)
  await there.world.pass(passMs)
  return told
}

test('the order is that of the documentation', () => {
  expect(policies.map(({ policy }) => policy)).toEqual([
    'concurrency',
    'mirror',
    'budget',
    'hedge',
    'retry',
    'targets',
    'circuitBreaker',
    'tryTimeoutMs',
  ])
})

describe('retry', () => {
  test('waits with full jitter, longer each time, up to the most', async () => {
    const there = backend({ retry: { attempts: 5, backoffMs: 100, backoffMsMax: 300 } }, [503, 503, 503, 503])
    expect(await outcome(there, 1000)).toBe(200)
    // Draws of a half of 100, 200, 300 and 300.
    expect(there.events.map((line) => / in (\d+) ms/.exec(line)?.[1])).toEqual(['50', '100', '150', '150'])
    expect(there.discarded).toEqual([1, 2, 3, 4])
    expect(there.world.pending).toBe(0)
  })

  test('not where the wait would pass the deadline', async () => {
    const there = backend({ retry: { backoffMs: 100 } }, [503, 503])
    expect(await outcome(there, 1000, there.call({ timeoutMs: 40 }))).toBe(503)
    expect(there.events).toEqual(['retry: status 503: no time is left'])
    expect(there.discarded).toEqual([])
  })

  test('an attempt that takes too long is ended, and a later one has what is left of the time', async () => {
    const there = backend({ retry: { backoffMs: 0, tryTimeoutMs: 60 } }, ['hang', 'hang'])
    const call = outcomeOfCall(there.call({ timeoutMs: 100 }))
    await there.world.pass(99)
    expect(there.cancelled).toEqual([1])
    await there.world.pass(1)
    expect([await call, there.cancelled]).toEqual(['timeout', [1, 2]])
  })

  test('a client that leaves is not waited for', async () => {
    const there = backend({ retry: { backoffMs: 1000 } }, [503])
    const cancellation = new Cancellation()
    const call = outcomeOfCall(there.call({ cancellation }))
    await there.world.pass(10)
    cancellation.cancel()
    await there.world.pass(0)
    expect([await call, there.attempts.length, there.world.pending]).toEqual(['Cancelled', 1, 0])
  })

  // What was sent may have had effect; what was not is sent again whatever it is.
  const repeated: readonly (readonly [Outcome, method: string, repeatable: boolean, attempts: number])[] = [
    ['connect', 'POST', false, 2],
    ['reset', 'POST', true, 1],
    ['timeout', 'POST', true, 1],
    [503, 'POST', true, 1],
    ['reset', 'GET', true, 2],
    ['reset', 'PUT', false, 1],
    [503, 'DELETE', true, 2],
    ['broken', 'GET', true, 1],
    ['ours', 'GET', true, 1],
    [500, 'GET', true, 1],
  ]
  for (const [first, method, repeatable, attempts] of repeated) {
    test(`${first} of ${method}${repeatable ? '' : ' whose body is gone'}: ${attempts}`, async () => {
      const there = backend({ retry: {} }, [first])
      await outcome(there, 1000, there.call({ method, repeatable }))
      expect(there.attempts.length).toBe(attempts)
    })
  }
})

describe('hedge', () => {
  test('the second answer is taken, the first request is cancelled', async () => {
    const there = backend({ hedge: { delayMs: 50 } }, ['hang'])
    expect(await outcome(there, 51)).toBe(200)
    expect([there.cancelled, there.world.pending]).toEqual([[1], 0])
  })

  test('the first answer, where it comes first', async () => {
    const there = backend({ hedge: { delayMs: 50 } }, [{ outcome: 201, afterMs: 60 }, 'hang'])
    expect(await outcome(there, 60)).toBe(201)
    expect(there.cancelled).toEqual([2])
  })

  test('a failure waits for the other; the last one is the answer', async () => {
    const there = backend({ hedge: { delayMs: 50 } }, [
      { outcome: 503, afterMs: 60 },
      { outcome: 'reset', afterMs: 20 },
    ])
    expect(await outcome(there, 100)).toBe('reset')
    expect(there.discarded).toEqual([1])
  })

  test('a failure before its time is answered at once', async () => {
    const there = backend({ hedge: { delayMs: 50 } }, ['reset'])
    expect(await outcome(there, 2)).toBe('reset')
    expect([there.attempts.length, there.world.pending]).toEqual([1, 0])
  })

  test('a percentile of the last answers, once enough are known', async () => {
    const there = backend({ hedge: { delayMs: 5, percentile: 90 } })
    let ms = 0
    there.next = () => ({ outcome: 200, afterMs: ms })
    for (ms = 1; ms <= 100; ms++) await outcome(there, 500)
    there.attempts.length = 0
    there.next = () => ({ outcome: there.attempts.length === 0 ? 'hang' : 200, afterMs: 1 })
    void there.call()
    // Sorted last when 84 were known.
    await there.world.pass(75)
    expect(there.attempts.length).toBe(1)
    await there.world.pass(1)
    expect(there.attempts.length).toBe(2)
  })

  test('attempts of retries count, too', async () => {
    const there = backend({ hedge: { delayMs: 50 }, retry: { attempts: 2, backoffMs: 0 } }, [503, 'hang'])
    void outcomeOfCall(there.call())
    await there.world.pass(100)
    expect(there.attempts.length).toBe(2)
    expect(there.events).toContain('hedge: no answer in 50 ms: 2 attempts were made')
  })
})

describe('circuit breaker', () => {
  const settings = { failures: 3, openMs: 100, openMsMax: 300 }

  test('opens on failures in a row, and answers without asking', async () => {
    const there = backend({ circuitBreaker: settings }, [503, 200, 503, 'reset', 'timeout'])
    for (let i = 0; i < 5; i++) await outcome(there, 1)
    expect(await outcome(there, 1)).toBe('CircuitOpen')
    expect(there.attempts.length).toBe(5)
    expect(there.events[0]).toBe(
      'circuitBreaker: the circuit breaker of backend opens for 100 ms: 3 failures in a row, the last: timeout',
    )
  })

  test('one probe at a time; each that fails doubles the time, up to the most', async () => {
    const there = backend({ circuitBreaker: settings }, [503, 503, 503, 503, 503, 503, 200])
    for (let i = 0; i < 3; i++) await outcome(there, 1)
    for (const openMs of [100, 200, 300]) {
      await there.world.pass(openMs - 2)
      expect(await outcome(there, 0)).toBe('CircuitOpen')
      await there.world.pass(2)
      const probe = outcomeOfCall(there.call())
      expect(await outcome(there, 0)).toBe('CircuitOpen')
      await there.world.pass(1)
      expect(await probe).toBe(503)
    }
    await there.world.pass(300)
    expect([await outcome(there, 1), await outcome(there, 1)]).toEqual([200, 200])
    expect(there.events.at(-1)).toBe('circuitBreaker: the circuit breaker of backend closes')
  })

  test('as many probes as are asked for', async () => {
    const there = backend({ circuitBreaker: { ...settings, failures: 1, probes: 2 } }, [503])
    await outcome(there, 1)
    await there.world.pass(100)
    const calls = [there.call(), there.call(), there.call()].map(outcomeOfCall)
    await there.world.pass(1)
    expect(await Promise.all(calls)).toEqual([200, 200, 'CircuitOpen'])
    expect(await outcome(there, 1)).toBe(200)
  })

  test('a probe that says nothing lets another one through', async () => {
    const there = backend({ circuitBreaker: { ...settings, failures: 1 } }, [503, 'ours'])
    await outcome(there, 1)
    await there.world.pass(100)
    expect([await outcome(there, 1), await outcome(there, 1)]).toEqual(['ours', 200])
  })

  test('what was under way when it opened says nothing', async () => {
    const there = backend({ circuitBreaker: { ...settings, failures: 1 } }, [
      { outcome: 200, afterMs: 50 },
      503,
    ])
    const slow = outcomeOfCall(there.call())
    expect(await outcome(there, 1)).toBe(503)
    await there.world.pass(60)
    expect([await slow, await outcome(there, 1)]).toEqual([200, 'CircuitOpen'])
  })

  test('opens on the share of failures within the window, once there are enough', async () => {
    const share = { failures: 1000, failurePercent: 50, requestsMin: 10, windowMs: 1000, openMs: 100 }
    const old = backend({ circuitBreaker: share }, [503, 503, 503, 503])
    for (let i = 0; i < 4; i++) await outcome(old, 1)
    await old.world.pass(1200)
    for (let i = 0; i < 8; i++) expect(await outcome(old, 1)).toBe(200)
    const new_ = backend({ circuitBreaker: share }, [200, 503, 200, 503, 200, 503, 200, 503, 200, 503])
    for (let i = 0; i < 10; i++) await outcome(new_, 1)
    expect(await outcome(new_, 1)).toBe('CircuitOpen')
    expect(new_.events[0]).toContain('50 % of 10 requests failed')
  })

  test('retries meet it', async () => {
    const there = backend(
      { circuitBreaker: { failures: 2 }, retry: { attempts: 5, backoffMs: 0 } },
      [503, 503],
    )
    expect(await outcome(there, 100)).toBe('CircuitOpen')
    expect(there.attempts.length).toBe(2)
  })
})

describe('adaptive concurrency', () => {
  const traffic = { concurrency: { limit: 10, adaptive: { min: 2, latencyMs: 100 } } }

  test('goes down where answers fail or are slow, no further than the least, and up again', async () => {
    const there = backend(traffic)
    const limit = there.state.limits.of('route 0 ')
    const most = async (): Promise<number> => {
      there.inFlightMost = 0
      const calls = Array.from({ length: 20 }, () => outcomeOfCall(there.call()))
      await there.world.pass(500)
      await Promise.all(calls)
      return there.inFlightMost
    }
    there.next = () => ({ outcome: 200, afterMs: 10 })
    expect(await most()).toBe(10)
    there.next = () => ({ outcome: 200, afterMs: 200 })
    for (let i = 0; i < 3; i++) await most()
    expect(await most()).toBeLessThan(8)
    there.next = () => ({ outcome: 503, afterMs: 1 })
    for (let i = 0; i < 50; i++) await most()
    expect(await most()).toBe(2)
    there.next = () => ({ outcome: 200, afterMs: 10 })
    for (let i = 0; i < 60; i++) await most()
    expect(await most()).toBe(10)
    expect([limit.inFlight, limit.waiting]).toEqual([0, 0])
  })
})

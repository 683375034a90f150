import { beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { countMax, type Counters, type Span, type TokenRate } from '#base/counters.ts'

export interface CountersUnderTest {
  readonly name: string
  /** New counters. */
  readonly create: () => Counters
}

const SECOND = 1000
const HOUR = 3600 * SECOND
const rate = (perSecond: number, burst: number): TokenRate => ({ perSecond, burst })

/** What every implementation of the Counters port must do. */
export function countersContract({ name, create }: CountersUnderTest): void {
  describe(`counters contract: ${name}`, () => {
    let counters: Counters
    let startMs: number
    beforeEach(() => {
      counters = create()
      startMs = Date.now()
    })

    /** Takes single tokens until there are none. @returns how many there were */
    const drain = (key: string, of: TokenRate, atMs: number): number => {
      let taken = 0
      while (counters.take(key, of, 1, atMs) === 0) taken++
      return taken
    }

    describe('take', () => {
      test('a new bucket is full; an empty one says when the next token is there', () => {
        expect(drain('a', rate(4, 3), startMs)).toBe(3)
        expect(counters.take('a', rate(4, 3), 1, startMs)).toBe(250)
        expect(counters.take('a', rate(4, 3), 1, startMs + 100)).toBe(150)
        expect(counters.take('a', rate(4, 3), 1, startMs + 249)).toBe(1)
        expect(counters.take('a', rate(4, 3), 1, startMs + 250)).toBe(0)
        expect(counters.take('a', rate(4, 3), 1, startMs + 250)).toBe(250)
      })

      test('a bucket fills to its burst and no further', () => {
        expect(drain('a', rate(10, 5), startMs)).toBe(5)
        expect(drain('a', rate(10, 5), startMs + 300)).toBe(3)
        expect(drain('a', rate(10, 5), startMs + HOUR)).toBe(5)
      })

      test('buckets of different keys have nothing in common', () => {
        expect(drain('a', rate(1, 2), startMs)).toBe(2)
        expect(drain('b', rate(1, 3), startMs)).toBe(3)
        expect(drain('a\0', rate(1, 1), startMs)).toBe(1)
        expect(drain('ä'.repeat(500), rate(1, 1), startMs)).toBe(1)
        expect(drain('', rate(1, 1), startMs)).toBe(1)
      })

      test('several tokens are taken together or not at all; more than the burst never', () => {
        expect(counters.take('a', rate(1, 10), 8, startMs)).toBe(0)
        expect(counters.take('a', rate(1, 10), 4, startMs)).toBe(2 * SECOND)
        expect(counters.take('a', rate(1, 10), 2, startMs)).toBe(0)
        expect(counters.take('a', rate(1, 10), 11, startMs + HOUR)).toBe(Infinity)
        expect(drain('a', rate(1, 10), startMs + HOUR)).toBe(10)
      })

      test('a bucket without burst never gives anything', () => {
        expect(counters.take('a', rate(1000, 0), 1, startMs)).toBe(Infinity)
      })

      test('rates far below and far above one a second', () => {
        expect(drain('slow', rate(0.001, 1), startMs)).toBe(1)
        expect(counters.take('slow', rate(0.001, 1), 1, startMs + 999 * SECOND)).toBe(SECOND)
        expect(drain('slow', rate(0.001, 1), startMs + 1000 * SECOND)).toBe(1)
        expect(drain('fast', rate(1_000_000, 5000), startMs)).toBe(5000)
        expect(drain('fast', rate(1_000_000, 5000), startMs + 3)).toBe(3000)
      })

      test('a bucket of another rate is another bucket', () => {
        expect(drain('a', rate(10, 5), startMs)).toBe(5)
        expect(drain('a', rate(20, 5), startMs)).toBe(5)
        expect(drain('a', rate(10, 5), startMs + 100)).toBe(1)
      })

      test('what a larger burst gave is held against a smaller one, for some seconds at most', () => {
        expect(drain('a', rate(10, 40), startMs)).toBe(40)
        expect(counters.take('a', rate(10, 2), 1, startMs)).toBe(3900)
        expect(drain('a', rate(10, 2), startMs + 3900)).toBe(1)
        expect(drain('b', rate(10, 1000), startMs)).toBe(1000)
        expect(counters.take('b', rate(10, 2), 1, startMs)).toBe(100)
        expect(drain('b', rate(10, 2), startMs + 100)).toBe(1)
        expect(drain('b', rate(10, 2), startMs + SECOND)).toBe(2)
      })

      test('a caller whose clock is behind gets nothing for it, nor loses anything', () => {
        expect(drain('a', rate(1000, 1), startMs + 3000)).toBe(1)
        expect(counters.take('a', rate(1000, 1), 1, startMs)).toBe(3001)
        expect(drain('a', rate(1000, 1), startMs + 3000)).toBe(0)
        expect(drain('a', rate(1000, 1), startMs + 3001)).toBe(1)
      })

      test('a clock that is set back empties the bucket at worst', () => {
        expect(drain('a', rate(10, 5), startMs + HOUR)).toBe(5)
        expect(drain('a', rate(10, 5), startMs)).toBe(0)
        expect(drain('a', rate(10, 5), startMs + 200)).toBe(2)
        expect(drain('a', rate(10, 5), startMs + SECOND)).toBe(5)
      })

      test('under load any bucket gives its burst and what flowed in, to the token', () => {
        fc.assert(
          fc.property(
            fc.string(),
            fc.integer({ min: 1, max: 20_000 }),
            fc.integer({ min: 1, max: 5000 }),
            fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }),
            (key, perSecond, burst, steps) => {
              counters = create()
              let taken = 0
              let expected = burst
              let atMs = startMs
              /** Thousandths of tokens, exact. */
              let level = 0
              taken += drain(key, rate(perSecond, burst), atMs)
              for (const stepMs of steps) {
                atMs += stepMs
                level = Math.min(level + stepMs * perSecond, burst * 1000)
                const whole = Math.floor(level / 1000)
                expected += whole
                level -= whole * 1000
                taken += drain(key, rate(perSecond, burst), atMs)
              }
              expect(taken).toBe(expected)
            },
          ),
          { numRuns: 50 },
        )
      })
    })

    describe('add', () => {
      const day = (number: number): Span => ({
        startMs: startMs + number * 24 * HOUR,
        endMs: startMs + (number + 1) * 24 * HOUR,
      })

      test('counts within a span, from zero in each', () => {
        expect(counters.add('a', 1, day(0), startMs)).toBe(1)
        expect(counters.add('a', 5, day(0), startMs)).toBe(6)
        expect(counters.add('a', 1, day(1), startMs)).toBe(1)
        expect(counters.add('b', 2, day(0), startMs)).toBe(2)
        // A process that has not seen midnight yet.
        expect(counters.add('a', 1, day(0), startMs)).toBe(7)
        expect(counters.add('a', 1, day(1), startMs)).toBe(2)
      })

      test('nothing added only reads', () => {
        expect(counters.add('a', 0, day(0), startMs)).toBe(0)
        counters.add('a', 3, day(0), startMs)
        expect(counters.add('a', 0, day(0), startMs)).toBe(3)
      })

      test('a count goes no further than its most', () => {
        expect(counters.add('a', countMax - 1, day(0), startMs)).toBe(countMax - 1)
        expect(counters.add('a', 1, day(0), startMs)).toBe(countMax)
        expect(counters.add('a', 1, day(0), startMs)).toBe(countMax)
      })

      test('a count and a bucket of one key have nothing in common', () => {
        expect(drain('a', rate(1, 2), startMs)).toBe(2)
        expect(counters.add('a', 1, { startMs: 0, endMs: HOUR }, startMs)).toBe(1)
        expect(counters.add('a', 1, day(0), startMs)).toBe(1)
        expect(counters.take('a', rate(1, 2), 1, startMs)).toBe(SECOND)
      })
    })
  })
}

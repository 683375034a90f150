import { beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { countMax, type Counters, type Span, type TokenRate } from '#base/counters.ts'

export interface CountersUnderTest {
  readonly name: string
  /** New counters. */
  readonly create: () => Counters | Promise<Counters>
  /** Each decision is a question to somebody else: fewer of them. */
  readonly isSlow?: true
  /** Of the property. */
  readonly runs?: number
}

const SECOND = 1000
const HOUR = 3600 * SECOND
const rate = (perSecond: number, burst: number): TokenRate => ({ perSecond, burst })

/** What every implementation of the Counters port must do. */
export function countersContract({ name, create, isSlow, runs = 50 }: CountersUnderTest): void {
  describe(`counters contract: ${name}`, () => {
    let counters: Counters
    let startMs: number
    beforeEach(async () => {
      counters = await create()
      startMs = Date.now()
    })

    /** Takes single tokens until there are none. @returns how many there were */
    const drain = async (key: string, of: TokenRate, atMs: number): Promise<number> => {
      let taken = 0
      while ((await counters.take(key, of, 1, atMs)) === 0) taken++
      return taken
    }

    describe('take', () => {
      test('a new bucket is full; an empty one says when the next token is there', async () => {
        expect(await drain('a', rate(4, 3), startMs)).toBe(3)
        expect(await counters.take('a', rate(4, 3), 1, startMs)).toBe(250)
        expect(await counters.take('a', rate(4, 3), 1, startMs + 100)).toBe(150)
        expect(await counters.take('a', rate(4, 3), 1, startMs + 249)).toBe(1)
        expect(await counters.take('a', rate(4, 3), 1, startMs + 250)).toBe(0)
        expect(await counters.take('a', rate(4, 3), 1, startMs + 250)).toBe(250)
      })

      test('a bucket fills to its burst and no further', async () => {
        expect(await drain('a', rate(10, 5), startMs)).toBe(5)
        expect(await drain('a', rate(10, 5), startMs + 300)).toBe(3)
        expect(await drain('a', rate(10, 5), startMs + HOUR)).toBe(5)
      })

      test('buckets of different keys have nothing in common', async () => {
        expect(await drain('a', rate(1, 2), startMs)).toBe(2)
        expect(await drain('b', rate(1, 3), startMs)).toBe(3)
        expect(await drain('a\0', rate(1, 1), startMs)).toBe(1)
        expect(await drain('ä'.repeat(500), rate(1, 1), startMs)).toBe(1)
        expect(await drain('', rate(1, 1), startMs)).toBe(1)
      })

      test('several tokens are taken together or not at all; more than the burst never', async () => {
        expect(await counters.take('a', rate(1, 10), 8, startMs)).toBe(0)
        expect(await counters.take('a', rate(1, 10), 4, startMs)).toBe(2 * SECOND)
        expect(await counters.take('a', rate(1, 10), 2, startMs)).toBe(0)
        expect(await counters.take('a', rate(1, 10), 11, startMs + HOUR)).toBe(Infinity)
        expect(await drain('a', rate(1, 10), startMs + HOUR)).toBe(10)
      })

      test('a bucket without burst never gives anything', async () => {
        expect(await counters.take('a', rate(1000, 0), 1, startMs)).toBe(Infinity)
      })

      test('rates far below and far above one a second', async () => {
        expect(await drain('slow', rate(0.001, 1), startMs)).toBe(1)
        expect(await counters.take('slow', rate(0.001, 1), 1, startMs + 999 * SECOND)).toBe(SECOND)
        expect(await drain('slow', rate(0.001, 1), startMs + 1000 * SECOND)).toBe(1)
        expect(await drain('fast', rate(1_000_000, 5000), startMs)).toBe(5000)
        expect(await drain('fast', rate(1_000_000, 5000), startMs + 3)).toBe(3000)
      })

      test('a bucket of another rate is another bucket', async () => {
        expect(await drain('a', rate(10, 5), startMs)).toBe(5)
        expect(await drain('a', rate(20, 5), startMs)).toBe(5)
        expect(await drain('a', rate(10, 5), startMs + 100)).toBe(1)
      })

      test('what a larger burst gave is held against a smaller one, for some seconds at most', async () => {
        expect(await drain('a', rate(10, 40), startMs)).toBe(40)
        expect(await counters.take('a', rate(10, 2), 1, startMs)).toBe(3900)
        expect(await drain('a', rate(10, 2), startMs + 3900)).toBe(1)
        expect(await drain('b', rate(10, 1000), startMs)).toBe(1000)
        expect(await counters.take('b', rate(10, 2), 1, startMs)).toBe(100)
        expect(await drain('b', rate(10, 2), startMs + 100)).toBe(1)
        expect(await drain('b', rate(10, 2), startMs + SECOND)).toBe(2)
      })

      test('a caller whose clock is behind gets nothing for it, nor loses anything', async () => {
        expect(await drain('a', rate(1000, 1), startMs + 3000)).toBe(1)
        expect(await counters.take('a', rate(1000, 1), 1, startMs)).toBe(3001)
        expect(await drain('a', rate(1000, 1), startMs + 3000)).toBe(0)
        expect(await drain('a', rate(1000, 1), startMs + 3001)).toBe(1)
      })

      test('a clock that is set back empties the bucket at worst', async () => {
        expect(await drain('a', rate(10, 5), startMs + HOUR)).toBe(5)
        expect(await drain('a', rate(10, 5), startMs)).toBe(0)
        expect(await drain('a', rate(10, 5), startMs + 200)).toBe(2)
        expect(await drain('a', rate(10, 5), startMs + SECOND)).toBe(5)
      })

      test('under load any bucket gives its burst and what flowed in, to the token', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.string(),
            fc.integer({ min: 1, max: isSlow ? 200 : 20_000 }),
            fc.integer({ min: 1, max: isSlow ? 50 : 5000 }),
            fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: isSlow ? 10 : 30 }),
            async (key, perSecond, burst, steps) => {
              counters = await create()
              let taken = 0
              let expected = burst
              let atMs = startMs
              /** Thousandths of tokens, exact. */
              let level = 0
              taken += await drain(key, rate(perSecond, burst), atMs)
              for (const stepMs of steps) {
                atMs += stepMs
                level = Math.min(level + stepMs * perSecond, burst * 1000)
                const whole = Math.floor(level / 1000)
                expected += whole
                level -= whole * 1000
                taken += await drain(key, rate(perSecond, burst), atMs)
              }
              expect(taken).toBe(expected)
            },
          ),
          { numRuns: runs },
        )
      })
    })

    describe('add', () => {
      const day = (number: number): Span => ({
        startMs: startMs + number * 24 * HOUR,
        endMs: startMs + (number + 1) * 24 * HOUR,
      })

      test('counts within a span, from zero in each', async () => {
        expect(await counters.add('a', 1, day(0), startMs)).toBe(1)
        expect(await counters.add('a', 5, day(0), startMs)).toBe(6)
        expect(await counters.add('a', 1, day(1), startMs)).toBe(1)
        expect(await counters.add('b', 2, day(0), startMs)).toBe(2)
        // A process that has not seen midnight yet.
        expect(await counters.add('a', 1, day(0), startMs)).toBe(7)
        expect(await counters.add('a', 1, day(1), startMs)).toBe(2)
      })

      test('nothing added only reads', async () => {
        expect(await counters.add('a', 0, day(0), startMs)).toBe(0)
        await counters.add('a', 3, day(0), startMs)
        expect(await counters.add('a', 0, day(0), startMs)).toBe(3)
      })

      test('a count goes no further than its most', async () => {
        expect(await counters.add('a', countMax - 1, day(0), startMs)).toBe(countMax - 1)
        expect(await counters.add('a', 1, day(0), startMs)).toBe(countMax)
        expect(await counters.add('a', 1, day(0), startMs)).toBe(countMax)
      })

      test('a count and a bucket of one key have nothing in common', async () => {
        expect(await drain('a', rate(1, 2), startMs)).toBe(2)
        expect(await counters.add('a', 1, { startMs: 0, endMs: HOUR }, startMs)).toBe(1)
        expect(await counters.add('a', 1, day(0), startMs)).toBe(1)
        expect(await counters.take('a', rate(1, 2), 1, startMs)).toBe(SECOND)
      })
    })
  })
}

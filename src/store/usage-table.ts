import { countMax, type Span, type TokenRate } from '#base/counters.ts'
import type { PeriodQuota, UsageKeys } from '#base/usage-keys.ts'
import { dayMs } from '#model/quota-period.ts'
import { flowOf, takeTokens } from './token-bucket.ts'
import {
  DIGEST_WORDS,
  FORMAT,
  HEADER,
  KEY_ID_BYTES_MAX,
  PLACE,
  usageLayout,
  type UsageLayout,
} from './usage-layout.ts'

/** A count and the day that it is for, or that its period begins: days since 1970 in the upper half of a word. */
export interface DatedCount {
  readonly day: number
  readonly count: number
}

/**
 * Keys of usage plans in memory that processes share. Whoever serves finds keys and counts; which keys there are is
 * written by one process alone, `UsageTableWriter`.
 */
export class UsageTable implements UsageKeys {
  readonly layout: UsageLayout
  readonly words: Int32Array
  readonly counts: BigInt64Array
  readonly #bytes: Buffer
  readonly #baseMs: number
  readonly #firstWord: number
  readonly #firstCount: number
  readonly #digest = new Uint8Array(DIGEST_WORDS * 4)
  readonly #digestWords = new Int32Array(this.#digest.buffer)

  /**
   * @param memory a file that processes share, or the memory of this one alone
   * @throws Error when it is not what `UsageTableWriter` made
   */
  constructor(memory: string | ArrayBuffer) {
    const buffer = typeof memory === 'string' ? Bun.mmap(memory, { shared: true }).buffer : memory
    this.words = new Int32Array(buffer)
    this.counts = new BigInt64Array(buffer)
    this.#bytes = Buffer.from(buffer)
    const format = this.words[HEADER.format]
    this.layout = usageLayout(format === FORMAT ? (this.words[HEADER.placesMax] as number) : 1024)
    if (format !== FORMAT || buffer.byteLength !== this.layout.bytes) {
      throw new Error(
        `${typeof memory === 'string' ? memory : 'the memory'} does not hold usage of this version`,
      )
    }
    this.#baseMs = new Float64Array(buffer, HEADER.baseByte, 1)[0] as number
    this.#firstWord = this.layout.places / 4
    this.#firstCount = this.layout.places / 8
  }

  find(digest: Uint8Array, plan: number): number | undefined {
    for (let i = 0; i < this.#digest.length; i++) this.#digest[i] = digest[i] as number
    const place = this.locate(this.#digestWords, plan)
    return place !== undefined && this.word(place, PLACE.enabled) === 1 ? place : undefined
  }

  /** Where it is, enabled or not. */
  locate(digest: Int32Array, plan: number): number | undefined {
    const { words } = this
    const { at, mask } = this.layout.indexes[Atomics.load(words, HEADER.index)] as UsageLayout['indexes'][0]
    const first = firstCell(digest, plan)
    for (let i = 0; i <= mask; i++) {
      const cell = Atomics.load(words, at + ((first + i) & mask))
      if (cell === 0) return undefined
      if (cell !== -1 && this.#holds(cell - 1, digest, plan)) return cell - 1
    }
    return undefined
  }

  keyId(place: number): string {
    const first = this.layout.places + place * PLACE.bytes + PLACE.keyId * 4
    let end = first + KEY_ID_BYTES_MAX
    while (end > first && this.#bytes[end - 1] === 0) end--
    return this.#bytes.toString('latin1', first, end)
  }

  take(place: number, { perSecond, burst }: TokenRate, nowMs: number): boolean {
    const flow = flowOf(perSecond)
    const now = Math.max(1, Math.floor(nowMs) - this.#baseMs) * flow
    const at = this.countAt(place, PLACE.bucket)
    for (;;) {
      const state = Atomics.load(this.counts, at)
      const { full, waitMs } = takeTokens(Number(state), flow, burst, 1, now)
      if (full === undefined) return waitMs === 0
      // The clock was set back: the bucket fills from empty.
      if (Atomics.compareExchange(this.counts, at, state, BigInt(full)) === state) return waitMs === 0
    }
  }

  count(place: number, quota: PeriodQuota | undefined, nowMs: number): boolean {
    if (quota !== undefined) {
      const day = quota.period.startMs / dayMs
      if (!this.#increment(this.countAt(place, PLACE.period), day, this.limitOf(place, quota))) return false
    }
    const day = Math.floor(nowMs / dayMs)
    this.#increment(this.countAt(place, PLACE.days + (day & 1)), day, countMax)
    this.touch(place)
    return true
  }

  /** Requests that a key may have in a period: the plan's, or what UpdateUsage granted. */
  limitOf(place: number, { limit, period }: PeriodQuota): number {
    const isGranted = this.word(place, PLACE.grantDay) === period.startMs / dayMs
    return isGranted ? this.word(place, PLACE.grantLimit) >>> 0 : limit
  }

  /** What was counted of a period here, or is known to have been counted elsewhere. */
  periodCount(place: number, { startMs }: Span): number {
    const { day, count } = this.dated(place, PLACE.period)
    return day === startMs / dayMs ? count : 0
  }

  /** Says how much all nodes together have counted of a period. */
  know(place: number, { startMs }: Span, count: number): void {
    const at = this.countAt(place, PLACE.period)
    const word = (startMs / dayMs) * COUNTS + Math.min(count, countMax)
    for (;;) {
      const state = Atomics.load(this.counts, at)
      if (Number(state) >= word) return
      if (Atomics.compareExchange(this.counts, at, state, BigInt(word)) === state) return
    }
  }

  /** Says that a place has something to be kept. */
  touch(place: number): void {
    const at = this.layout.changed + (place >>> 5)
    const bit = 1 << (place & 31)
    if ((Atomics.load(this.words, at) & bit) === 0) Atomics.or(this.words, at, bit)
  }

  /** Index of a place's Int32 word. */
  wordAt(place: number, word: number): number {
    return this.#firstWord + place * (PLACE.bytes / 4) + word
  }

  countAt(place: number, count: number): number {
    return this.#firstCount + place * (PLACE.bytes / 8) + count
  }

  word(place: number, word: number): number {
    return Atomics.load(this.words, this.wordAt(place, word))
  }

  dated(place: number, count: number): DatedCount {
    return datedCount(Number(Atomics.load(this.counts, this.countAt(place, count))))
  }

  #holds(place: number, digest: Int32Array, plan: number): boolean {
    const first = this.wordAt(place, PLACE.digest)
    for (let i = 0; i < DIGEST_WORDS; i++) {
      if (Atomics.load(this.words, first + i) !== digest[i]) return false
    }
    return this.word(place, PLACE.plan) === plan
  }

  /** Adds one to a count that is not there yet; an older day's starts over, a newer one's goes on: clocks may be set back. */
  #increment(at: number, day: number, limit: number): boolean {
    for (;;) {
      const state = Atomics.load(this.counts, at)
      const known = Number(state)
      const word = known < day * COUNTS ? day * COUNTS : known
      if (word % COUNTS >= Math.min(limit, countMax)) return false
      if (Atomics.compareExchange(this.counts, at, state, BigInt(word + 1)) === state) return true
    }
  }
}

/** A word holds days since 1970 in its upper half: as a number it is exact, and its order is that of time. */
const COUNTS = 2 ** 32

function datedCount(word: number): DatedCount {
  return { day: Math.floor(word / COUNTS), count: word % COUNTS }
}

export function datedWord({ day, count }: DatedCount): bigint {
  return BigInt(day * COUNTS + count)
}

/** Where a search begins; plans of one key begin far from each other. */
export function firstCell(digest: Int32Array, plan: number): number {
  return ((digest[0] as number) + Math.imul(plan, 0x9e37_79b1)) >>> 0
}

import { steadyMs } from '#base/clock.ts'
import { countMax, type Counters, type Span, type TokenRate } from '#base/counters.ts'
import { flowOf, takeTokens } from './token-bucket.ts'

/** Buckets, and counts, that are kept. */
const KEPT_MAX = 65_536
/** So many of the oldest are looked at for one whose time is over, before one is forgotten that still counts. */
const LOOKED_AT = 16

interface Bucket {
  readonly flow: number
  full: number
}

interface Count {
  readonly endMs: number
  count: number
}

/** Counters of one process. */
export class MemoryCounters implements Counters {
  readonly #keptMax: number
  /** Times count from here: they are exact while they are small. */
  readonly #baseMs = steadyMs()
  /** By flow and key. */
  readonly #buckets = new Map<string, Bucket>()
  /** By start and key. */
  readonly #counts = new Map<string, Count>()

  constructor(keptMax: number = KEPT_MAX) {
    this.#keptMax = keptMax
  }

  take(key: string, rate: TokenRate, tokens: number, nowMs: number): number {
    const flow = flowOf(rate.perSecond)
    const name = `${flow} ${key}`
    const elapsedMs = nowMs - this.#baseMs
    let bucket = this.#buckets.get(name)
    if (bucket === undefined) {
      bucket = { flow, full: -Infinity }
      keep(this.#buckets, name, bucket, this.#keptMax, (each) => each.full <= elapsedMs * each.flow)
    }
    const { full, waitMs } = takeTokens(bucket.full, flow, rate.burst, tokens, elapsedMs * flow)
    if (full !== undefined) bucket.full = full
    return waitMs
  }

  add(key: string, amount: number, { startMs, endMs }: Span, nowMs: number): number {
    const name = `${startMs} ${key}`
    let kept = this.#counts.get(name)
    if (kept === undefined) {
      if (amount === 0) return 0
      kept = { endMs, count: 0 }
      keep(this.#counts, name, kept, this.#keptMax, (each) => each.endMs <= nowMs)
    }
    kept.count = Math.min(kept.count + amount, countMax)
    return kept.count
  }
}

/** Adds to a map that has bounds: of the oldest, one goes that is over, or else the very oldest. */
function keep<T>(
  map: Map<string, T>,
  key: string,
  value: T,
  max: number,
  isOver: (value: T) => boolean,
): void {
  if (map.size >= max) {
    let looked = 0
    let goes: string | undefined
    for (const [name, each] of map) {
      goes ??= name
      if (isOver(each)) goes = name
      if (isOver(each) || ++looked === LOOKED_AT) break
    }
    if (goes !== undefined) map.delete(goes)
  }
  map.set(key, value)
}

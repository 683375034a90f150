import type { TokenRate } from '#base/counters.ts'
import { flowOf } from '../token-bucket.ts'
import type { RedisLimits } from './limits.ts'

/** One who waits for the server's answer. */
export interface Waiter {
  readonly tokens: number
  readonly rate: TokenRate
  readonly nowMs: number
  readonly resolve: (waitMs: number) => void
  readonly reject: (error: Error) => void
}

/** What the server refused, and until when that is known to hold. */
interface Refusal {
  readonly tokens: number
  readonly burst: number
  readonly fromMs: number
  readonly readyMs: number
  /** Others may give tokens back: it is asked again then. */
  readonly untilMs: number
}

/** What a process knows of one bucket: tokens that it has taken ahead, or that there are none. */
export class BucketLease {
  readonly key: string
  /** Name of its key in Redis. */
  readonly name: string
  readonly perSecond: number
  readonly flow: number
  /** Taken of the bucket and not used. */
  tokens = 0
  /** How many to take ahead next time. */
  ahead = 0
  readonly waiting: Waiter[] = []
  isAsking = false
  #grantedMs = 0
  #refusal: Refusal | undefined

  constructor(key: string, perSecond: number) {
    this.key = key
    this.perSecond = perSecond
    this.flow = flowOf(perSecond)
    const digest = new Bun.CryptoHasher('sha256').update(`${this.flow} ${key}`).digest('base64url')
    this.name = `gh:b:${digest.slice(0, 22)}`
  }

  /** Whether tokens that were not used are to be given back. Also when the clock was set back. */
  isOver(nowMs: number, { leaseMs }: RedisLimits): boolean {
    return nowMs >= this.#grantedMs + leaseMs || nowMs < this.#grantedMs
  }

  /** 0: used; milliseconds: the server refused that lately; undefined: the server must be asked. */
  use(tokens: number, { burst }: TokenRate, nowMs: number): number | undefined {
    if (this.tokens >= tokens && this.waiting.length === 0) {
      this.tokens -= tokens
      return 0
    }
    const refusal = this.#refusal
    if (refusal === undefined || refusal.tokens !== tokens || refusal.burst !== burst) return undefined
    return nowMs >= refusal.fromMs && nowMs < refusal.untilMs ? Math.ceil(refusal.readyMs - nowMs) : undefined
  }

  /** @param most to hold ahead */
  granted(tokens: number, nowMs: number, most: number, { leaseMs }: RedisLimits): void {
    // Used up within its time: twice as many are wanted next.
    const isHot = nowMs - this.#grantedMs < leaseMs
    this.ahead = Math.min(most, isHot ? Math.max(1, this.ahead * 2) : this.ahead >> 1)
    this.tokens += tokens
    this.#grantedMs = nowMs
  }

  refused({ tokens, rate }: Waiter, waitMs: number, nowMs: number, { leaseMs }: RedisLimits): void {
    const readyMs = nowMs + waitMs
    const untilMs = Math.min(readyMs, nowMs + leaseMs)
    this.#refusal = { tokens, burst: rate.burst, fromMs: nowMs, readyMs, untilMs }
  }
}

/**
 * Tokens that a process may hold of a bucket without having used them. Over all processes, in any span of time:
 * admitted ≤ rate × time + burst + processes × this.
 */
export function aheadMax({ perSecond, burst }: TokenRate, limits: RedisLimits): number {
  const { leaseTokensMax, leaseShare, leaseMs } = limits
  return Math.floor(Math.min(leaseTokensMax, burst / leaseShare, (perSecond * leaseMs) / 1000))
}

import type { TokenRate } from '#base/counters.ts'
import { CAPACITY_MAX, flowOf, TOKEN } from '../token-bucket.ts'
import type { RedisLimits } from './limits.ts'
import { stateKey } from './state-key.ts'

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
  /** A server that forgets has full buckets: it is asked again then. */
  readonly untilMs: number
}

/** What the server is told and asked of a bucket. */
export interface BucketQuestion {
  /** Millionths of a token that it holds. */
  readonly capacity: number
  /** Let in without asking, and not told yet; below 0 given back. */
  readonly owed: number
  /** By those who wait. */
  readonly needed: number
}

/**
 * What a process knows of one bucket, and lets in without asking: its credit. It is given with each answer, no more than
 * `aheadMax` and than the bucket had then, and what was let in on it is told afterwards. Until an answer gives new credit,
 * what is owed and what is left of the old one are together no more than it was. So what all processes let in beyond
 * what the bucket has is at most `aheadMax` of each: who has told its share of that has no credit, until there is
 * something in the bucket again.
 */
export class BucketLease {
  readonly key: string
  /** Name of its key in Redis. */
  readonly name: string
  readonly perSecond: number
  readonly flow: number
  readonly waiting: Waiter[] = []
  /** Whether it is among those that ask next, or asks. */
  isAsking = false
  readonly #limits: RedisLimits
  #burst = -1
  #most = 0
  #credit = 0
  #owed = 0
  #refusal: Refusal | undefined

  constructor(key: string, perSecond: number, limits: RedisLimits) {
    this.key = key
    this.perSecond = perSecond
    this.flow = flowOf(perSecond)
    this.#limits = limits
    const digest = new Bun.CryptoHasher('sha256').update(`${this.flow} ${key}`).digest('base64url')
    this.name = stateKey('bucket', digest.slice(0, 22))
  }

  get owes(): boolean {
    return this.#owed !== 0
  }

  /** Whether so much is owed that it is to be told before long. */
  get isDue(): boolean {
    return this.#owed * 4 >= this.#most
  }

  /** 0: let in; milliseconds: the server refused that lately; undefined: the server must be asked. */
  use(tokens: number, rate: TokenRate, nowMs: number): number | undefined {
    if (rate.burst !== this.#burst) this.#setBurst(rate)
    if (this.#credit >= tokens && this.waiting.length === 0) {
      this.#credit -= tokens
      this.#owed += tokens
      return 0
    }
    const refusal = this.#refusal
    if (refusal === undefined || refusal.tokens !== tokens || refusal.burst !== rate.burst) return undefined
    return nowMs >= refusal.fromMs && nowMs < refusal.untilMs ? Math.ceil(refusal.readyMs - nowMs) : undefined
  }

  /** What is owed counts as told from now on. */
  ask(): BucketQuestion {
    const owed = this.#owed
    this.#owed = 0
    const needed = this.waiting.reduce((sum, { tokens }) => sum + tokens, 0)
    return { capacity: this.#capacity, owed, needed }
  }

  /**
   * Gives those who wait what there is, in their order.
   * @param lack what the bucket lacks now, in millionths of a token
   * @returns whether somebody waits still, who came after the question was put
   */
  answered(granted: number, lack: number, nowMs: number): boolean {
    const capacity = this.#capacity
    const left = Math.floor((capacity - lack) / TOKEN)
    this.#credit = Math.max(0, Math.min(this.#most, left) - Math.max(0, this.#owed))
    for (const waiter of this.waiting.splice(0)) {
      const { tokens, rate, resolve } = waiter
      if (granted >= tokens) {
        granted -= tokens
        resolve(0)
      } else if (this.#credit >= tokens) {
        this.#credit -= tokens
        this.#owed += tokens
        resolve(0)
      } else {
        const late = lack + (tokens - granted) * TOKEN - Math.min(rate.burst * TOKEN, CAPACITY_MAX)
        if (late > 0) resolve(this.#refused(tokens, rate, Math.ceil(late / this.flow), nowMs))
        else this.waiting.push(waiter)
      }
    }
    this.#owed -= granted
    return this.waiting.length > 0
  }

  get #capacity(): number {
    return Math.min(this.#burst * TOKEN, CAPACITY_MAX)
  }

  #setBurst(rate: TokenRate): void {
    this.#burst = rate.burst
    this.#most = aheadMax(rate, this.#limits)
    this.#credit = Math.min(this.#credit, Math.max(0, this.#most - Math.max(0, this.#owed)))
  }

  #refused(tokens: number, { burst }: TokenRate, waitMs: number, nowMs: number): number {
    const readyMs = nowMs + waitMs
    const untilMs = Math.min(readyMs, nowMs + this.#limits.leaseMs)
    this.#refusal = { tokens, burst, fromMs: nowMs, readyMs, untilMs }
    return waitMs
  }
}

/**
 * Tokens of a bucket that a process may let in before it tells. Over all processes, in any span of time:
 * admitted ≤ rate × time + burst + processes × this.
 */
export function aheadMax({ perSecond, burst }: TokenRate, limits: RedisLimits): number {
  const { leaseTokensMax, leaseShare, leaseMs } = limits
  return Math.floor(Math.min(leaseTokensMax, burst / leaseShare, (perSecond * leaseMs) / 1000))
}

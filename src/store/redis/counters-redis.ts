import { steadyMs } from '#base/clock.ts'
import type { Counters, Span, TokenRate } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { CAPACITY_MAX, TOKEN } from '../token-bucket.ts'
import { aheadMax, BucketLease, type Waiter } from './bucket-lease.ts'
import { addScript, giveScript, takeScript } from './counter-scripts.ts'
import type { Answer, RedisClient } from './redis-client.ts'

/** What is done when Redis does not answer: limits are kept here, or nobody is let in whose limit is not known. */
export type StateFailure = 'fail-open' | 'fail-closed'

export interface RedisCountersOptions {
  readonly client: RedisClient
  readonly failure: StateFailure
  /** Counts while Redis is away, for this node. */
  readonly own: Counters
  /** Of a limit, a node keeps one part of so many while Redis is away. */
  readonly nodes: () => number
  /** Whose time buckets fill by: the server's; or the caller's, for tests. */
  readonly clock?: 'server' | 'caller' | undefined
}

/**
 * Counters of all nodes. Tokens are taken of a bucket in Redis, for all who ask within a turn at once, and some ahead for
 * those who come next: see `aheadMax` for what that makes inexact.
 */
export class RedisCounters implements Counters {
  readonly #options: RedisCountersOptions
  readonly #client: RedisClient
  readonly #leases = new Map<string, BucketLease>()
  /** Those that hold tokens. */
  readonly #holding = new Set<BucketLease>()
  readonly #timer: Timer

  constructor(options: RedisCountersOptions) {
    this.#options = options
    this.#client = options.client
    this.#timer = setInterval(() => this.#giveBackOver(steadyMs()), this.#client.limits.leaseMs)
  }

  take(key: string, rate: TokenRate, tokens: number, nowMs: number): number | Promise<number> {
    if (tokens > rate.burst) return Infinity
    const lease = this.#lease(key, rate)
    if (lease.tokens > 0 && lease.isOver(nowMs, this.#client.limits)) this.#giveBack(lease, nowMs)
    const waitMs = lease.use(tokens, rate, nowMs)
    if (waitMs === undefined) {
      if (!this.#client.isUp) return this.#without(key, rate, tokens, nowMs)
      return new Promise((resolve, reject) => {
        lease.waiting.push({ tokens, rate, nowMs, resolve, reject })
        this.#ask(lease, rate)
      })
    }
    // Before it runs out, so that nobody waits.
    if (waitMs === 0 && lease.ahead > 1 && lease.tokens <= lease.ahead >> 2) this.#ask(lease, rate, nowMs)
    return waitMs
  }

  add(key: string, amount: number, span: Span, nowMs: number): number | Promise<number> {
    if (!this.#client.isUp) return this.#addWithout(key, amount, span, nowMs)
    const digest = new Bun.CryptoHasher('sha256').update(`${span.startMs} ${key}`).digest('base64url')
    const keptMs = Math.max(1000, Math.ceil(span.endMs - nowMs))
    return this.#client
      .run(addScript, [`gh:n:${digest.slice(0, 22)}`], [amount, keptMs])
      .then(Number, () => this.#addWithout(key, amount, span, nowMs))
  }

  /** Gives everything back. */
  stop(): void {
    clearInterval(this.#timer)
    for (const lease of this.#holding) this.#giveBack(lease, steadyMs())
  }

  #lease(key: string, { perSecond }: TokenRate): BucketLease {
    const known = this.#leases.get(key)
    if (known !== undefined && known.perSecond === perSecond) return known
    if (known !== undefined) this.#forget(known)
    else if (this.#leases.size >= this.#client.limits.leasesMax) {
      const [oldest] = this.#leases.values()
      if (oldest !== undefined) this.#forget(oldest)
    }
    const lease = new BucketLease(key, perSecond)
    this.#leases.set(key, lease)
    return lease
  }

  #forget(lease: BucketLease): void {
    this.#leases.delete(lease.key)
    if (lease.tokens > 0) this.#giveBack(lease, steadyMs())
  }

  /** Asks for what those who wait need, and for tokens ahead. One question a bucket at a time. */
  #ask(lease: BucketLease, rate: TokenRate, askedMs?: number): void {
    if (lease.isAsking) return
    lease.isAsking = true
    // Those who come within this turn are asked for together.
    queueMicrotask(() => void this.#askNow(lease, rate, askedMs))
  }

  async #askNow(lease: BucketLease, rate: TokenRate, askedMs: number | undefined): Promise<void> {
    const { limits } = this.#client
    const isOfServer = this.#options.clock !== 'caller'
    const nowMs = lease.waiting.reduce((most, each) => Math.max(most, each.nowMs), askedMs ?? -Infinity)
    const asked = lease.waiting.reduce((sum, { tokens }) => sum + tokens, 0)
    const needed = Math.max(0, asked - lease.tokens)
    const most = aheadMax(rate, limits)
    const held = Math.max(0, lease.tokens - asked)
    const ahead = Math.max(0, Math.min(lease.ahead, most) - held)
    const capacity = Math.min(rate.burst * TOKEN, CAPACITY_MAX)
    let answer: Answer
    try {
      const values = [isOfServer ? '' : Math.floor(nowMs), lease.flow, capacity, needed, ahead]
      answer = await this.#client.run(takeScript, [lease.name], values)
    } catch {
      lease.isAsking = false
      for (const each of lease.waiting.splice(0)) this.#settleWithout(lease.key, each)
      return
    }
    lease.isAsking = false
    const [granted, lack] = answer as [number, Buffer]
    lease.granted(granted, nowMs, most, limits)
    this.#serve(lease, Number(lack), nowMs)
    if (lease.tokens > 0) this.#holding.add(lease)
    // Given up meanwhile, for another rate or for room.
    if (this.#leases.get(lease.key) !== lease && lease.waiting.length === 0) this.#giveBack(lease, nowMs)
  }

  /** Gives those who wait what there is, in their order. */
  #serve(lease: BucketLease, lack: number, nowMs: number): void {
    const waiting = lease.waiting.splice(0)
    for (const each of waiting) {
      if (lease.tokens >= each.tokens) {
        lease.tokens -= each.tokens
        each.resolve(0)
        continue
      }
      const capacity = Math.min(each.rate.burst * TOKEN, CAPACITY_MAX)
      const late = lack + (each.tokens - lease.tokens) * TOKEN - capacity
      if (late > 0) {
        const waitMs = Math.ceil(late / lease.flow)
        lease.refused(each, waitMs, nowMs, this.#client.limits)
        each.resolve(waitMs)
      } else {
        // Came after the question was put.
        lease.waiting.push(each)
        this.#ask(lease, each.rate)
      }
    }
  }

  #giveBackOver(nowMs: number): void {
    for (const lease of this.#holding) {
      if (lease.tokens === 0) this.#holding.delete(lease)
      else if (lease.isOver(nowMs, this.#client.limits)) this.#giveBack(lease, nowMs)
    }
  }

  #giveBack(lease: BucketLease, nowMs: number): void {
    const { tokens } = lease
    lease.tokens = 0
    this.#holding.delete(lease)
    if (tokens === 0 || !this.#client.isUp) return
    const time = this.#options.clock === 'caller' ? Math.floor(nowMs) : ''
    // What is not given back is lost: the bucket fills again.
    this.#client.run(giveScript, [lease.name], [time, lease.flow, tokens]).catch(() => {})
  }

  #without(
    key: string,
    { perSecond, burst }: TokenRate,
    tokens: number,
    nowMs: number,
  ): number | Promise<number> {
    const { failure, own } = this.#options
    if (failure === 'fail-closed')
      throw new StateUnavailable('rates and quotas cannot be asked: Redis does not answer')
    const nodes = this.#options.nodes()
    const share = { perSecond: perSecond / nodes, burst: Math.max(tokens, Math.floor(burst / nodes)) }
    return own.take(key, share, tokens, nowMs)
  }

  #addWithout(key: string, amount: number, span: Span, nowMs: number): number | Promise<number> {
    const { failure, own } = this.#options
    if (failure === 'fail-closed') throw new StateUnavailable('counts cannot be asked: Redis does not answer')
    return own.add(key, amount, span, nowMs)
  }

  #settleWithout(key: string, { rate, tokens, nowMs, resolve, reject }: Waiter): void {
    try {
      Promise.resolve(this.#without(key, rate, tokens, nowMs)).then(resolve, reject)
    } catch (error) {
      reject(error as Error)
    }
  }
}

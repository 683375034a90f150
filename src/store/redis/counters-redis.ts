import { steadyMs } from '#base/clock.ts'
import type { Counters, Span, TokenRate } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { BucketLease, type Waiter } from './bucket-lease.ts'
import { addScript, bucketScript } from './counter-scripts.ts'
import type { RedisClient } from './redis-client.ts'
import { ScriptBatch } from './script-batch.ts'
import { stateKey } from './state-key.ts'

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
 * Counters of all nodes. What a process lets in of a bucket it tells Redis afterwards, with what many others are told and
 * asked; where the bucket may be near its end, it asks first. See `aheadMax` for what that makes inexact.
 */
export class RedisCounters implements Counters {
  readonly #options: RedisCountersOptions
  readonly #client: RedisClient
  readonly #leases = new Map<string, BucketLease>()
  /** Those that owe little: told every `owingMs`. */
  readonly #owing = new Set<BucketLease>()
  readonly #batch: ScriptBatch<BucketLease>
  readonly #timer: Timer
  /** The latest that any caller told, for tests. */
  #callerMs = 0

  constructor(options: RedisCountersOptions) {
    this.#options = options
    this.#client = options.client
    this.#batch = new ScriptBatch({
      client: this.#client,
      script: bucketScript,
      ask: (lease) => this.#question(lease),
      answered: (lease, line) => this.#answered(lease, line),
      failed: (lease, wasSent) => this.#failed(lease, wasSent),
    })
    this.#timer = setInterval(() => this.#tell(), this.#client.limits.owingMs)
  }

  take(key: string, rate: TokenRate, tokens: number, nowMs: number): number | Promise<number> {
    if (tokens > rate.burst) return Infinity
    const lease = this.#lease(key, rate)
    const waitMs = lease.use(tokens, rate, nowMs)
    if (waitMs === undefined) {
      if (!this.#client.isUp) return this.#without(key, rate, tokens, nowMs)
      this.#callerMs = nowMs
      return new Promise((resolve, reject) => {
        lease.waiting.push({ tokens, rate, nowMs, resolve, reject })
        this.#batch.now(lease)
      })
    }
    if (waitMs === 0 && !lease.isAsking) {
      this.#callerMs = nowMs
      if (lease.isDue) this.#batch.soon(lease)
      else this.#owing.add(lease)
    }
    return waitMs
  }

  add(key: string, amount: number, span: Span, nowMs: number): number | Promise<number> {
    if (!this.#client.isUp) return this.#addWithout(key, amount, span, nowMs)
    const digest = new Bun.CryptoHasher('sha256').update(`${span.startMs} ${key}`).digest('base64url')
    const keptMs = Math.max(1000, Math.ceil(span.endMs - nowMs))
    return this.#client
      .run(addScript, [stateKey('count', digest.slice(0, 22))], [amount, keptMs])
      .then(Number, () => this.#addWithout(key, amount, span, nowMs))
  }

  /** Tells everything. */
  stop(): void {
    clearInterval(this.#timer)
    this.#tell()
    this.#batch.end()
  }

  #lease(key: string, { perSecond }: TokenRate): BucketLease {
    const known = this.#leases.get(key)
    if (known !== undefined && known.perSecond === perSecond) return known
    if (known !== undefined) this.#forget(known)
    else if (this.#leases.size >= this.#client.limits.leasesMax) {
      const [oldest] = this.#leases.values()
      if (oldest !== undefined) this.#forget(oldest)
    }
    const lease = new BucketLease(key, perSecond, this.#client.limits)
    this.#leases.set(key, lease)
    return lease
  }

  /** What it owes is told before a new one for the same bucket can ask: that one has no credit until then. */
  #forget(lease: BucketLease): void {
    this.#leases.delete(lease.key)
    if (lease.owes) this.#batch.soon(lease)
  }

  #tell(): void {
    if (!this.#client.isUp) return
    for (const lease of this.#owing) if (lease.owes) this.#batch.soon(lease)
    this.#owing.clear()
  }

  #question(lease: BucketLease): string {
    const { capacity, owed, needed } = lease.ask()
    const time = this.#options.clock === 'caller' ? Math.floor(this.#callerMs) : '-'
    return `${time} ${lease.flow} ${capacity} ${owed} ${needed}`
  }

  #answered(lease: BucketLease, line: string): void {
    const nowMs = this.#options.clock === 'caller' ? this.#callerMs : steadyMs()
    const space = line.indexOf(' ')
    if (lease.answered(Number(line.slice(0, space)), Number(line.slice(space + 1)), nowMs))
      this.#batch.now(lease)
    else if (lease.owes) this.#owing.add(lease)
  }

  #failed(lease: BucketLease, wasSent: boolean): void {
    if (!wasSent && lease.owes) this.#owing.add(lease)
    for (const each of lease.waiting.splice(0)) this.#settleWithout(lease.key, each)
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

import { StateUnavailable } from '#base/state-unavailable.ts'
import type { Turns } from '#base/turns.ts'
import type { StateFailure } from './counters-redis.ts'
import type { RedisClient } from './redis-client.ts'
import { ScriptBatch } from './script-batch.ts'
import { TurnLease, type TurnWaiter } from './turn-lease.ts'
import { turnScript } from './turn-script.ts'

export interface RedisTurnsOptions {
  readonly client: RedisClient
  readonly failure: StateFailure
  /** Of this node: they count what is under way while Redis is away. */
  readonly own: Turns
  /** Of a limit, a node keeps one part of so many while Redis is away. */
  readonly nodes: () => number
}

/**
 * Turns of all nodes. A process says in Redis how many it has, and uses those again without asking, until others want them
 * or it has had no use for them for `leaseMs`. They are its own for `turnLivesMs` after it said so last: those of one that is
 * killed, or cut off, are free then. In no instant do processes that reach Redis have more turns than the limit.
 */
export class RedisTurns implements Turns {
  readonly lookMs: number
  readonly #options: RedisTurnsOptions
  readonly #client: RedisClient
  readonly #process: string = crypto.randomUUID()
  readonly #leases = new Map<string, TurnLease>()
  readonly #batch: ScriptBatch<TurnLease>
  readonly #timer: Timer

  constructor(options: RedisTurnsOptions) {
    this.#options = options
    const { client } = options
    this.#client = client
    this.lookMs = client.limits.turnLookMs
    this.#batch = new ScriptBatch({
      client,
      script: turnScript,
      ask: (lease) => this.#question(lease),
      answered: (lease, line) => this.#answered(lease, line),
      failed: (lease) => this.#failed(lease),
    })
    this.#timer = setInterval(() => this.#sweep(), client.limits.leaseMs)
    client.onUp(() => {
      // One that is empty has to know them before others ask it.
      for (const lease of this.#leases.values()) this.#batch.soon(lease)
      this.#batch.flush()
    })
  }

  take(key: string, limit: number): boolean | Promise<boolean> {
    const lease = this.#lease(key)
    lease.limit = limit
    if (lease.used >= limit) return false
    if (!this.#client.isUp) return this.#takeWithout(lease, limit)
    const nowMs = performance.now()
    if (lease.hasFree(limit, nowMs)) return this.#begin(lease, Infinity)
    if (lease.isRefused(limit, nowMs)) return false
    return new Promise((resolve, reject) => {
      lease.waiting.push({ limit, resolve, reject })
      this.#batch.now(lease)
    })
  }

  release(key: string): void {
    const lease = this.#leases.get(key)
    if (lease === undefined || lease.used === 0) return
    this.#options.own.release(key)
    lease.used--
    if (!lease.isWanted || lease.isAsking || !this.#client.isUp) return
    lease.keep()
    this.#batch.now(lease)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.giveBack()
  }

  /** Gives everything back that is not in use. */
  giveBack(): void {
    for (const lease of this.#leases.values()) {
      lease.peak = 0
      this.#batch.soon(lease)
    }
    this.#batch.end()
  }

  #lease(key: string): TurnLease {
    const known = this.#leases.get(key)
    if (known !== undefined) return known
    const lease = new TurnLease(key)
    this.#leases.set(key, lease)
    return lease
  }

  #begin(lease: TurnLease, limit: number): boolean {
    if (!this.#options.own.take(lease.key, limit)) return false
    lease.used++
    lease.isBusy = true
    lease.peak = Math.max(lease.peak, lease.used)
    return true
  }

  #question(lease: TurnLease): string {
    const { turnLivesMs, turnLookMs } = this.#client.limits
    lease.asking = lease.waiting
    lease.waiting = []
    lease.askedMs = performance.now()
    const held = lease.keep()
    // Who waits looks again before it is forgotten.
    const wantsMs = 4 * turnLookMs
    return `${this.#process} ${held} ${lease.asking.length} ${lease.limit} ${turnLivesMs} ${wantsMs}`
  }

  #answered(lease: TurnLease, line: string): void {
    const { tellMs, turnLivesMs } = this.#client.limits
    const [granted, isWanted] = line.split(' ')
    lease.held += Number(granted)
    lease.isWanted = isWanted === '1'
    lease.freshUntilMs = lease.askedMs + turnLivesMs
    const nowMs = performance.now()
    for (const { limit, resolve } of lease.asking.splice(0)) {
      const isTaken = lease.hasFree(limit, nowMs) && this.#begin(lease, Infinity)
      if (!isTaken) lease.refused(limit, nowMs + tellMs)
      resolve(isTaken)
    }
    if (lease.waiting.length > 0 || (lease.isWanted && lease.held > lease.used)) this.#batch.now(lease)
  }

  #failed(lease: TurnLease): void {
    for (const each of [...lease.asking.splice(0), ...lease.waiting.splice(0)])
      this.#settleWithout(lease, each)
  }

  /** Says again what is ours before it is not, gives back what is not used, and forgets what nobody asks for. */
  #sweep(): void {
    const { turnLivesMs } = this.#client.limits
    const nowMs = performance.now()
    for (const lease of this.#leases.values()) {
      if (lease.isAsking) continue
      if (lease.used === 0 && lease.held === 0) this.#leases.delete(lease.key)
      else if (this.#client.isUp) {
        const isIdle = lease.held > lease.used
        // One that is busy hears so whether others want some.
        if (isIdle || lease.isBusy || nowMs > lease.askedMs + turnLivesMs / 4) this.#batch.soon(lease)
      }
      lease.peak = lease.used
      lease.isBusy = false
    }
  }

  #takeWithout(lease: TurnLease, limit: number): boolean {
    const { failure, nodes } = this.#options
    if (failure === 'fail-closed') throw new StateUnavailable('turns cannot be asked: Redis does not answer')
    return this.#begin(lease, Math.max(1, Math.floor(limit / nodes())))
  }

  #settleWithout(lease: TurnLease, { limit, resolve, reject }: TurnWaiter): void {
    try {
      resolve(this.#takeWithout(lease, limit))
    } catch (error) {
      reject(error as Error)
    }
  }
}

import { steadyMs } from '#base/clock.ts'
import type { TokenRate } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import type { PeriodQuota, UsageKeys } from '#base/usage-keys.ts'
import { dayMs } from '#model/quota-period.ts'
import { PLACE } from '../usage-layout.ts'
import type { UsageTable } from '../usage-table.ts'
import type { RedisCounters, StateFailure } from './counters-redis.ts'
import { QuotaLease, type QuotaWaiter } from './quota-lease.ts'
import { markScript, quotaScript } from './quota-script.ts'
import type { RedisClient } from './redis-client.ts'
import { ScriptBatch } from './script-batch.ts'
import { stateName } from './state-key.ts'

export interface RedisUsageKeysOptions {
  readonly client: RedisClient
  readonly counters: RedisCounters
  /** The keys of this node, and what was used of them on it. */
  readonly table: UsageTable
  /** What a plan is called on all nodes, by its number on this one. */
  readonly planId: (plan: number) => string | undefined
  readonly failure: StateFailure
  /** Among how many processes of all nodes what is left of a quota is divided while Redis is away. */
  readonly processes: () => number
}

/** Which Redis it is: one that forgot has another. */
const MARK_KEY = stateName('mark')
/** Requests that a key holds ahead at least, which was asked for again before they would be given back. */
const AHEAD_MIN = 4

/**
 * Keys of usage plans, found on this node, whose rates and quotas all nodes share. Of a quota nobody gets more than it
 * grants; a process that is killed takes with it what it was granted ahead: `leaseTokensMax` requests, or one of
 * `leaseShare` of what was left, if that is less. While Redis is away, a process lets in its part of what was left when
 * it last asked: more than there is by no more than others have used since. What was used of days each node counts.
 */
export class RedisUsageKeys implements UsageKeys {
  readonly #options: RedisUsageKeysOptions
  readonly #client: RedisClient
  /** By place. */
  readonly #leases = new Map<number, QuotaLease>()
  readonly #holding = new Set<QuotaLease>()
  /** Those that let in without Redis, and have not told it. */
  readonly #owing = new Set<QuotaLease>()
  #mark: string | undefined
  readonly #batch: ScriptBatch<QuotaLease>
  readonly #timer: Timer
  /** What eras are called that begin with a question of this process. */
  readonly #eras: string = crypto.randomUUID().slice(0, 13)
  #erasBegun = 0

  constructor(options: RedisUsageKeysOptions) {
    this.#options = options
    this.#client = options.client
    this.#batch = new ScriptBatch({
      client: this.#client,
      script: quotaScript,
      ask: (lease) => this.#question(lease),
      answered: (lease, line) => this.#answered(lease, line),
      failed: (lease) => this.#failed(lease),
    })
    this.#timer = setInterval(() => this.#giveBackIdle(), this.#client.limits.quotaLeaseMs)
    const checkMark = (): void => {
      // That it went away again is told by its being there again.
      this.#checkMark().catch(() => {})
    }
    if (this.#client.isUp) checkMark()
    this.#client.onUp(() => {
      for (const lease of this.#owing) this.#ask(lease, Date.now())
      // Before others ask for what was let in here.
      this.#batch.flush()
      checkMark()
    })
  }

  find(digest: Uint8Array, plan: number): number | undefined {
    return this.#options.table.find(digest, plan)
  }

  keyId(place: number): string {
    return this.#options.table.keyId(place)
  }

  take(place: number, rate: TokenRate, nowMs: number): boolean | Promise<boolean> {
    const key = `plan ${this.#planOf(place)} ${this.keyId(place)}`
    const waitMs = this.#options.counters.take(key, rate, 1, nowMs)
    return typeof waitMs === 'number' ? waitMs === 0 : waitMs.then((ms) => ms === 0)
  }

  count(place: number, quota: PeriodQuota | undefined, nowMs: number): boolean | Promise<boolean> {
    const { table } = this.#options
    if (quota === undefined) return table.count(place, undefined, nowMs)
    const lease = this.#lease(place, quota)
    const limit = table.limitOf(place, quota)
    lease.usedMs = steadyMs()
    if (lease.limit !== limit) {
      this.#giveBack(lease)
      lease.limit = limit
    }
    if (lease.tokens > 0) {
      lease.tokens--
      if (lease.ahead > 1 && lease.tokens <= lease.ahead >> 2) this.#ask(lease, nowMs)
      return table.count(place, undefined, nowMs)
    }
    if (lease.isRefused(limit, lease.usedMs, this.#client.limits.leaseMs)) return false
    if (!this.#client.isUp) return this.#countWithout(lease, nowMs)
    return new Promise((resolve, reject) => {
      lease.waiting.push({ resolve, reject })
      this.#ask(lease, nowMs)
    })
  }

  /** Gives everything back. */
  stop(): void {
    clearInterval(this.#timer)
    for (const lease of this.#holding) this.#giveBack(lease)
    this.#batch.end()
  }

  /** A Redis that has forgotten everything is told at once: others may ask it for the same keys. */
  async #checkMark(): Promise<void> {
    const found = await this.#client.run(markScript, [MARK_KEY], [crypto.randomUUID()])
    const mark = (found as Buffer).toString()
    const before = this.#mark
    this.#mark = mark
    if (before === undefined || before === mark) return
    const nowMs = Date.now()
    for (const lease of this.#leases.values()) {
      if (lease.era === '' || lease.isAsking || lease.period.endMs <= nowMs) continue
      lease.ahead = 0
      this.#ask(lease, nowMs)
    }
    this.#batch.flush()
  }

  #planOf(place: number): string {
    const { table, planId } = this.#options
    return planId(table.word(place, PLACE.plan)) ?? ''
  }

  #lease(place: number, { period }: PeriodQuota): QuotaLease {
    const known = this.#leases.get(place)
    const plan = this.#planOf(place)
    const keyId = this.keyId(place)
    const isSame = known?.period.startMs === period.startMs && known.period.endMs === period.endMs
    if (isSame && known.plan === plan && known.keyId === keyId) return known
    if (known !== undefined) this.#giveBack(known)
    else if (this.#leases.size >= this.#client.limits.leasesMax) {
      const [oldest] = this.#leases.values()
      if (oldest !== undefined) {
        this.#giveBack(oldest)
        this.#leases.delete(oldest.place)
      }
    }
    const lease = new QuotaLease(plan, keyId, place, period)
    this.#leases.set(place, lease)
    return lease
  }

  /** Asks for those who wait, and ahead. One question a key at a time. */
  #ask(lease: QuotaLease, nowMs: number): void {
    lease.askedMs = nowMs
    if (lease.waiting.length > 0) this.#batch.now(lease)
    else this.#batch.soon(lease)
  }

  #question(lease: QuotaLease): string {
    const { leaseTokensMax, leaseShare } = this.#client.limits
    const { period, era, limit, owed, back, waiting, askedMs } = lease
    const known = era === '' ? this.#options.table.periodCount(lease.place, period) : lease.known
    const ahead = Math.max(0, Math.min(lease.ahead, leaseTokensMax) - lease.tokens)
    lease.asking = waiting
    lease.waiting = []
    lease.told = owed
    lease.back = 0
    const newEra = `${this.#eras}.${++this.#erasBegun}`
    // Some of the next one: clocks differ.
    const keptMs = Math.ceil(Math.max(period.endMs - askedMs, 0) + dayMs)
    const counts = `${period.startMs / dayMs} ${limit} ${waiting.length} ${ahead} ${leaseShare}`
    return `${counts} ${era === '' ? '-' : era} ${known} ${owed - back} ${newEra} ${keptMs}`
  }

  #answered(lease: QuotaLease, line: string): void {
    const [granted = '', count = '', era = ''] = line.split(' ')
    const { asking, askedMs: nowMs } = lease
    lease.asking = []
    if (granted !== '0') this.#granted(lease, Number(granted))
    // Of another era nothing that is held can be given back: it is used up.
    lease.era = era
    lease.known = Number(count)
    lease.owed -= lease.told
    if (lease.owed === 0) this.#owing.delete(lease)
    lease.allowance = undefined
    this.#options.table.know(lease.place, lease.period, lease.known)
    for (const each of asking) this.#settle(lease, nowMs, each)
    if (lease.tokens > 0) this.#holding.add(lease)
    if (lease.waiting.length > 0 || lease.back > 0) this.#ask(lease, nowMs)
    else if (this.#leases.get(lease.place) !== lease) this.#giveBack(lease)
  }

  #failed(lease: QuotaLease): void {
    for (const each of [...lease.asking.splice(0), ...lease.waiting.splice(0)])
      this.#settleWithout(lease, each)
  }

  #granted(lease: QuotaLease, granted: number): void {
    const nowMs = steadyMs()
    const { quotaLeaseMs, leaseTokensMax } = this.#client.limits
    const isHot = nowMs - lease.grantedMs < quotaLeaseMs
    lease.ahead = Math.min(leaseTokensMax, isHot ? Math.max(AHEAD_MIN, lease.ahead * 2) : lease.ahead >> 1)
    lease.grantedMs = nowMs
    lease.tokens += granted
  }

  #settle(lease: QuotaLease, nowMs: number, { resolve }: QuotaWaiter): void {
    if (lease.tokens > 0) {
      lease.tokens--
      resolve(this.#options.table.count(lease.place, undefined, nowMs))
      return
    }
    lease.refusedFromMs = steadyMs()
    lease.refusedLimit = lease.limit
    resolve(false)
  }

  /** What nobody has used for a while others may need. */
  #giveBackIdle(): void {
    const nowMs = steadyMs()
    for (const lease of this.#holding) {
      if (lease.tokens === 0) this.#holding.delete(lease)
      else if (nowMs - lease.usedMs >= this.#client.limits.quotaLeaseMs) this.#giveBack(lease)
    }
  }

  #giveBack(lease: QuotaLease): void {
    if (lease.tokens === 0 || !this.#client.isUp) return
    lease.back += lease.tokens
    lease.tokens = 0
    lease.ahead = 0
    this.#holding.delete(lease)
    this.#ask(lease, lease.askedMs)
  }

  #countWithout(lease: QuotaLease, nowMs: number): boolean {
    const { limit } = lease
    const { table, failure, processes } = this.#options
    if (failure === 'fail-closed') throw new StateUnavailable('quotas cannot be asked: Redis does not answer')
    const count = table.periodCount(lease.place, lease.period)
    lease.allowance ??= Math.floor(Math.max(0, limit - Math.max(lease.known, count)) / processes())
    if (lease.allowance <= 0) return false
    const isCounted = table.count(lease.place, { limit, period: lease.period }, nowMs)
    if (!isCounted) return false
    lease.allowance--
    lease.owed++
    this.#owing.add(lease)
    lease.known = Math.max(lease.known, count) + 1
    return true
  }

  #settleWithout(lease: QuotaLease, { resolve, reject }: QuotaWaiter): void {
    try {
      resolve(this.#countWithout(lease, lease.askedMs))
    } catch (error) {
      reject(error as Error)
    }
  }
}

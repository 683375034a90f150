import type { Span } from '#base/counters.ts'
import { dayMs } from '#model/quota-period.ts'
import { stateKey } from './state-key.ts'

/** One who waits for the server's answer. */
export interface QuotaWaiter {
  readonly resolve: (isCounted: boolean) => void
  readonly reject: (error: Error) => void
}

/** What a process knows of the requests of one key in one period. */
export class QuotaLease {
  /** Name of its key in Redis. */
  readonly name: string
  readonly plan: string
  readonly keyId: string
  readonly place: number
  readonly period: Span
  /** Granted and not used. */
  tokens = 0
  /** Of which limit they are. */
  limit = -1
  /** How many to be granted ahead next time. */
  ahead = 0
  /** '' until the server has told: then what is known is known of the database. */
  era = ''
  /** What all nodes have used, as the server told it last, and what was let in here while it was away. */
  known = 0
  /** Let in here while the server was away, and not told it. */
  owed = 0
  /** Granted, not used, and to be given back. */
  back = 0
  /** What of both is being told. */
  told = 0
  /** How many more may be let in while it is away; undefined while it is there. */
  allowance: number | undefined
  /** Until when a refusal is known to hold, of which limit. */
  refusedFromMs: number = Infinity
  refusedLimit = -1
  /** By the steady clock. */
  usedMs = 0
  grantedMs = 0
  /** By the clock of periods. */
  askedMs = 0
  waiting: QuotaWaiter[] = []
  /** Of `waiting`, those for whom the server is being asked. */
  asking: QuotaWaiter[] = []
  /** Whether it is among those that ask next, or asks. */
  isAsking = false

  constructor(plan: string, keyId: string, place: number, period: Span) {
    this.plan = plan
    this.keyId = keyId
    this.place = place
    this.period = period
    // A quota that becomes one of months in the middle of a day is another one.
    const days = Math.round((period.endMs - period.startMs) / dayMs)
    this.name = stateKey('quota', `${plan} ${keyId} ${days}`)
  }

  isRefused(limit: number, nowMs: number, forMs: number): boolean {
    return limit === this.refusedLimit && nowMs >= this.refusedFromMs && nowMs < this.refusedFromMs + forMs
  }
}

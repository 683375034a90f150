import type { CircuitBreakerSettings } from '#languages/traffic/settings.ts'

const PARTS = 10

/** Leave to send one request; what becomes of it is told to the breaker once. */
export interface Permit {
  readonly isProbe: boolean
  /** How often the breaker had changed: what was under way before a change says nothing after it. */
  readonly change: number
}

/** What has just happened to a breaker. */
export type BreakerChange =
  | { readonly to: 'open'; readonly forMs: number; readonly reason: string }
  | { readonly to: 'closed' }

/**
 * Keeps requests from a backend that fails: closed, open, half-open (M. Nygard, "Release It!"). It opens on failures in
 * a row or on their share within a window; after its time it lets probes through, and closes once all have succeeded.
 */
export class CircuitBreaker {
  #state: 'closed' | 'open' | 'half-open' = 'closed'
  #change = 0
  #failuresInRow = 0
  /** Times in a row that it opened. */
  #openings = 0
  #openUntilMs = 0
  #reason = ''
  #probesSent = 0
  #probesPassed = 0
  readonly #requests = new Uint32Array(PARTS)
  readonly #failures = new Uint32Array(PARTS)
  #part = 0

  get state(): 'closed' | 'open' | 'half-open' {
    return this.#state
  }

  /** Why it is open. */
  get reason(): string {
    return this.#reason
  }

  /** @returns undefined: nothing may be sent, for `leftMs` more at least */
  admit({ probes }: CircuitBreakerSettings, nowMs: number): Permit | undefined {
    if (this.#state === 'open' && nowMs >= this.#openUntilMs) {
      this.#state = 'half-open'
      this.#change++
      this.#probesSent = 0
      this.#probesPassed = 0
    }
    if (this.#state === 'closed') return { isProbe: false, change: this.#change }
    if (this.#state === 'open' || this.#probesSent >= probes) return undefined
    this.#probesSent++
    return { isProbe: true, change: this.#change }
  }

  /** 0 while probes are under way. */
  leftMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#openUntilMs - nowMs))
  }

  succeeded(permit: Permit, settings: CircuitBreakerSettings, nowMs: number): BreakerChange | undefined {
    if (permit.change !== this.#change) return undefined
    if (!permit.isProbe) {
      this.#failuresInRow = 0
      this.#requests[this.#at(settings, nowMs)]! += 1
      return undefined
    }
    this.#probesPassed++
    if (this.#probesPassed < settings.probes) return undefined
    this.#state = 'closed'
    this.#change++
    this.#openings = 0
    this.#forget()
    return { to: 'closed' }
  }

  /** @param how `status 503`, `reset` */
  failed(
    permit: Permit,
    how: string,
    settings: CircuitBreakerSettings,
    nowMs: number,
  ): BreakerChange | undefined {
    if (permit.change !== this.#change) return undefined
    if (permit.isProbe) return this.#open(`a probe failed: ${how}`, settings, nowMs)
    const at = this.#at(settings, nowMs)
    this.#requests[at]! += 1
    this.#failures[at]! += 1
    this.#failuresInRow++
    if (this.#failuresInRow >= settings.failures) {
      return this.#open(`${this.#failuresInRow} failures in a row, the last: ${how}`, settings, nowMs)
    }
    const requests = sum(this.#requests)
    const percent = (sum(this.#failures) / requests) * 100
    if (requests < settings.requestsMin || percent < settings.failurePercent) return undefined
    return this.#open(
      `${Math.round(percent)} % of ${requests} requests failed, the last: ${how}`,
      settings,
      nowMs,
    )
  }

  /** Of a request of which nothing was learnt: a probe may be sent in its place. */
  unknown(permit: Permit): void {
    if (permit.isProbe && permit.change === this.#change) this.#probesSent--
  }

  #open(reason: string, { openMs, openMsMax }: CircuitBreakerSettings, nowMs: number): BreakerChange {
    const forMs = Math.min(openMs * 2 ** this.#openings, Math.max(openMs, openMsMax))
    this.#state = 'open'
    this.#change++
    this.#openings++
    this.#openUntilMs = nowMs + forMs
    this.#reason = reason
    this.#forget()
    return { to: 'open', forMs, reason }
  }

  #forget(): void {
    this.#failuresInRow = 0
    this.#requests.fill(0)
    this.#failures.fill(0)
  }

  /** The window is of ten parts: the oldest is forgotten as a new one begins. */
  #at({ windowMs }: CircuitBreakerSettings, nowMs: number): number {
    const part = Math.floor((nowMs / windowMs) * PARTS)
    const passed = Math.min(Math.abs(part - this.#part), PARTS)
    for (let i = 0; i < passed; i++) {
      const old = (((part - i) % PARTS) + PARTS) % PARTS
      this.#requests[old] = 0
      this.#failures[old] = 0
    }
    this.#part = part
    return part % PARTS
  }
}

function sum(parts: Uint32Array): number {
  let all = 0
  for (const part of parts) all += part
  return all
}

/** When active checks change what is thought of a target. */
export interface HealthThresholds {
  /** Checks in a row that must pass for a target to be used again. */
  readonly healthyThreshold: number
  /** Checks in a row that must fail for a target to be left out. */
  readonly unhealthyThreshold: number
}

/** What active checks say of a target. It is used until one says otherwise; the very first one decides at once. */
export class CheckedHealth {
  #healthy = true
  #known = false
  /** Results in a row that speak against what is thought. */
  #against = 0

  get healthy(): boolean {
    return this.#healthy
  }

  /** @returns true when it has changed */
  record(passed: boolean, { healthyThreshold, unhealthyThreshold }: HealthThresholds): boolean {
    const first = !this.#known
    this.#known = true
    if (passed === this.#healthy) {
      this.#against = 0
      return false
    }
    this.#against++
    const enough = passed ? healthyThreshold : unhealthyThreshold
    if (!first && this.#against < enough) return false
    this.#healthy = passed
    this.#against = 0
    return true
  }

  /** Nobody checks any more. @returns nothing: it is used again */
  forget(): void {
    this.#healthy = true
    this.#known = false
    this.#against = 0
  }
}

/** When requests that fail leave a target out for a while. */
export interface EjectionRules {
  /** Failures in a row. */
  readonly failures: number
  /** For how long the first time; twice as long each further time in a row, up to `ejectMsMax`. */
  readonly ejectMs: number
  readonly ejectMsMax: number
}

/** What the requests themselves say of a target. */
export class SeenHealth {
  #failures = 0
  #ejections = 0
  #ejectedUntilMs = -Infinity

  ejected(nowMs: number): boolean {
    return nowMs < this.#ejectedUntilMs
  }

  succeeded(): void {
    this.#failures = 0
    this.#ejections = 0
  }

  /** @returns for how long it is left out now; undefined: it is not, or was already */
  failed(nowMs: number, { failures, ejectMs, ejectMsMax }: EjectionRules): number | undefined {
    // What was under way when it was left out says nothing new.
    if (this.ejected(nowMs)) return undefined
    this.#failures++
    // Back from an absence, one failure is enough.
    if (this.#failures < failures && this.#ejections === 0) return undefined
    const forMs = Math.min(ejectMs * 2 ** this.#ejections, ejectMsMax)
    this.#failures = 0
    this.#ejections++
    this.#ejectedUntilMs = nowMs + forMs
    return forMs
  }

  forget(): void {
    this.#failures = 0
    this.#ejections = 0
    this.#ejectedUntilMs = -Infinity
  }
}

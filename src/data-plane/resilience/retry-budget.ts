import type { BudgetSettings } from '#languages/traffic/settings.ts'

const SPAN_MS = 10_000
const PART_MS = 1000
const PARTS = SPAN_MS / PART_MS

/**
 * How much may be sent beyond one request for each of a client's: a share of the requests of the last 10 s and so many
 * a second, as in Finagle's retry budgets. Without one, retries multiply the load of a backend that is failing of load.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(PARTS)
  readonly #extras = new Float64Array(PARTS)
  #part = 0

  /** A client's request begins. */
  requested(nowMs: number): void {
    this.#requests[this.#at(nowMs)]! += 1
  }

  /** Whether one more may be sent; it is counted then. */
  take({ percent, perSecondMin }: BudgetSettings, nowMs: number): boolean {
    const at = this.#at(nowMs)
    const allowed = (sum(this.#requests) * percent) / 100 + (perSecondMin * SPAN_MS) / 1000
    if (sum(this.#extras) + 1 > allowed) return false
    this.#extras[at]! += 1
    return true
  }

  /** The part of now; those that have become too old are empty again. */
  #at(nowMs: number): number {
    const part = Math.floor(nowMs / PART_MS)
    const passed = Math.min(part - this.#part, PARTS)
    for (let i = 0; i < passed; i++) {
      const old = (part - i) % PARTS
      this.#requests[old] = 0
      this.#extras[old] = 0
    }
    this.#part = Math.max(part, this.#part)
    return this.#part % PARTS
  }
}

function sum(parts: Float64Array): number {
  let all = 0
  for (const part of parts) all += part
  return all
}

import type { Exchange } from '#data-plane/exchange.ts'
import type { Step } from '#data-plane/plan.ts'

/** A part of a request's way whose time access logs may ask for. */
export type PhaseName = 'authorizer' | 'integration'

/** How it went. */
export interface Phase {
  readonly latencyMs: number
  /** What it threw. */
  readonly error: unknown
}

/** A step whose time is kept in `exchange.phases`. */
export function measured(name: PhaseName, step: Step): Step {
  return (exchange) => {
    const startedMs = exchange.services.clock.steadyMs()
    let pending: void | Promise<void>
    try {
      pending = step(exchange)
    } catch (error) {
      keep(exchange, name, startedMs, error)
      throw error
    }
    if (pending === undefined) return keep(exchange, name, startedMs, undefined)
    return pending.then(
      () => keep(exchange, name, startedMs, undefined),
      (error: unknown) => {
        keep(exchange, name, startedMs, error)
        throw error
      },
    )
  }
}

function keep(exchange: Exchange, name: PhaseName, startedMs: number, error: unknown): void {
  const latencyMs = exchange.services.clock.steadyMs() - startedMs
  exchange.phases = { ...exchange.phases, [name]: { latencyMs, error } }
}

import { hasStatus, type BudgetSettings, type HedgeSettings } from '#languages/traffic/settings.ts'
import { outcomeOf, type Call, type Outcome, type Policy, type Send } from './call.ts'
import { Cancellation } from './cancellation.ts'

/**
 * Sends a request a second time where the first takes long, and takes the first good answer; the other is cancelled
 * (J. Dean, L. A. Barroso, "The Tail at Scale"). Only methods that may be repeated, and only within the budget.
 */
export function hedge(settings: HedgeSettings, budget: BudgetSettings, attemptsMax: number): Policy {
  return (next) => (call) => {
    if (!call.repeatable || !settings.methods.includes(call.method)) return next(call)
    return race(settings, call, next, () => {
      const { state, route, ledger } = call
      if (ledger.attempts >= attemptsMax) return `${ledger.attempts} attempts were made`
      return state.budgets.of(route).take(budget, state.world.now()) ? undefined : 'the budget is used up'
    })
  }
}

/** @param refusal why there is no second request; undefined: there is one, and it is counted */
function race<A>(
  settings: HedgeSettings,
  call: Call<A>,
  next: Send<A>,
  refusal: () => string | undefined,
): Promise<A> {
  const { world } = call.state
  const times = call.state.times.of(call.route)
  const delayMs = Math.max(
    settings.delayMs,
    settings.percentile === undefined ? 0 : (times.percentile(settings.percentile) ?? 0),
  )
  return new Promise((resolve, reject) => {
    const legs: Cancellation[] = []
    let pending = 0
    let settled = false
    const run = (): void => {
      const cancellation = new Cancellation(call.cancellation)
      const startedMs = world.now()
      legs.push(cancellation)
      pending++
      void outcomeOf({ ...call, cancellation }, next).then(({ outcome, settle, discard }) => {
        pending--
        if (settled) return discard()
        if (typeof outcome === 'number') times.add(world.now() - startedMs)
        if (pending > 0 && isFailure(settings, outcome)) return discard()
        settled = true
        forget()
        for (const leg of legs) if (leg !== cancellation) leg.cancel()
        try {
          resolve(settle())
        } catch (error) {
          reject(error as Error)
        }
      })
    }
    const forget = world.after(delayMs, () => {
      if (settled || call.cancellation.cancelled) return
      const refused = refusal()
      const message = `no answer in ${Math.round(delayMs)} ms: ${refused ?? 'a second request is sent'}`
      call.told?.({ policy: 'hedge', message })
      if (refused === undefined) run()
    })
    run()
  })
}

function isFailure({ status }: HedgeSettings, outcome: Outcome): boolean {
  return typeof outcome === 'string' || hasStatus(status, outcome)
}

import { hasStatus, type BudgetSettings, type RetrySettings } from '#languages/traffic/settings.ts'
import { outcomeOf, outcomeText, type CallFacts, type Outcome, type Policy } from './call.ts'
import { Cancellation, Cancelled } from './cancellation.ts'

/**
 * Sends a request again that failed, where the failure, the method, the attempts, the deadline and the budget allow it.
 * Nothing of an answer has gone out by then: an answer that is to be replaced is thrown away unread.
 */
export function retry(settings: RetrySettings, budgetSettings: BudgetSettings): Policy {
  return (next) => async (call) => {
    const { state, ledger } = call
    const { world } = state
    const budget = state.budgets.of(call.route)
    ledger.attempts++
    for (let tries = 1; ; tries++) {
      const cancellation = new Cancellation(call.cancellation)
      const tryTimeoutMs = timeOf(settings, call, tries)
      const { outcome, settle, discard } = await outcomeOf({ ...call, cancellation, tryTimeoutMs }, next)
      if (!isRetried(settings, call, outcome) || call.cancellation.cancelled) return settle()
      const waitMs = world.random() * Math.min(settings.backoffMs * 2 ** (tries - 1), settings.backoffMsMax)
      const refusal = refusalOf(settings, call, waitMs)
      if (refusal !== undefined || !budget.take(budgetSettings, world.now())) {
        call.told?.({
          policy: 'retry',
          message: `${outcomeText(outcome)}: ${refusal ?? 'the budget is used up'}`,
        })
        return settle()
      }
      // Counted before the wait: a hedge's retries meet those of the first request.
      ledger.attempts++
      call.told?.({
        policy: 'retry',
        message: `${outcomeText(outcome)}: attempt ${ledger.attempts} of ${settings.attempts} in ${Math.round(waitMs)} ms`,
      })
      discard()
      await waited(call, waitMs)
      // What came is thrown away already.
      if (call.cancellation.cancelled) throw new Cancelled()
    }
  }
}

/** Later attempts have what is left of the time; the first has the transport's own bounds, too. */
function timeOf(
  { tryTimeoutMs }: RetrySettings,
  { deadlineMs, state }: CallFacts,
  tries: number,
): number | undefined {
  if (tries === 1) return tryTimeoutMs
  return Math.min(tryTimeoutMs ?? Infinity, Math.max(deadlineMs - state.world.now(), 1))
}

/** What may have been sent is sent again only where the method and the body allow it. */
function isRetried(
  { on, status, methods }: RetrySettings,
  { method, repeatable }: CallFacts,
  outcome: Outcome,
): boolean {
  if (outcome === 'connect') return on.includes(outcome)
  if (!repeatable || !methods.includes(method)) return false
  if (typeof outcome === 'number') return hasStatus(status, outcome)
  return outcome !== 'broken' && outcome !== 'ours' && on.includes(outcome)
}

function refusalOf(
  { attempts }: RetrySettings,
  { ledger, deadlineMs, state }: CallFacts,
  waitMs: number,
): string | undefined {
  if (ledger.attempts >= attempts) return `${ledger.attempts} attempts were made`
  if (state.world.now() + waitMs >= deadlineMs) return 'no time is left'
  return undefined
}

function waited({ state, cancellation }: CallFacts, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const forget = state.world.after(ms, resolve)
    cancellation.onCancel(() => {
      forget()
      resolve()
    })
  })
}

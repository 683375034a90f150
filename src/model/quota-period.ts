import type { Span } from '#base/counters.ts'
import type { PlanQuota } from './usage-plan.ts'

export const dayMs = 86_400_000

/** Days by which a period may be shifted (the wording of AWS's refusals names these bounds). */
export const offsetDaysMax: Readonly<Record<PlanQuota['period'], number>> = { DAY: 0, WEEK: 6, MONTH: 27 }

/**
 * The period of a quota that `nowMs` lies in, in UTC. Weeks begin on Sundays, months on the first; `offset` days
 * later than that where it is set (API reference, QuotaSettings).
 */
export function quotaPeriod({ period, offset }: Omit<PlanQuota, 'limit'>, nowMs: number): Span {
  const shifted = new Date(nowMs - offset * dayMs)
  const year = shifted.getUTCFullYear()
  const month = shifted.getUTCMonth()
  if (period === 'MONTH') {
    return { startMs: Date.UTC(year, month, 1 + offset), endMs: Date.UTC(year, month + 1, 1 + offset) }
  }
  const back = period === 'WEEK' ? shifted.getUTCDay() : 0
  const startMs = Date.UTC(year, month, shifted.getUTCDate() - back + offset)
  return { startMs, endMs: startMs + (period === 'WEEK' ? 7 : 1) * dayMs }
}

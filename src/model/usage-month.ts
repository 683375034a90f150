import { dayMs } from './quota-period.ts'

/** Requests that a key made on the days of a month, UTC: the first is of the first. Days at the end may be left out. */
export interface UsageMonth {
  readonly keyId: string
  readonly requests: readonly number[]
}

/** A month that a day is in, as `2026-11`, and which of its days it is, from 0. */
export function monthOf(day: number): { readonly month: string; readonly at: number } {
  const date = new Date(day * dayMs)
  return { month: date.toISOString().slice(0, 7), at: date.getUTCDate() - 1 }
}

/** Months come first, so that old ones are found together. */
export function usageMonthId(month: string, keyId: string): string {
  return `${month}/${keyId}`
}

import { dayMs } from './quota-period.ts'

/**
 * What keys used of a plan in a month, those whose ids fall into one block: a count a day, UTC, from the first on. Days
 * at the end may be left out.
 */
export type UsageBlock = Readonly<Record<string, readonly number[]>>

/** What keys have used since it was written down before: to be added to their blocks, together with others like it. */
export interface UsageNote {
  /** Days since 1970. */
  readonly day: number
  /** By the plan's id: keys, and how many requests each has made, in the same order. */
  readonly plans: Readonly<
    Record<string, { readonly keyIds: readonly string[]; readonly counts: readonly number[] }>
  >
}

/** A month that a day is in, as `2026-11`, and which of its days it is, from 0. */
export function monthOf(day: number): { readonly month: string; readonly at: number } {
  const date = new Date(day * dayMs)
  return { month: date.toISOString().slice(0, 7), at: date.getUTCDate() - 1 }
}

/** So few that all can be written anew in a second, so many that each is small where a plan has 1,000,000 keys. */
const BLOCK_BITS = 13
const BUCKET_BITS = 8
export const USAGE_BUCKETS: number = 2 ** BUCKET_BITS

/** Which block a key is in: FNV-1a of its id. */
export function usageBlockOf(keyId: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < keyId.length; i++) hash = Math.imul(hash ^ keyId.charCodeAt(i), 0x0100_0193)
  return hash >>> (32 - BLOCK_BITS)
}

/** Which bucket of notes a block belongs to. */
export function usageBucketOf(block: number): number {
  return block >> (BLOCK_BITS - BUCKET_BITS)
}

/** Months come first, so that old ones are found together. */
export function usageBlockId(month: string, block: number): string {
  return `${month}/${block.toString(16).padStart(4, '0')}`
}

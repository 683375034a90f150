import { quotaTable } from '#model/quotas.ts'
import type { Config } from '../config.ts'
import { defaultUsageLimits } from './limits.ts'

/** Keys in plans that there is room for: memory is used for those that there are. */
export function usagePlacesMax({ quotas }: Config): number {
  const keys = quotas.apiKeys ?? quotaTable.apiKeys.most
  return 2 ** Math.ceil(Math.log2(Math.max(defaultUsageLimits.usageKeysMin, 2 * keys)))
}

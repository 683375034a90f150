import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { quotaTable } from '#model/quotas.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import type { Config } from '../config.ts'
import { createPrivateFolder } from '../workers/private-folder.ts'
import { defaultUsageLimits } from './limits.ts'

/** Keys in plans that there is room for: memory is used for those that there are. */
export function usagePlacesMax({ quotas }: Config): number {
  const keys = quotas.apiKeys ?? quotaTable.apiKeys.most
  return 2 ** Math.ceil(Math.log2(Math.max(defaultUsageLimits.usageKeysMin, 2 * keys)))
}

/** For one process alone: its memory has no name. */
export async function openUsageTable(config: Config): Promise<UsageTableWriter> {
  const folder = await createPrivateFolder()
  try {
    return new UsageTableWriter(join(folder, 'usage'), usagePlacesMax(config))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

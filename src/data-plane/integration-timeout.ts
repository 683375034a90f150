import { integrationTimeoutMsDefault } from '#model/quotas.ts'
import type { Integration } from '#model/rest-api.ts'
import type { DataPlaneLimits } from './limits.ts'

export interface IntegrationTimeout {
  /** Of a whole answer, or of a streamed one from its request to its end; may be Infinity. */
  readonly timeoutMs: number
  /** What the owner asked for, where it is more than there is. */
  readonly cutFromMs?: number | undefined
}

/** How long an integration may take. */
export function integrationTimeout(
  { timeoutInMillis, responseTransferMode }: Integration,
  limits: DataPlaneLimits,
): IntegrationTimeout {
  const mostMs = responseTransferMode === 'STREAM' ? limits.streamMsMax : limits.integrationTimeoutMsMax
  const askedMs =
    timeoutInMillis === integrationTimeoutMsDefault ? limits.integrationTimeoutMsDefault : timeoutInMillis
  return askedMs <= mostMs ? { timeoutMs: askedMs } : { timeoutMs: mostMs, cutFromMs: timeoutInMillis }
}

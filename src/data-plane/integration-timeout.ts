import { integrationTimeoutMsDefault } from '#model/quotas.ts'
import type { Integration } from '#model/rest-api.ts'
import type { DataPlaneLimits } from './limits.ts'

export interface IntegrationTimeout {
  /** Of a whole answer, or of a streamed one from its request to its end; may be Infinity. */
  readonly timeoutMs: number
  /** What the owner asked for, where it is more than there is. */
  readonly cutFromMs?: number | undefined
}

/** Whether an integration's answers go on as they come, in bounds of their own: proxy integrations can (developer guide). */
export function streamsAnswers({ type, responseTransferMode }: Integration): boolean {
  return responseTransferMode === 'STREAM' && (type === 'HTTP_PROXY' || type === 'AWS_PROXY')
}

/** How long an integration may take. */
export function integrationTimeout(integration: Integration, limits: DataPlaneLimits): IntegrationTimeout {
  const { timeoutInMillis } = integration
  const mostMs = streamsAnswers(integration) ? limits.streamMsMax : limits.integrationTimeoutMsMax
  const askedMs =
    timeoutInMillis === integrationTimeoutMsDefault ? limits.integrationTimeoutMsDefault : timeoutInMillis
  return askedMs <= mostMs ? { timeoutMs: askedMs } : { timeoutMs: mostMs, cutFromMs: timeoutInMillis }
}

import type { ApiStage } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Stage } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { restApisOf, topLevelOf, within, type Place } from './keys.ts'

/** Every stage of every API of an account and region: for what must not end while a stage uses it. */
export async function stagesOfAccount(
  tx: Transaction,
  place: Place,
): Promise<readonly { readonly restApiId: string; readonly stage: Stage }[]> {
  const found: { restApiId: string; stage: Stage }[] = []
  for (const { id: restApiId } of await tx.list(records.restApi, restApisOf(place))) {
    for (const { value: stage } of await tx.list(records.stage, within(place, restApiId))) {
      found.push({ restApiId, stage })
    }
  }
  return found
}

/** The same of HTTP and WebSocket APIs. */
export async function routedStagesOfAccount(
  tx: Transaction,
  place: Place,
): Promise<readonly { readonly apiId: string; readonly stage: ApiStage }[]> {
  const found: { apiId: string; stage: ApiStage }[] = []
  for (const { id: apiId } of await tx.list(records.api, topLevelOf(place))) {
    for (const { value: stage } of await tx.list(records.apiStage, within(place, apiId))) {
      found.push({ apiId, stage })
    }
  }
  return found
}

import { records } from '#model/records.ts'
import type { Stage } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { restApisOf, within, type Place } from './keys.ts'

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

import type { Api, ApiStage } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { topLevelKey, within, type Place } from '../apigateway/keys.ts'

/** Every kind of record that lives below an API: what deleting it deletes. */
const childKinds = [
  records.route,
  records.apiIntegration,
  records.apiAuthorizer,
  records.apiModel,
  records.apiDeployment,
  records.apiSnapshot,
  records.apiStage,
  records.cacheFlush,
] as const

export function deleteApiRecord(tx: Transaction, place: Place, apiId: string): void {
  for (const kind of childKinds) tx.deleteAll(kind, within(place, apiId))
  tx.delete(records.api, topLevelKey(place, apiId))
}

/** The stage that quick create adds: it follows every change. */
export function managedStage(api: Api): ApiStage {
  return {
    stageName: '$default',
    autoDeploy: true,
    defaultRouteSettings: { detailedMetricsEnabled: false },
    routeSettings: {},
    createdDate: api.createdDate,
    lastUpdatedDate: api.createdDate,
    apiGatewayManaged: true,
  }
}

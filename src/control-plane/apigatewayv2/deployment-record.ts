import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import type { Api, ApiDeployment, ProtocolType } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { childKey, type Place } from '../apigateway/keys.ts'
import { takeRoutedSnapshot } from '../take-snapshot.ts'
import { findOfApi, type FindOfApi } from './find.ts'
import { capitalized } from './wire-names.ts'

export const findDeployment: FindOfApi<ApiDeployment> = findOfApi(records.apiDeployment, 'Deployment')

/** AWS's words for an API that has nothing to deploy: hashicorp/terraform users and aws/serverless-application-model 2512. */
const noRoutes: Readonly<Record<ProtocolType, string>> = {
  HTTP: 'Unable to deploy API because no routes exist in this API',
  WEBSOCKET: 'At least one route is required before deploying the Api.',
}

/**
 * Freezes what an API is now.
 * @returns why it cannot be deployed, in which case nothing is written; undefined when it is
 */
export async function takeDeployment(
  tx: Transaction,
  place: Place,
  api: Api,
  deployment: ApiDeployment,
): Promise<string | undefined> {
  const { account, region } = place
  const { deploymentId } = deployment
  const snapshot = await takeRoutedSnapshot(tx, { account, region, api, deploymentId })
  if (snapshot.routes.length === 0) return noRoutes[api.protocolType]
  const key = childKey(place, api.apiId, deploymentId)
  tx.create(records.apiDeployment, key, deployment)
  tx.create(records.apiSnapshot, key, snapshot)
  return undefined
}

export function deleteDeployment(tx: Transaction, place: Place, apiId: string, deploymentId: string): void {
  const key = childKey(place, apiId, deploymentId)
  tx.delete(records.apiDeployment, key)
  tx.delete(records.apiSnapshot, key)
}

/** A deployment as clients see it: it is there at once. */
export function deploymentOutput(
  deployment: ApiDeployment,
): ApiGatewayV2Operations['GetDeployment']['output'] {
  return { ...capitalized(deployment), DeploymentStatus: 'DEPLOYED' }
}

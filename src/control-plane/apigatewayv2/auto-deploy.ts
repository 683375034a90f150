import type { Clock } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { takeRoutedSnapshot } from '../take-snapshot.ts'
import { findApi } from './find.ts'

/**
 * Deploys an API to its stages that ask for every change: the last thing that a transaction does which changes what an
 * API is. Does nothing for an API without such stages.
 */
export async function autoDeploy(tx: Transaction, clock: Clock, place: Place, apiId: string): Promise<void> {
  const stages = await tx.list(records.apiStage, within(place, apiId))
  const following = stages.filter(({ value }) => value.autoDeploy)
  if (following.length === 0) return
  const createdDate = clock.now()
  const deploymentId = newId(6)
  const key = childKey(place, apiId, deploymentId)
  const { account, region } = place
  const api = await findApi(tx, place, apiId)
  tx.create(records.apiSnapshot, key, await takeRoutedSnapshot(tx, { account, region, api, deploymentId }))
  tx.create(records.apiDeployment, key, {
    deploymentId,
    createdDate,
    autoDeployed: true,
    description: 'Automatic deployment triggered by changes to the Api configuration',
  })
  for (const { id, value } of following) {
    tx.write(records.apiStage, childKey(place, apiId, id), {
      ...value,
      deploymentId,
      lastUpdatedDate: createdDate,
      lastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${deploymentId}'`,
    })
  }
}

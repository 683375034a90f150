import type { Clock } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import type { ApiStage } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { deleteDeployment, takeDeployment } from './deployment-record.ts'
import { findApi } from './find.ts'

/** Newest automatic deployments that an API keeps though no stage has them: for a stage to go back to. */
export const spareDeploymentsMax = 10

/**
 * Deploys an API to its stages that ask for every change: the last thing that a transaction does which changes what an
 * API is. Does nothing for an API without such stages.
 */
export async function autoDeploy(tx: Transaction, clock: Clock, place: Place, apiId: string): Promise<void> {
  const stages = await tx.list(records.apiStage, within(place, apiId))
  const following = stages.map(({ value }) => value).filter((stage) => stage.autoDeploy)
  await deployTo(tx, clock, place, apiId, following)
}

/**
 * One deployment for all of `stages`. Where there is nothing to deploy they keep what they have and say so, as on AWS:
 * the change that led here is no error.
 */
export async function deployTo(
  tx: Transaction,
  clock: Clock,
  place: Place,
  apiId: string,
  stages: readonly ApiStage[],
): Promise<void> {
  if (stages.length === 0) return
  const now = clock.now()
  const deploymentId = newId(6)
  const fault = await takeDeployment(tx, place, await findApi(tx, place, apiId), {
    deploymentId,
    createdDate: now,
    autoDeployed: true,
    description: 'Automatic deployment triggered by changes to the Api configuration',
  })
  const deployed =
    fault === undefined
      ? { deploymentId, lastDeploymentStatusMessage: successMessage(deploymentId) }
      : { lastDeploymentStatusMessage: `Deployment attempt failed: ${fault}` }
  for (const stage of stages) {
    tx.write(records.apiStage, childKey(place, apiId, stage.stageName), {
      ...stage,
      ...deployed,
      lastUpdatedDate: now,
    })
  }
  await forgetSpares(tx, place, apiId)
}

function successMessage(deploymentId: string): string {
  return `Successfully deployed stage with deployment ID '${deploymentId}'`
}

/** Each change of an API would leave a copy of it behind. */
async function forgetSpares(tx: Transaction, place: Place, apiId: string): Promise<void> {
  const stages = await tx.list(records.apiStage, within(place, apiId))
  const used = new Set(stages.map(({ value }) => value.deploymentId))
  const deployments = await tx.list(records.apiDeployment, within(place, apiId))
  const spare = deployments
    .map(({ value }) => value)
    .filter(({ autoDeployed, deploymentId }) => autoDeployed && !used.has(deploymentId))
    .toSorted((one, other) => other.createdDate - one.createdDate)
  for (const { deploymentId } of spare.slice(spareDeploymentsMax)) {
    deleteDeployment(tx, place, apiId, deploymentId)
  }
}

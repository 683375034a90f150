import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ApiDeployment } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { badRequest } from '../apigateway/errors.ts'
import { childKey, within } from '../apigateway/keys.ts'
import { deleteDeployment, deploymentOutput, findDeployment, takeDeployment } from './deployment-record.ts'
import type { Environment } from './environment.ts'
import { findApi } from './find.ts'
import { givenText, merged } from './merge.ts'
import { listItems } from './paging.ts'
import { findStage, movedStage } from './stage-record.ts'
import { checkText } from './checks.ts'

type Operations = ApiGatewayV2Operations

const descriptionCharactersMax = 1024

export function deployments({ store, clock }: Environment): Handlers<Operations> {
  return {
    /** Deployment, snapshot and stage are one transaction. The stage has to be there: version 1 would make it. */
    async CreateDeployment({ ApiId, StageName, Description }, call) {
      checkText('description', Description, descriptionCharactersMax)
      const deployment: ApiDeployment = {
        deploymentId: newId(6),
        description: givenText(Description),
        createdDate: clock.now(),
        autoDeployed: false,
      }
      const stageName = givenText(StageName)
      await store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const stage = stageName === undefined ? undefined : await findStage(tx, call, ApiId, stageName)
        const fault = await takeDeployment(tx, call, api, deployment)
        if (fault !== undefined) throw badRequest(fault)
        if (stage === undefined) return
        const moved = movedStage(stage, deployment.deploymentId)
        tx.write(records.apiStage, childKey(call, ApiId, stage.stageName), {
          ...moved,
          lastUpdatedDate: deployment.createdDate,
        })
      })
      return deploymentOutput(deployment)
    },

    async GetDeployments({ ApiId, ...page }, call) {
      await findApi(store, call, ApiId)
      return listItems(store, records.apiDeployment, within(call, ApiId), page, deploymentOutput)
    },

    async GetDeployment({ ApiId, DeploymentId }, call) {
      return deploymentOutput(await findDeployment(store, call, ApiId, DeploymentId))
    },

    async UpdateDeployment({ ApiId, DeploymentId, Description }, call) {
      checkText('description', Description, descriptionCharactersMax)
      return store.transact(async (tx) => {
        const known = await findDeployment(tx, call, ApiId, DeploymentId)
        const updated = merged(known, { description: Description })
        tx.write(records.apiDeployment, childKey(call, ApiId, DeploymentId), updated)
        return deploymentOutput(updated)
      })
    },

    async DeleteDeployment({ ApiId, DeploymentId }, call) {
      await store.transact(async (tx) => {
        await findDeployment(tx, call, ApiId, DeploymentId)
        const stages = await tx.list(records.apiStage, within(call, ApiId))
        if (stages.some(({ value }) => value.deploymentId === DeploymentId)) {
          throw badRequest('Active stages pointing to this deployment must be moved or deleted')
        }
        deleteDeployment(tx, call, ApiId, DeploymentId)
      })
      return {}
    },
  }
}

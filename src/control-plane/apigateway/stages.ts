import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { cacheFlushId } from '#model/cache-flush.ts'
import { records } from '#model/records.ts'
import { checkUnmapped } from './base-path-mappings.ts'
import { newCanary } from './canary-settings.ts'
import { findDocumentationVersion } from './documentation-versions.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findRestApi, findStage, type Reader } from './find.ts'
import { topLevelKey, childKey, within, type Place } from './keys.ts'
import { needRolesOfStage } from './passed-roles.ts'
import { applyPatch, patchText } from './patch.ts'
import { forgetPlanStages } from './plan-membership.ts'
import { checkRoom } from './quota.ts'
import { patchableStage } from './stage-patch.ts'
import { checkStageName, checkStageVariables, newStage, stageOutput } from './stage-record.ts'

type Operations = ApiGatewayOperations

export function stages({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateStage(input, call) {
      checkStageName(input.stageName)
      checkStageVariables(input.variables)
      const stage = await store.transact(async (tx) => {
        await findRestApi(tx, call, input.restApiId)
        await checkDeployment(tx, call, input.restApiId, input.deploymentId)
        const documentationVersion = patchText(input.documentationVersion)
        await checkDocumentation(tx, call, input.restApiId, documentationVersion)
        const canarySettings = input.canarySettings && newCanary(input.canarySettings, input.deploymentId)
        if (canarySettings !== undefined) {
          await checkDeployment(tx, call, input.restApiId, canarySettings.deploymentId)
        }
        const key = childKey(call, input.restApiId, input.stageName)
        if ((await tx.read(records.stage, key)) !== undefined) throw conflict('Stage already exists')
        await checkRoom(tx, quotas, 'stagesPerApi', records.stage, within(call, input.restApiId))
        const created = newStage(input.stageName, input.deploymentId, clock.now(), {
          ...input,
          description: patchText(input.description),
          documentationVersion,
          canarySettings,
        })
        await needRolesOfStage(tx, call, input.restApiId, created)
        tx.create(records.stage, key, created)
        return created
      })
      return stageOutput(stage)
    },

    /** Every stage at once: this operation alone has no pages. */
    async GetStages({ restApiId, deploymentId }, call) {
      await findRestApi(store, call, restApiId)
      const found = (await store.list(records.stage, within(call, restApiId))).map(({ value }) => value)
      const item = found.filter((stage) => deploymentId === undefined || stage.deploymentId === deploymentId)
      return { item: item.map(stageOutput) }
    },

    async GetStage({ restApiId, stageName }, call) {
      return stageOutput(await findStage(store, call, restApiId, stageName))
    },

    async UpdateStage({ restApiId, stageName, patchOperations }, call) {
      const stage = await store.transact(async (tx) => {
        const found = await findStage(tx, call, restApiId, stageName)
        const patched = applyPatch(patchableStage, found, patchOperations)
        checkStageVariables(patched.variables)
        checkStageVariables(patched.canarySettings?.stageVariableOverrides)
        for (const id of new Set([patched.deploymentId, patched.canarySettings?.deploymentId])) {
          if (id === undefined || id === found.deploymentId || id === found.canarySettings?.deploymentId)
            continue
          await checkDeployment(tx, call, restApiId, id)
        }
        if (patched.documentationVersion !== found.documentationVersion) {
          await checkDocumentation(tx, call, restApiId, patched.documentationVersion)
        }
        if (patched.clientCertificateId !== found.clientCertificateId) {
          await checkClientCertificate(tx, call, patched.clientCertificateId)
        }
        const updated = { ...patched, lastUpdatedDate: clock.now() }
        await needRolesOfStage(tx, call, restApiId, updated, found)
        tx.write(records.stage, childKey(call, restApiId, stageName), updated)
        return updated
      })
      return stageOutput(stage)
    },

    async DeleteStage({ restApiId, stageName }, call) {
      await store.transact(async (tx) => {
        await findStage(tx, call, restApiId, stageName)
        await checkUnmapped(tx, call, restApiId, stageName)
        await forgetPlanStages(tx, call, restApiId, stageName)
        tx.delete(records.stage, childKey(call, restApiId, stageName))
        for (const cache of ['responses', 'authorizers'] as const) {
          tx.delete(records.cacheFlush, childKey(call, restApiId, cacheFlushId(stageName, cache)))
        }
      })
      return {}
    },
  }
}

async function checkClientCertificate(reader: Reader, place: Place, id: string | undefined): Promise<void> {
  if (
    id !== undefined &&
    (await reader.read(records.clientCertificate, topLevelKey(place, id))) === undefined
  ) {
    throw badRequest('Client certificate id does not exist')
  }
}

async function checkDeployment(
  reader: Reader,
  place: Place,
  restApiId: string,
  deploymentId: string,
): Promise<void> {
  if ((await reader.read(records.deployment, childKey(place, restApiId, deploymentId))) === undefined) {
    throw badRequest('Deployment id does not exist')
  }
}

async function checkDocumentation(
  reader: Reader,
  place: Place,
  restApiId: string,
  version: string | undefined,
): Promise<void> {
  if (version !== undefined) await findDocumentationVersion(reader, place, restApiId, version)
}

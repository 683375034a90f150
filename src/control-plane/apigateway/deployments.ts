import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Deployment, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { takeSnapshot } from '../take-snapshot.ts'
import { newCanary } from './canary-settings.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findDeployment, findRestApi } from './find.ts'
import { childKey, within } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { needRolesOfStage } from './passed-roles.ts'
import { applyPatch, patchText, plainDialect, type PatchTable } from './patch.ts'
import { checkRoom } from './quota.ts'
import { checkStageName, checkStageVariables, newStage } from './stage-record.ts'

type Operations = ApiGatewayOperations

export function deployments({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    /** Deployment, snapshot and stage are one transaction: a stage never points at half a deployment. */
    async CreateDeployment(input, call) {
      // Terraform sends empty texts and maps for what it does not set.
      const stageName = patchText(input.stageName)
      if (stageName !== undefined) checkStageName(stageName)
      else if (input.canarySettings !== undefined) {
        throw badRequest(
          `Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is ${input.stageName ?? null}`,
        )
      }
      checkStageVariables(input.variables)
      return store.transact(async (tx) => {
        const api = await findRestApi(tx, call, input.restApiId)
        const deployment: Deployment = {
          id: newId(6),
          description: patchText(input.description),
          createdDate: clock.now(),
        }
        const snapshot = await takeSnapshot(tx, {
          account: call.account,
          region: call.region,
          api,
          deploymentId: deployment.id,
        })
        checkDeployable(snapshot)
        tx.create(records.deployment, childKey(call, api.id, deployment.id), deployment)
        tx.create(records.snapshot, childKey(call, api.id, deployment.id), snapshot)
        if (stageName !== undefined) {
          const key = childKey(call, api.id, stageName)
          const known = (await tx.read(records.stage, key))?.value
          if (known === undefined) {
            await checkRoom(tx, quotas, 'stagesPerApi', records.stage, within(call, api.id))
          }
          const stage = deployedStage(known, stageName, deployment, input)
          await needRolesOfStage(tx, call, api.id, stage, known)
          tx.write(records.stage, key, stage)
        }
        return deployment
      })
    },

    async GetDeployments(input, call) {
      const request = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const { page, position } = await listPage(
        store,
        records.deployment,
        within(call, input.restApiId),
        request,
      )
      return { items: page, position }
    },

    async GetDeployment({ restApiId, deploymentId, embed }, call) {
      const deployment = await findDeployment(store, call, restApiId, deploymentId)
      if (!embed?.includes('apisummary')) return deployment
      const snapshot = await store.read(records.snapshot, childKey(call, restApiId, deploymentId))
      return { ...deployment, apiSummary: snapshot && apiSummary(snapshot.value) }
    },

    async UpdateDeployment({ restApiId, deploymentId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const deployment = await findDeployment(tx, call, restApiId, deploymentId)
        const updated = applyPatch(patchable, deployment, patchOperations)
        tx.write(records.deployment, childKey(call, restApiId, deploymentId), updated)
        return updated
      })
    },

    async DeleteDeployment({ restApiId, deploymentId }, call) {
      await store.transact(async (tx) => {
        await findDeployment(tx, call, restApiId, deploymentId)
        const stages = await tx.list(records.stage, within(call, restApiId))
        const isServed = ({ value }: { readonly value: Stage }) =>
          value.deploymentId === deploymentId || value.canarySettings?.deploymentId === deploymentId
        if (stages.some(isServed)) {
          throw badRequest('Active stages pointing to this deployment must be moved or deleted')
        }
        const key = childKey(call, restApiId, deploymentId)
        tx.delete(records.deployment, key)
        tx.delete(records.snapshot, key)
      })
      return {}
    },
  }
}

/** @throws BadRequestException for what cannot be served at all */
function checkDeployable({ api, resources }: RestApiSnapshot): void {
  const methods = resources.flatMap((resource) => Object.values(resource.methods))
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods")
  if (methods.some(({ integration }) => integration === undefined)) {
    throw badRequest('No integration defined for method')
  }
  // Seen on AWS: hashicorp/terraform-provider-aws#14290.
  if (api.endpointConfiguration.types.includes('PRIVATE') && !api.policy?.trim()) {
    throw badRequest("Private REST API doesn't have a resource policy attached to it")
  }
}

/** The stage that a deployment creates or moves, or whose canary it becomes. @throws BadRequestException */
function deployedStage(
  known: Stage | undefined,
  stageName: string,
  deployment: Deployment,
  input: Operations['CreateDeployment']['input'],
): Stage {
  const { canarySettings } = input
  if (canarySettings === undefined) {
    if (known?.canarySettings !== undefined) {
      // Developer guide, "Canary release deployment in API Gateway".
      throw badRequest(
        `Stage ${stageName} has a canary: promote it or delete it before making a deployment that is no canary release`,
      )
    }
    return movedStage(known, stageName, deployment, input)
  }
  if (known === undefined) {
    throw badRequest(
      `Invalid deployment content specified.Stage ${stageName} must already be created before making a canary release deployment`,
    )
  }
  return {
    ...known,
    canarySettings: newCanary(canarySettings, deployment.id),
    lastUpdatedDate: deployment.createdDate,
  }
}

/** Variables that a deployment names are set, others stay. */
function movedStage(
  known: Stage | undefined,
  stageName: string,
  deployment: Deployment,
  input: Operations['CreateDeployment']['input'],
): Stage {
  const given = {
    description: patchText(input.stageDescription),
    cacheClusterEnabled: input.cacheClusterEnabled,
    cacheClusterSize: input.cacheClusterSize,
    tracingEnabled: input.tracingEnabled,
  }
  const hasVariables = Object.keys(input.variables ?? {}).length > 0
  const variables = hasVariables ? { ...known?.variables, ...input.variables } : known?.variables
  checkStageVariables(variables)
  if (known === undefined) {
    return newStage(stageName, deployment.id, deployment.createdDate, { ...given, variables })
  }
  return {
    ...known,
    deploymentId: deployment.id,
    description: given.description ?? known.description,
    cacheClusterEnabled: given.cacheClusterEnabled ?? known.cacheClusterEnabled,
    cacheClusterSize: given.cacheClusterSize ?? known.cacheClusterSize,
    tracingEnabled: given.tracingEnabled ?? known.tracingEnabled,
    variables,
    lastUpdatedDate: deployment.createdDate,
  }
}

/** Path → method → how it is guarded. */
function apiSummary({ resources }: RestApiSnapshot): Operations['GetDeployment']['output']['apiSummary'] {
  return Object.fromEntries(
    resources
      .filter(({ methods }) => Object.keys(methods).length > 0)
      .map(({ path, methods }) => [
        path,
        Object.fromEntries(
          Object.values(methods).map(({ httpMethod, authorizationType, apiKeyRequired }) => [
            httpMethod,
            { authorizationType, apiKeyRequired },
          ]),
        ),
      ]),
  )
}

const patchable: PatchTable<Deployment> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/description',
      ops: ['replace'],
      apply: (deployment, { value }) => ({ ...deployment, description: patchText(value) }),
    },
  ],
}

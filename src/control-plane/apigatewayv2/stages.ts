import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { cacheFlushId } from '#model/cache-flush.ts'
import type { ApiStage } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict, notFound } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { childKey, topLevelKey, within, type Place } from '../apigateway/keys.ts'
import { forgetPlanStages } from '../apigateway/plan-membership.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import { checkUnmapped } from './api-mapping-check.ts'
import { deployTo } from './auto-deploy.ts'
import type { Environment } from './environment.ts'
import { findApi } from './find.ts'
import { listItems } from './paging.ts'
import { changedStage, findStage, newStage, stageOutput, type StageChanges } from './stage-record.ts'

type Operations = ApiGatewayV2Operations

export function stages({ store, clock, quotas }: Environment): Handlers<Operations> {
  /** Writes what `change` makes of a stage. @throws NotFoundException */
  const change = (
    { ApiId, StageName }: { readonly ApiId: string; readonly StageName: string },
    call: Call,
    changed: (stage: ApiStage) => ApiStage,
  ) =>
    store.transact(async (tx) => {
      const stage = changed(await findStage(tx, call, ApiId, StageName))
      tx.write(records.apiStage, childKey(call, ApiId, StageName), { ...stage, lastUpdatedDate: clock.now() })
    })
  /** Writes a stage, deployed where it begins to follow its API. */
  const write = async (tx: Transaction, call: Call, apiId: string, stage: ApiStage, before?: ApiStage) => {
    const key = childKey(call, apiId, stage.stageName)
    tx.write(records.apiStage, key, stage)
    if (stage.autoDeploy && before?.autoDeploy !== true) await deployTo(tx, clock, call, apiId, [stage])
    return stageOutput((await tx.read(records.apiStage, key))?.value ?? stage)
  }
  return {
    async CreateStage({ ApiId, StageName, Tags, ...input }, call) {
      const tags = checkedTagsOf(Tags)
      return store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const stage = changedStage(api, newStage(api, StageName, clock.now()), input)
        await checkReferences(tx, call, ApiId, input)
        if ((await tx.read(records.apiStage, childKey(call, ApiId, StageName))) !== undefined) {
          throw conflict('Stage already exists')
        }
        await checkRoom(tx, quotas, 'stagesPerApi', records.apiStage, within(call, ApiId))
        return write(tx, call, ApiId, { ...stage, tags })
      })
    },

    async GetStages({ ApiId, ...page }, call) {
      await findApi(store, call, ApiId)
      return listItems(store, records.apiStage, within(call, ApiId), page, stageOutput)
    },

    async GetStage({ ApiId, StageName }, call) {
      return stageOutput(await findStage(store, call, ApiId, StageName))
    },

    async UpdateStage({ ApiId, StageName, ...input }, call) {
      return store.transact(async (tx) => {
        const known = await findStage(tx, call, ApiId, StageName)
        const stage = changedStage(await findApi(tx, call, ApiId), known, input)
        await checkReferences(tx, call, ApiId, input)
        return write(tx, call, ApiId, { ...stage, lastUpdatedDate: clock.now() }, known)
      })
    },

    async DeleteStage({ ApiId, StageName }, call) {
      await store.transact(async (tx) => {
        await findStage(tx, call, ApiId, StageName)
        await checkUnmapped(tx, call, ApiId, StageName)
        await forgetPlanStages(tx, call, ApiId, StageName)
        tx.delete(records.apiStage, childKey(call, ApiId, StageName))
        tx.delete(records.cacheFlush, childKey(call, ApiId, cacheFlushId(StageName, 'authorizers')))
      })
      return {}
    },

    async DeleteRouteSettings({ RouteKey, ...id }, call) {
      await change(id, call, (stage) => {
        if (own(stage.routeSettings, RouteKey) === undefined) {
          throw notFound(`Unable to find Route by key ${RouteKey} within the provided RouteSettings`)
        }
        const { [RouteKey]: _, ...routeSettings } = stage.routeSettings
        return { ...stage, routeSettings }
      })
      return {}
    },

    async DeleteAccessLogSettings(id, call) {
      await change(id, call, (stage) => ({ ...stage, accessLogSettings: undefined }))
      return {}
    },

    /** Emptying a cache is a record: the change feed tells it to whoever keeps such a cache. */
    async ResetAuthorizersCache({ ApiId, StageName }, call) {
      await store.transact(async (tx) => {
        await findStage(tx, call, ApiId, StageName)
        tx.write(records.cacheFlush, childKey(call, ApiId, cacheFlushId(StageName, 'authorizers')), {
          stageName: StageName,
          cache: 'authorizers',
          flushedDate: clock.now(),
        })
      })
      return {}
    },
  }
}

/** Deployment, routes and certificate that a call names are there. @throws BadRequestException, NotFoundException */
async function checkReferences(
  tx: Transaction,
  place: Place,
  apiId: string,
  { DeploymentId, RouteSettings, ClientCertificateId }: StageChanges,
): Promise<void> {
  if (
    DeploymentId &&
    (await tx.read(records.apiDeployment, childKey(place, apiId, DeploymentId))) === undefined
  ) {
    throw badRequest(`Invalid Deployment identifier specified ${DeploymentId}`)
  }
  const named = Object.keys(RouteSettings ?? {})
  if (named.length > 0) {
    const routes = await tx.list(records.route, within(place, apiId))
    const routeKeys = new Set(routes.map(({ value }) => value.routeKey))
    const unknown = named.find((routeKey) => !routeKeys.has(routeKey))
    // As AWS says it: terraform-aws-modules/terraform-aws-apigateway-v2 pull request 80.
    if (unknown !== undefined) {
      throw notFound(`Unable to find Route by key ${unknown} within the provided RouteSettings`)
    }
  }
  if (
    ClientCertificateId &&
    (await tx.read(records.clientCertificate, topLevelKey(place, ClientCertificateId))) === undefined
  ) {
    throw badRequest('Client certificate id does not exist')
  }
}

import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { PlanStage, UsagePlan } from '#model/usage-plan.ts'
import type { Transaction } from '#store/store.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findUsagePlan } from './find.ts'
import { topLevelKey, topLevelOf, childKey, within, type Place } from './keys.ts'
import { listPage, pageOf, pageRequest } from './paging.ts'
import { applyPatch, patchText } from './patch.ts'
import { checkNoStages, leavePlan, sameStage, stageTaken } from './plan-membership.ts'
import { checkRoom } from './quota.ts'
import { checkedTagsOf } from './tags.ts'
import {
  checkedPlan,
  checkedStage,
  patchableUsagePlan,
  planPatchOperations,
} from './usage-plan-definition.ts'

type Operations = ApiGatewayOperations
type UsagePlanOutput = Operations['GetUsagePlan']['output']

export function usagePlans({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateUsagePlan(input, call) {
      if (input.name.trim() === '') throw badRequest('Name cannot be empty')
      const plan = checkedPlan({
        id: newId(6),
        name: input.name,
        description: patchText(input.description),
        apiStages: (input.apiStages ?? []).map(checkedStage),
        throttle: input.throttle,
        quota: input.quota,
        tags: checkedTagsOf(input.tags),
      })
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'usagePlans', records.usagePlan, topLevelOf(call))
        await checkStages(tx, call, plan, plan.apiStages)
        tx.create(records.usagePlan, topLevelKey(call, plan.id), plan)
      })
      return plan
    },

    async GetUsagePlans(input, call) {
      const request = pageRequest(input)
      const keyId = patchText(input.keyId)
      if (keyId === undefined) {
        const { page, position } = await listPage(store, records.usagePlan, topLevelOf(call), request)
        return { items: page, position }
      }
      const { limit, after } = request
      const found = await store.list(records.keyPlan, within(call, keyId), { after, limit: limit + 1 })
      const { page, position } = pageOf(found, limit, ({ id }) => id)
      return { items: await Promise.all(page.map(({ id }) => findUsagePlan(store, call, id))), position }
    },

    async GetUsagePlan({ usagePlanId }, call) {
      return withTags(await findUsagePlan(store, call, usagePlanId))
    },

    async UpdateUsagePlan({ usagePlanId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const found = await findUsagePlan(tx, call, usagePlanId)
        const patched = applyPatch(patchableUsagePlan, found, planPatchOperations(patchOperations))
        const updated = checkedPlan(patched)
        const added = updated.apiStages.filter(
          (stage) => !found.apiStages.some((known) => sameStage(known, stage)),
        )
        await checkStages(tx, call, updated, added)
        tx.write(records.usagePlan, topLevelKey(call, usagePlanId), updated)
        return withTags(updated)
      })
    },

    async DeleteUsagePlan({ usagePlanId }, call) {
      await store.transact(async (tx) => {
        checkNoStages(await findUsagePlan(tx, call, usagePlanId))
        const keys = await tx.list(records.planKey, within(call, usagePlanId))
        for (const { value } of keys) leavePlan(tx, call, value)
        tx.delete(records.usagePlan, topLevelKey(call, usagePlanId))
      })
      return {}
    },
  }
}

/** Stages of REST and of WebSocket APIs: HTTP APIs have no keys (developer guide, "Choose between REST APIs and HTTP APIs"). */
async function mayBeInPlan(tx: Transaction, place: Place, { apiId, stage }: PlanStage): Promise<boolean> {
  const key = childKey(place, apiId, stage)
  if ((await tx.read(records.stage, key)) !== undefined) return true
  const api = await tx.read(records.api, topLevelKey(place, apiId))
  return api?.value.protocolType === 'WEBSOCKET' && (await tx.read(records.apiStage, key)) !== undefined
}

/** That the stages are there, and are new to every key of the plan. */
async function checkStages(
  tx: Transaction,
  place: Place,
  plan: UsagePlan,
  added: readonly PlanStage[],
): Promise<void> {
  for (const { apiId, stage } of added) {
    if (!(await mayBeInPlan(tx, place, { apiId, stage }))) {
      throw notFound(`Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${plan.id}`)
    }
  }
  if (added.length === 0) return
  for (const { id } of await tx.list(records.planKey, within(place, plan.id))) {
    const refusal = await stageTaken(tx, place, id, plan, added)
    if (refusal !== undefined) throw refusal
  }
}

/** Answers about one plan that is there already show that it has no tags; others leave them out (recorded on AWS). */
function withTags(plan: UsagePlan): UsagePlanOutput {
  return { ...plan, tags: plan.tags ?? {} }
}

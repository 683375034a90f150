import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { ApiKey } from '#model/api-key.ts'
import { records } from '#model/records.ts'
import type { PlanMembership } from '#model/usage-plan.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findApiKey, findUsagePlan, type Reader } from './find.ts'
import { childKey, type Place } from './keys.ts'
import { pageRequest, pageWhere } from './paging.ts'
import { readPlanKeys } from './plan-keys.ts'
import { joinPlan, leavePlan } from './plan-membership.ts'

type Operations = ApiGatewayOperations
type UsagePlanKeyOutput = Operations['GetUsagePlanKey']['output']

export function usagePlanKeys({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateUsagePlanKey({ usagePlanId, keyId, keyType }, call) {
      if (keyType !== 'API_KEY') throw badRequest('Invalid key type specified. Valid options are API_KEY')
      return store.transact(async (tx) => {
        await findUsagePlan(tx, call, usagePlanId)
        const key = await findApiKey(tx, call, keyId)
        const refusal = await joinPlan(tx, quotas, call, { usagePlanId, keyId }, { again: false })
        if (refusal !== undefined) throw refusal
        return planKeyOutput(key)
      })
    },

    /** A plan that is not there has no keys (recorded on AWS). */
    async GetUsagePlanKeys(input, call) {
      const { usagePlanId, nameQuery = '' } = input
      const { page, position } = await pageWhere(
        async (part) => (await readPlanKeys(store, call, usagePlanId, part)).keys,
        pageRequest(input),
        (key) => (key.name ?? '').startsWith(nameQuery),
      )
      return { items: page.map(planKeyOutput), position }
    },

    async GetUsagePlanKey(membership, call) {
      return planKeyOutput(await findMember(store, call, membership))
    },

    async DeleteUsagePlanKey(membership, call) {
      await store.transact(async (tx) => {
        await findMember(tx, call, membership)
        leavePlan(tx, call, membership)
      })
      return {}
    },
  }
}

/** A key of a plan. @throws NotFoundException, first for the key and then for the plan that it is not in */
export async function findMember(
  reader: Reader,
  place: Place,
  { usagePlanId, keyId }: PlanMembership,
): Promise<ApiKey> {
  const key = await findApiKey(reader, place, keyId)
  const membership = await reader.read(records.planKey, childKey(place, usagePlanId, keyId))
  if (membership === undefined) throw notFound('Invalid Usage Plan ID specified')
  return key
}

function planKeyOutput({ id, value, name }: ApiKey): UsagePlanKeyOutput {
  return { id, type: 'API_KEY', value, name }
}

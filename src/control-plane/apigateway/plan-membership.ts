import type { AwsError } from '#aws/error.ts'
import type { Quotas } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { PlanMembership, PlanStage, UsagePlan } from '#model/usage-plan.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import { topLevelKey, topLevelOf, childKey, within, type Place } from './keys.ts'
import { checkRoom } from './quota.ts'

/**
 * Puts a key into a plan.
 * @param again whether a key that is in it already may be put into it
 * @returns why it cannot be
 * @throws LimitExceededException
 */
export async function joinPlan(
  tx: Transaction,
  quotas: Quotas,
  place: Place,
  membership: PlanMembership,
  { again }: { readonly again: boolean },
): Promise<AwsError | undefined> {
  const { usagePlanId, keyId } = membership
  const plan = await tx.read(records.usagePlan, topLevelKey(place, usagePlanId))
  if (plan === undefined) return noSuchPlan()
  if ((await tx.read(records.planKey, childKey(place, usagePlanId, keyId))) !== undefined) {
    return again ? undefined : conflict(`API Key ${keyId} is already in Usage Plan ${usagePlanId}`)
  }
  const refusal = await stageTaken(tx, place, keyId, plan.value, plan.value.apiStages)
  if (refusal !== undefined) return refusal
  await checkRoom(tx, quotas, 'usagePlansPerKey', records.keyPlan, within(place, keyId))
  enterPlan(tx, place, membership)
  return undefined
}

/** Puts a key into a plan that is there, and that nothing speaks against. */
export function enterPlan(tx: Transaction, place: Place, membership: PlanMembership): void {
  const { usagePlanId, keyId } = membership
  tx.create(records.planKey, childKey(place, usagePlanId, keyId), membership)
  tx.create(records.keyPlan, childKey(place, keyId, usagePlanId), membership)
}

export function noSuchPlan(): AwsError {
  return notFound('Invalid Usage Plan ID specified')
}

/** Takes a key out of a plan, with what it was granted there. */
export function leavePlan(tx: Transaction, place: Place, { usagePlanId, keyId }: PlanMembership): void {
  tx.delete(records.planKey, childKey(place, usagePlanId, keyId))
  tx.delete(records.keyPlan, childKey(place, keyId, usagePlanId))
  tx.delete(records.usageGrant, childKey(place, usagePlanId, keyId))
}

/**
 * Whether another plan of a key has one of these stages: a key may be in one plan a stage, or nobody could say which
 * limits are its own (developer guide, "Usage plans and API keys").
 */
export async function stageTaken(
  tx: Transaction,
  place: Place,
  keyId: string,
  plan: UsagePlan,
  stages: readonly PlanStage[],
): Promise<AwsError | undefined> {
  if (stages.length === 0) return undefined
  for (const { id } of await tx.list(records.keyPlan, within(place, keyId))) {
    const other = id === plan.id ? undefined : await tx.read(records.usagePlan, topLevelKey(place, id))
    const shared = stages.find((stage) => other?.value.apiStages.some((known) => sameStage(known, stage)))
    if (shared !== undefined) {
      return conflict(
        `API Key ${keyId} cannot be in Usage Plan ${plan.id}: it is in Usage Plan ${id}, which has the API Stage ${shared.apiId}:${shared.stage}, too`,
      )
    }
  }
  return undefined
}

export function sameStage(a: PlanStage, b: PlanStage): boolean {
  return a.apiId === b.apiId && a.stage === b.stage
}

/**
 * Takes stages that end out of all plans: one stage of an API, or all of them, as AWS does
 * (hashicorp/terraform-provider-aws issue 14100).
 */
export async function forgetPlanStages(
  tx: Transaction,
  place: Place,
  apiId: string,
  stage?: string,
): Promise<void> {
  for (const { id, value: plan } of await tx.list(records.usagePlan, topLevelOf(place))) {
    const kept = plan.apiStages.filter(
      (known) => known.apiId !== apiId || (stage !== undefined && known.stage !== stage),
    )
    if (kept.length < plan.apiStages.length) {
      tx.write(records.usagePlan, topLevelKey(place, id), { ...plan, apiStages: kept })
    }
  }
}

/** A plan that nothing hangs on any more. @throws BadRequestException */
export function checkNoStages({ id, apiStages: [first] }: UsagePlan): void {
  if (first !== undefined) {
    throw badRequest(
      `Cannot delete Usage Plan ${id} because there are API Stages associated with it, including ${first.apiId}:${first.stage}`,
    )
  }
}

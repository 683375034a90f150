import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { offsetDaysMax } from '#model/quota-period.ts'
import type { PlanQuota, PlanStage, QuotaPeriod, Throttle, UsagePlan } from '#model/usage-plan.ts'
import { badRequest, notFound } from './errors.ts'
import { own } from './find.ts'
import {
  listingDialect,
  patchText,
  withEntry,
  withoutEntry,
  type PatchOperation,
  type PatchRow,
  type PatchTable,
} from './patch.ts'

type PlanInput = ApiGatewayOperations['CreateUsagePlan']['input']

/** A plan whose quota may lack what patches or requests have not said yet. */
type PlanDraft = Omit<UsagePlan, 'quota'> & { readonly quota?: Partial<PlanQuota> | PlanInput['quota'] }

/** @throws BadRequestException */
export function checkedPlan(draft: PlanDraft): UsagePlan {
  checkThrottle(draft.throttle)
  for (const { throttle } of draft.apiStages) Object.values(throttle ?? {}).forEach(checkThrottle)
  return { ...draft, throttle: someThrottle(draft.throttle), quota: checkedQuota(draft.quota) }
}

/** @throws BadRequestException */
export function checkedStage({
  apiId,
  stage,
  throttle,
}: NonNullable<PlanInput['apiStages']>[number]): PlanStage {
  if (!apiId || !stage) throw badRequest('Invalid API Stage specified')
  return { apiId, stage, throttle: Object.keys(throttle ?? {}).length === 0 ? undefined : throttle }
}

/** Limits may be none at all: `{}` is as good as nothing. */
function someThrottle(throttle: Throttle | undefined): Throttle | undefined {
  return throttle?.burstLimit === undefined && throttle?.rateLimit === undefined ? undefined : throttle
}

function checkThrottle(throttle: Throttle | undefined): void {
  const { burstLimit = 0, rateLimit = 0 } = throttle ?? {}
  if (!Number.isInteger(burstLimit) || burstLimit < 0) {
    throw badRequest('Usage Plan throttle burst limit must be a whole number, at least 0')
  }
  if (!Number.isFinite(rateLimit) || rateLimit < 0) {
    throw badRequest('Usage Plan throttle rate limit must be a number, at least 0')
  }
}

const periods: readonly QuotaPeriod[] = ['DAY', 'WEEK', 'MONTH']

function checkedQuota(quota: PlanDraft['quota']): PlanQuota | undefined {
  if (quota === undefined) return undefined
  const { limit, offset = 0, period } = quota
  if (limit === undefined && period === undefined && offset === 0) return undefined
  if (limit === undefined || !Number.isInteger(limit) || limit < 0) {
    throw badRequest('Usage Plan quota limit must be a whole number, at least 0')
  }
  if (period === undefined) {
    throw badRequest(`Invalid Usage Plan quota period specified. Must be one of [${periods.join(', ')}]`)
  }
  const most = offsetDaysMax[period]
  if (!Number.isInteger(offset) || offset < 0 || offset > most) {
    throw badRequest(
      most === 0
        ? `Usage Plan quota offset must be zero in the ${period} period`
        : `Usage Plan quota offset must be between 0 and ${most} inclusive in the ${period} period`,
    )
  }
  return { limit, offset, period }
}

/**
 * Paths of method throttles carry the resource's path as it is (Terraform) or escaped (the API reference); here they
 * are all made to be one token.
 */
export function planPatchOperations(
  operations: readonly PatchOperation[] | undefined,
): readonly PatchOperation[] {
  return (operations ?? []).map((operation) => {
    const path = /^(\/apiStages\/[^/]+\/throttle\/)(.+)(\/[A-Z]+(?:\/(?:rateLimit|burstLimit))?)$/.exec(
      operation.path ?? '',
    )
    if (path === null) return operation
    const [, stage = '', resource = '', rest = ''] = path
    return { ...operation, path: stage + resource.replaceAll('/', '~1') + rest }
  })
}

/** The order of rows is that in which AWS lists what may be removed. */
export const patchableUsagePlan: PatchTable<PlanDraft> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/name',
      ops: ['replace'],
      apply: (plan, { value = '' }) => {
        if (value.trim() === '') throw badRequest('Name cannot be empty')
        return { ...plan, name: value }
      },
    },
    {
      path: '/description',
      ops: ['replace'],
      apply: (plan, { value }) => ({ ...plan, description: patchText(value) }),
    },
    {
      path: '/apiStages',
      ops: ['add', 'remove'],
      apply: (plan, { op, value }) => {
        const named = namedStage(value)
        const others = plan.apiStages.filter(
          ({ apiId, stage }) => apiId !== named.apiId || stage !== named.stage,
        )
        const known = others.length < plan.apiStages.length
        if (op === 'remove' && !known) throw noStage(plan, named)
        // Added again, it keeps its throttles.
        return op === 'remove' || !known
          ? { ...plan, apiStages: op === 'remove' ? others : [...others, named] }
          : plan
      },
    },
    quota('limit', whole),
    quota('offset', whole),
    quota('period', (value) => {
      const period = periods.find((known) => known === value)
      if (period !== undefined) return period
      throw badRequest(`Invalid Usage Plan quota period specified. Must be one of [${periods.join(', ')}]`)
    }),
    { path: '/quota', ops: ['remove'], apply: (plan) => ({ ...plan, quota: undefined }) },
    throttle('rateLimit'),
    throttle('burstLimit'),
    { path: '/throttle', ops: ['remove'], apply: (plan) => ({ ...plan, throttle: undefined }) },
    {
      path: '/productCode',
      ops: ['add', 'replace', 'remove'],
      apply: (plan, { op, value }) => ({
        ...plan,
        productCode: op === 'remove' ? undefined : patchText(value),
      }),
    },
    methodThrottle('rateLimit'),
    methodThrottle('burstLimit'),
    {
      path: '/apiStages/{apidId:stageName}/throttle/{resourcePath}/{httpMethod}',
      ops: ['remove'],
      apply: (plan, { names: [stage, resource = '', method = ''] }) =>
        withStage(plan, stage, (known) => ({
          ...known,
          throttle: withoutEntry(known.throttle, `${resource}/${method}`),
        })),
    },
    {
      path: '/apiStages/{apidId:stageName}/throttle',
      ops: ['remove'],
      apply: (plan, { names: [stage] }) =>
        withStage(plan, stage, (known) => ({ ...known, throttle: undefined })),
    },
  ],
}

function quota<M extends keyof PlanQuota>(
  member: M,
  read: (value: string | undefined) => PlanQuota[M],
): PatchRow<PlanDraft> {
  return {
    path: `/quota/${member}`,
    ops: ['add', 'replace'],
    apply: (plan, { value }) => ({ ...plan, quota: { ...plan.quota, [member]: read(value) } }),
  }
}

function throttle(member: keyof Throttle): PatchRow<PlanDraft> {
  return {
    path: `/throttle/${member}`,
    ops: ['add', 'replace'],
    apply: (plan, { value }) => ({ ...plan, throttle: { ...plan.throttle, [member]: number(value) } }),
  }
}

function methodThrottle(member: keyof Throttle): PatchRow<PlanDraft> {
  return {
    path: `/apiStages/{apidId:stageName}/throttle/{resourcePath}/{httpMethod}/${member}`,
    ops: ['add', 'replace'],
    apply: (plan, { value, names: [stage, resource = '', method = ''] }) => {
      const name = `${resource}/${method}`
      return withStage(plan, stage, (known) => ({
        ...known,
        throttle: withEntry(known.throttle, name, { ...own(known.throttle, name), [member]: number(value) }),
      }))
    },
  }
}

/** @throws NotFoundException for a stage that the plan does not have */
function withStage(
  plan: PlanDraft,
  name: string | undefined,
  change: (stage: PlanStage) => PlanStage,
): PlanDraft {
  const named = namedStage(name)
  const at = plan.apiStages.findIndex(({ apiId, stage }) => apiId === named.apiId && stage === named.stage)
  const known = plan.apiStages[at]
  if (known === undefined) throw noStage(plan, named)
  return { ...plan, apiStages: plan.apiStages.with(at, change(known)) }
}

/** `{apiId}:{stage}`. @throws BadRequestException */
function namedStage(text = ''): PlanStage {
  const [, apiId, stage] = /^([^:]+):([^:]+)$/.exec(text) ?? []
  return checkedStage({ apiId, stage })
}

function noStage({ id }: PlanDraft, { apiId, stage }: PlanStage): Error {
  return notFound(`Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${id}`)
}

/** NaN, which no limit may be, for what is no decimal number. Terraform writes `5.000000`. */
function number(value = ''): number {
  return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN
}

function whole(value: string | undefined): number {
  return number(value)
}

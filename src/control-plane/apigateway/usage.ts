import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { dayMs, quotaPeriod } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { PlanQuota, UsageGrant, UsagePlan } from '#model/usage-plan.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findUsagePlan } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { pageOf, pageRequest } from './paging.ts'
import { applyPatch, type PatchDialect, type PatchTable } from './patch.ts'
import { findMember } from './usage-plan-keys.ts'

type Operations = ApiGatewayOperations

/** Most days that one question may be about. */
export const usageDaysMax = 90

export function usage({ store, clock, usageMeter }: Environment): Handlers<Operations> {
  /** Of each key `[used, remaining]` of each day; `[used]` of plans without a quota, which leave no number. */
  const daysOf = async (
    { account, region }: Place,
    plan: UsagePlan,
    keyIds: readonly string[],
    firstMs: number,
    days: number,
  ): Promise<Record<string, number[][]>> => {
    const { quota, id: usagePlanId } = plan
    const metered = { account, region, usagePlanId }
    // What was used earlier in the first day's period counts, too.
    const startMs = quota === undefined ? firstMs : quotaPeriod(quota, firstMs).startMs
    const earlier = Math.round((firstMs - startMs) / dayMs)
    const requests = await usageMeter.requests(metered, keyIds, startMs, earlier + days)
    const items = keyIds.map(async (keyId) => {
      const used = requests.get(keyId) ?? []
      if (quota === undefined) return [keyId, used.map((count) => [count])] as const
      const grant = await store.read(records.usageGrant, childKey(metered, usagePlanId, keyId))
      return [keyId, remainders(quota, grant?.value, startMs, used).slice(earlier)] as const
    })
    return Object.fromEntries(await Promise.all(items))
  }

  return {
    async GetUsage(input, call) {
      const { usagePlanId, startDate, endDate } = input
      const firstMs = parsedDate(startDate)
      const days = (parsedDate(endDate) - firstMs) / dayMs + 1
      if (days < 1)
        throw badRequest(`Invalid date range: endDate ${endDate} is before startDate ${startDate}`)
      if (days > usageDaysMax) {
        throw badRequest(`Invalid date range: found ${days} days, expected at most ${usageDaysMax}`)
      }
      const plan = await findUsagePlan(store, call, usagePlanId)
      const { keyIds, position } = await keysAskedFor(input, call)
      const items = await daysOf(call, plan, keyIds, firstMs, days)
      return { usagePlanId, startDate, endDate, items, position }
    },

    /** What remains is a new number until the quota's period ends. */
    async UpdateUsage({ usagePlanId, keyId, patchOperations }, call) {
      const nowMs = clock.now()
      const today = Math.floor(nowMs / dayMs) * dayMs
      const plan = await findUsagePlan(store, call, usagePlanId)
      await findMember(store, call, { usagePlanId, keyId })
      const { remaining } = applyPatch<Patched>(patchable, {}, patchOperations)
      const { quota } = plan
      if (quota === undefined)
        throw badRequest(`Usage Plan ${usagePlanId} has no quota that could be extended`)
      if (remaining !== undefined) {
        // Counts are not the store's: they are asked for before the transaction.
        const { startMs } = quotaPeriod(quota, today)
        const metered = { account: call.account, region: call.region, usagePlanId }
        const days = Math.round((today - startMs) / dayMs) + 1
        const requests = await usageMeter.requests(metered, [keyId], startMs, days)
        const limit = requests.get(keyId)?.reduce((sum, used) => sum + used, remaining) ?? remaining
        await store.transact(async (tx) => {
          await findMember(tx, call, { usagePlanId, keyId })
          const grant: UsageGrant = { periodStartMs: startMs, grantedMs: nowMs, limit }
          tx.write(records.usageGrant, childKey(call, usagePlanId, keyId), grant)
        })
      }
      const date = new Date(today).toISOString().slice(0, 10)
      const items = await daysOf(call, plan, [keyId], today, 1)
      return { usagePlanId, startDate: date, endDate: date, items }
    },
  }

  async function keysAskedFor(
    input: Operations['GetUsage']['input'],
    place: Place,
  ): Promise<{ keyIds: readonly string[]; position: string | undefined }> {
    const { usagePlanId, keyId } = input
    const { limit, after } = pageRequest(input)
    if (keyId !== undefined && keyId !== '') {
      await findMember(store, place, { usagePlanId, keyId })
      return { keyIds: [keyId], position: undefined }
    }
    const found = await store.list(records.planKey, within(place, usagePlanId), { after, limit: limit + 1 })
    const { page, position } = pageOf(found, limit, ({ id }) => id)
    return { keyIds: page.map(({ id }) => id), position }
  }
}

/**
 * Each day's `[used, remaining at its end]`.
 * @param startMs first day of a period
 * @param requests a count a day, from then on
 */
function remainders(
  quota: PlanQuota,
  grant: UsageGrant | undefined,
  startMs: number,
  requests: readonly number[],
): number[][] {
  let periodMs = startMs
  let usedInPeriod = 0
  return requests.map((used, day) => {
    const nowMs = startMs + day * dayMs
    const period = quotaPeriod(quota, nowMs).startMs
    if (period !== periodMs) {
      periodMs = period
      usedInPeriod = 0
    }
    usedInPeriod += used
    // Days that were over when it was granted stay as they were.
    const granted =
      grant !== undefined && grant.periodStartMs === period && nowMs + dayMs > grant.grantedMs
        ? grant.limit
        : quota.limit
    return [used, Math.max(0, granted - usedInPeriod)]
  })
}

/** Midnight UTC, epoch milliseconds. @throws BadRequestException */
function parsedDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // Date.parse takes the 30th of February for the 1st of March.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms
  throw badRequest(`Invalid date specified: ${text}. Expected yyyy-MM-dd`)
}

/** Seen on AWS for `add` (boto3 issue 2504). */
const dialect: PatchDialect = { unknownPath: refusal, wrongOp: refusal }

function refusal({ op, path }: { op?: string | undefined; path?: string | undefined }) {
  const paths = op === 'replace' ? '/remaining' : ''
  return badRequest(
    `Invalid patch path  '${path ?? null}' specified for op '${op}'. Must be one of: [${paths}]`,
  )
}

interface Patched {
  readonly remaining?: number
}

const patchable: PatchTable<Patched> = {
  dialect,
  rows: [
    {
      path: '/remaining',
      ops: ['replace'],
      apply: (_, { value = '' }) => {
        if (!/^\d{1,10}$/.test(value)) {
          throw badRequest(`Invalid remaining quota specified: ${value}. Expected a whole number`)
        }
        return { remaining: Number(value) }
      },
    },
  ],
}

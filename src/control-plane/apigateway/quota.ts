import type { Kind } from '#base/kind.ts'
import { quotaTable, type QuotaName, type Quotas } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { EndpointType } from '#model/rest-api.ts'
import type { ParentKey, Transaction } from '#store/store.ts'
import { limitExceeded } from './errors.ts'
import { restApisOf, type Place } from './keys.ts'

/**
 * Looks for room for some more of what `parent` has.
 * @throws LimitExceededException
 */
export async function checkRoom(
  tx: Transaction,
  quotas: Quotas,
  name: QuotaName,
  kind: Kind<unknown>,
  parent: ParentKey,
  added = 1,
): Promise<void> {
  const there = (await tx.count(kind, parent)) - (own[name] ?? 0)
  checkQuota(quotas, name, there + added)
}

/** @throws LimitExceededException when there are more than there may be */
export function checkQuota(quotas: Quotas, name: QuotaName, there: number): void {
  if (there > quotas[name]) throw exceeded(name)
}

/** What is there by itself and does not count: the root of an API. */
const own: Readonly<Partial<Record<QuotaName, number>>> = { resourcesPerApi: 1 }

/** Room for one more REST API: each kind of endpoint has a quota of its own. @throws LimitExceededException */
export async function checkRoomForApi(
  tx: Transaction,
  quotas: Quotas,
  place: Place,
  types: readonly EndpointType[],
): Promise<void> {
  const name = apiQuotas[types[0] ?? 'EDGE']
  // Far from the quota nobody needs to look at each API.
  if ((await tx.count(records.restApi, restApisOf(place))) < quotas[name]) return
  const apis = await tx.list(records.restApi, restApisOf(place))
  const same = apis.filter(({ value }) => value.endpointConfiguration.types[0] === types[0])
  if (same.length >= quotas[name]) throw exceeded(name)
}

const apiQuotas: Readonly<Record<EndpointType, QuotaName>> = {
  REGIONAL: 'regionalApis',
  EDGE: 'edgeApis',
  PRIVATE: 'privateApis',
}

/** The two spaces are AWS's (recorded for resources). */
function exceeded(name: QuotaName): Error {
  const { noun, of } = quotaTable[name]
  return limitExceeded(
    `Maximum number of ${noun} for this ${of} has been reached.  Please contact AWS if you need additional ${noun}.`,
  )
}

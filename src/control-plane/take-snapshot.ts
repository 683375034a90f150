import { records } from '#model/records.ts'
import type { RestApi } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import type { Kind } from '#base/kind.ts'
import type { Transaction } from '#store/store.ts'

/** What a snapshot is taken of, as the store has it within one transaction. */
export interface SnapshotSource {
  readonly account: string
  readonly region: string
  readonly api: RestApi
  readonly deploymentId: string
}

/** All that defines a REST API now, as one frozen value. */
export async function takeSnapshot(
  tx: Pick<Transaction, 'list'>,
  { account, region, api, deploymentId }: SnapshotSource,
): Promise<RestApiSnapshot> {
  const all = async <T>(kind: Kind<T>): Promise<readonly T[]> =>
    (await tx.list(kind, { account, region, parent: api.id })).map(({ value }) => value)
  return Object.freeze({
    protocol: 'REST',
    account,
    region,
    deploymentId,
    api,
    resources: await all(records.resource),
    models: await all(records.model),
    requestValidators: await all(records.requestValidator),
    gatewayResponses: await all(records.gatewayResponse),
    authorizers: await all(records.authorizer),
  })
}

import { records } from '#model/records.ts'
import type { Api } from '#model/http-api.ts'
import type { RestApi } from '#model/rest-api.ts'
import type { RestApiSnapshot, RoutedApiSnapshot } from '#model/snapshot.ts'
import type { Kind } from '#base/kind.ts'
import type { ParentKey, Transaction } from '#store/store.ts'

/** What a snapshot is taken of, as the store has it within one transaction. */
export interface SnapshotSource<A = RestApi> {
  readonly account: string
  readonly region: string
  readonly api: A
  readonly deploymentId: string
}

/** All that defines a REST API now, as one frozen value. */
export async function takeSnapshot(
  tx: Pick<Transaction, 'list'>,
  { account, region, api, deploymentId }: SnapshotSource,
): Promise<RestApiSnapshot> {
  const all = everyOf(tx, { account, region, parent: api.id })
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

/** The same of an HTTP or a WebSocket API. */
export async function takeRoutedSnapshot(
  tx: Pick<Transaction, 'list'>,
  { account, region, api, deploymentId }: SnapshotSource<Api>,
): Promise<RoutedApiSnapshot> {
  const all = everyOf(tx, { account, region, parent: api.apiId })
  return Object.freeze({
    protocol: api.protocolType,
    account,
    region,
    deploymentId,
    api,
    routes: await all(records.route),
    integrations: await all(records.apiIntegration),
    models: await all(records.apiModel),
    authorizers: await all(records.apiAuthorizer),
  })
}

function everyOf(tx: Pick<Transaction, 'list'>, parent: ParentKey) {
  return async <T>(kind: Kind<T>): Promise<readonly T[]> =>
    (await tx.list(kind, parent)).map(({ value }) => value)
}

import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Method, Resource, RestApi } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from './errors.ts'
import { childKey, restApiKey, within, type Place } from './keys.ts'
import { writeResource } from './resource-record.ts'

/**
 * Writes `api` with everything that `cloneFrom` defines; its deployments and stages stay behind.
 * Resources get ids of their own; validators and authorizers keep theirs, which are ids within an API.
 * @throws BadRequestException
 */
export async function cloneRestApi(
  tx: Transaction,
  place: Place,
  cloneFrom: string,
  api: RestApi,
): Promise<void> {
  const source = await tx.read(records.restApi, restApiKey(place, cloneFrom))
  if (source === undefined) throw badRequest('Invalid API identifier specified to clone from')
  const from = within(place, cloneFrom)

  tx.create(records.restApi, restApiKey(place, api.id), api)
  const resources = (await tx.list(records.resource, from)).map(({ value }) => value)
  const ids = new Map(
    resources.map(({ id }) => [id, id === source.value.rootResourceId ? api.rootResourceId : newId(6)]),
  )
  for (const resource of resources) writeResource(tx, place, api.id, renumbered(resource, ids))

  for (const { value: model } of await tx.list(records.model, from)) {
    const schema = model.schema?.replaceAll(`/restapis/${cloneFrom}/models/`, `/restapis/${api.id}/models/`)
    tx.create(records.model, childKey(place, api.id, model.name), { ...model, id: newId(6), schema })
  }
  for (const kind of [
    records.requestValidator,
    records.gatewayResponse,
    records.authorizer,
    records.documentationPart,
  ]) {
    for (const { id, value } of await tx.list<unknown>(kind, from)) {
      tx.create<unknown>(kind, childKey(place, api.id, id), value)
    }
  }
}

function renumbered(resource: Resource, ids: ReadonlyMap<string, string>): Resource {
  const id = ids.get(resource.id) as string
  const methods = Object.entries(resource.methods).map(([verb, method]): [string, Method] => {
    const { integration } = method
    // The cache namespace is the resource's own id unless its owner chose another.
    return integration?.cacheNamespace === resource.id
      ? [verb, { ...method, integration: { ...integration, cacheNamespace: id } }]
      : [verb, method]
  })
  return {
    ...resource,
    id,
    parentId: resource.parentId === undefined ? undefined : ids.get(resource.parentId),
    methods: Object.fromEntries(methods),
  }
}

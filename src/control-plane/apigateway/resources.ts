import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import { childPath, isGreedy, isWithin } from '#model/resource-path.ts'
import type { Resource } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findResource, findRestApi } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { methodOutput } from './method-output.ts'
import { pageOf, pageRequest } from './paging.ts'
import { applyPatch, listingDialect, type PatchTable } from './patch.ts'
import { checkRoom } from './quota.ts'
import { checkChild, checkPathPart, deleteResource, freeName, writeResource } from './resource-record.ts'

type Operations = ApiGatewayOperations

export function resources({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateResource({ restApiId, parentId, pathPart }, call) {
      const resource = await store.transact(async (tx) => {
        const parent = await findResource(tx, call, restApiId, parentId)
        checkPathPart(pathPart)
        await checkChild(tx, call, restApiId, parent, pathPart)
        await checkRoom(tx, quotas, 'resourcesPerApi', records.resource, within(call, restApiId))
        const created: Resource = {
          id: newId(6),
          parentId,
          pathPart,
          path: childPath(parent.path, pathPart),
          methods: {},
        }
        writeResource(tx, call, restApiId, created)
        return created
      })
      return resourceOutput(resource)
    },

    async GetResources(input, call) {
      const { limit, after } = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const all = (await store.list(records.resource, within(call, input.restApiId)))
        .map(({ value }) => value)
        .filter(({ path }) => after === undefined || path > after)
        .sort((a, b) => (a.path < b.path ? -1 : 1))
      const { page, position } = pageOf(all, limit, ({ path }) => path)
      const embed = embedsMethods(input.embed)
      return { items: page.map((resource) => resourceOutput(resource, embed)), position }
    },

    async GetResource({ restApiId, resourceId, embed }, call) {
      const resource = await findResource(store, call, restApiId, resourceId)
      return resourceOutput(resource, embedsMethods(embed))
    },

    async UpdateResource({ restApiId, resourceId, patchOperations }, call) {
      const updated = await store.transact(async (tx) => {
        const resource = await findResource(tx, call, restApiId, resourceId)
        const target = applyPatch(patchable, resource, patchOperations)
        return moveResource(tx, call, restApiId, resource, target)
      })
      return resourceOutput(updated)
    },

    async DeleteResource({ restApiId, resourceId }, call) {
      await store.transact(async (tx) => {
        const resource = await findResource(tx, call, restApiId, resourceId)
        if (resource.parentId === undefined) throw badRequest('Root resource cannot be deleted.')
        for (const { value } of await tx.list(records.resource, within(call, restApiId))) {
          if (isWithin(value.path, resource.path)) deleteResource(tx, call, restApiId, value)
        }
      })
      return {}
    },
  }
}

const patchable: PatchTable<Resource> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/parentId',
      ops: ['replace'],
      apply: (resource, { value = '' }) => {
        if (resource.parentId === undefined) throw badRequest('Root resource cannot update its parentId.')
        return { ...resource, parentId: value }
      },
    },
    {
      path: '/pathPart',
      ops: ['replace'],
      apply: (resource, { value = '' }) => {
        if (resource.parentId === undefined) throw badRequest('Root resource cannot update its pathPart.')
        checkPathPart(value)
        return { ...resource, pathPart: value }
      },
    },
  ],
}

/** Gives a resource another parent or name, and all below it their new paths. */
async function moveResource(
  tx: Transaction,
  place: Place,
  restApiId: string,
  from: Resource,
  to: Resource,
): Promise<Resource> {
  const { parentId, pathPart } = to
  if (parentId === undefined || pathPart === undefined) return from
  if (parentId === from.parentId && pathPart === from.pathPart) return from

  const parent = await findResource(tx, place, restApiId, parentId)
  if (isWithin(parent.path, from.path)) throw badRequest('Resources cannot be cyclical.')
  await checkChild(tx, place, restApiId, parent, pathPart, from.id)
  const below = (await tx.list(records.resource, within(place, restApiId)))
    .map(({ value }) => value)
    .filter(({ path }) => path !== from.path && isWithin(path, from.path))
  if (isGreedy(pathPart) && below.length > 0) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${pathPart}`)
  }

  const moved: Resource = { ...to, path: childPath(parent.path, pathPart) }
  freeName(tx, place, restApiId, from)
  writeResource(tx, place, restApiId, moved)
  for (const child of below) {
    const path = moved.path + child.path.slice(from.path.length)
    tx.write(records.resource, childKey(place, restApiId, child.id), { ...child, path })
  }
  return moved
}

function embedsMethods(embed: readonly string[] | undefined): boolean {
  return embed?.includes('methods') ?? false
}

/** Methods appear by name alone unless embedded, and not at all where there are none. */
function resourceOutput(resource: Resource, embed = false): Operations['GetResource']['output'] {
  const { methods, ...shown } = resource
  const entries = Object.entries(methods)
  if (entries.length === 0) return shown
  return {
    ...shown,
    resourceMethods: Object.fromEntries(
      entries.map(([verb, method]) => [verb, embed ? methodOutput(method) : {}]),
    ),
  }
}

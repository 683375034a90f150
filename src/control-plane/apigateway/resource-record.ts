import { records } from '#model/records.ts'
import { resourceNameId, type ResourceName } from '#model/resource-name.ts'
import { isGreedy, isPathPart } from '#model/resource-path.ts'
import type { Method, Resource } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict } from './errors.ts'
import type { Reader } from './find.ts'
import { childKey, type Place } from './keys.ts'

/** Writes a resource and takes its name below its parent. */
export function writeResource(tx: Transaction, place: Place, restApiId: string, resource: Resource): void {
  tx.write(records.resource, childKey(place, restApiId, resource.id), resource)
  const { parentId, pathPart } = resource
  if (parentId === undefined || pathPart === undefined) return
  tx.write(records.resourceName, childKey(place, restApiId, resourceNameId(parentId, pathPart)), {
    resourceId: resource.id,
    pathPart,
  })
}

/** Deletes a resource alone, and frees its name. */
export function deleteResource(tx: Transaction, place: Place, restApiId: string, resource: Resource): void {
  tx.delete(records.resource, childKey(place, restApiId, resource.id))
  freeName(tx, place, restApiId, resource)
}

export function freeName(tx: Transaction, place: Place, restApiId: string, resource: Resource): void {
  const { parentId, pathPart } = resource
  if (parentId === undefined || pathPart === undefined) return
  tx.delete(records.resourceName, childKey(place, restApiId, resourceNameId(parentId, pathPart)))
}

/** Writes a resource whose place in the tree is unchanged, with one method put in place of its like. */
export function writeMethod(
  tx: Transaction,
  place: Place,
  restApiId: string,
  resource: Resource,
  method: Method,
): void {
  tx.write(records.resource, childKey(place, restApiId, resource.id), {
    ...resource,
    methods: { ...resource.methods, [method.httpMethod]: method },
  })
}

/** A whole path of a URL has at most 10,240 (developer guide, quotas); where AWS ends a part of it is not known. */
const pathPartCharactersMax = 1024

/** @throws BadRequestException */
export function checkPathPart(pathPart: string): void {
  if (pathPart === '') throw badRequest("Resource's path part must be specified")
  if (pathPart.length > pathPartCharactersMax) {
    throw badRequest(
      `Resource's path part can be at most ${pathPartCharactersMax} characters, found ${pathPart.length}`,
    )
  }
  if (!isPathPart(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    )
  }
}

/** The rules of the tree, for a resource that is to be a child of `parent`. @throws as `checkName` does */
export async function checkChild(
  reader: Reader,
  place: Place,
  restApiId: string,
  parent: Resource,
  pathPart: string,
  resourceId?: string,
): Promise<void> {
  const key = childKey(place, restApiId, resourceNameId(parent.id, pathPart))
  checkName(parent, pathPart, (await reader.read(records.resourceName, key))?.value, resourceId)
}

/**
 * @param taken what has the name already, or is the parent's variable child
 * @param resourceId the resource itself when it moves: its own name is no conflict
 * @throws BadRequestException, ConflictException
 */
export function checkName(
  parent: Resource,
  pathPart: string,
  taken: ResourceName | undefined,
  resourceId?: string,
): void {
  if (parent.pathPart !== undefined && isGreedy(parent.pathPart)) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`)
  }
  if (taken === undefined || taken.resourceId === resourceId) return
  if (taken.pathPart === pathPart) {
    throw conflict(`Another resource with the same parent already has this name: ${pathPart}`)
  }
  throw badRequest(
    `A sibling (${taken.pathPart}) of this resource already has a variable path part -- only one is allowed`,
  )
}

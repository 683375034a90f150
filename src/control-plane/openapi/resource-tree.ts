import { newId } from '#base/ids.ts'
import { resourceNameId, type ResourceName } from '#model/resource-name.ts'
import { childPath } from '#model/resource-path.ts'
import type { Method, Resource } from '#model/rest-api.ts'
import { checkName, checkPathPart } from '../apigateway/resource-record.ts'

/** The resources of an API while a document is written into it: by path, under the rules of the tree. */
export class ResourceTree {
  readonly #byPath = new Map<string, Resource>()
  readonly #names = new Map<string, ResourceName>()
  readonly #knownIds: ReadonlyMap<string, string>

  /**
   * @param root the root, with the methods it is to keep
   * @param knownIds ids by path that resources of before had: the same path keeps its id
   */
  constructor(root: Resource, knownIds: ReadonlyMap<string, string>) {
    this.#byPath.set('/', root)
    this.#knownIds = knownIds
  }

  get resources(): Iterable<Resource> {
    return this.#byPath.values()
  }

  /** Takes over resources as they are, whatever their order. */
  adopt(resources: readonly Resource[]): void {
    for (const resource of resources) this.#put(resource)
  }

  /** The resource of a path, made with its parents when it is not there. @throws as CreateResource does */
  at(path: string): Resource {
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    let parent = this.#byPath.get('/') as Resource
    for (const pathPart of path.slice(1).split('/')) {
      const childAt = childPath(parent.path, pathPart)
      const child = this.#byPath.get(childAt) ?? this.#create(parent, pathPart, childAt)
      parent = child
    }
    return parent
  }

  setMethods(resource: Resource, methods: Readonly<Record<string, Method>>): void {
    this.#byPath.set(resource.path, { ...resource, methods })
  }

  #create(parent: Resource, pathPart: string, path: string): Resource {
    checkPathPart(pathPart)
    checkName(parent, pathPart, this.#names.get(resourceNameId(parent.id, pathPart)))
    const id = this.#knownIds.get(path) ?? newId(6)
    const resource: Resource = { id, parentId: parent.id, pathPart, path, methods: {} }
    this.#put(resource)
    return resource
  }

  #put(resource: Resource): void {
    this.#byPath.set(resource.path, resource)
    const { id, parentId, pathPart } = resource
    if (parentId === undefined || pathPart === undefined) return
    this.#names.set(resourceNameId(parentId, pathPart), { resourceId: id, pathPart })
  }
}

import type { RouteMatch, RoutePlan } from '#data-plane/plan.ts'

/** A resource with at least one method. */
export interface RoutedResource {
  /** `/pets/{petId}`, `/files/{proxy+}`; the root is `/`. */
  readonly path: string
  /** By verb, or `ANY`. */
  readonly methods: ReadonlyMap<string, RoutePlan>
}

/** What `ANY` stands for. */
const ANY_METHODS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])

interface Node {
  readonly literals: Map<string, Node>
  parameter: Node | undefined
  /** Ends the path whatever follows. */
  greedy: RoutedResource | undefined
  resource: RoutedResource | undefined
}

/**
 * Finds the method for a request path, as REST APIs do: the most specific resource wins (literal, then `{parameter}`,
 * then `{proxy+}`, segment by segment), and only then its method is looked for. Segments are compared as sent; one
 * slash at the end is ignored; a greedy parameter is never empty.
 * @returns a function that gives undefined when there is no such method
 */
export function buildRouter(
  resources: readonly RoutedResource[],
): (method: string, path: string) => RouteMatch | undefined {
  const root = newNode()
  for (const resource of resources) insert(root, resource)
  return (method, path) => {
    const values: string[] = []
    const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
    const resource = end === 1 ? root.resource : find(root, path, 1, end, values)
    if (resource === undefined) return undefined
    const { methods } = resource
    const route = methods.get(method) ?? (ANY_METHODS.has(method) ? methods.get('ANY') : undefined)
    return route === undefined ? undefined : { route, pathValues: values }
  }
}

/** The names of a resource path's parameters, in order. */
export function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{([^}]+?)\+?\}/g)].map((match) => match[1] as string)
}

/**
 * @param at where the segment begins that `node`'s children are compared with; past `end` when none is left
 * @param values the parameters found so far; those of a branch that fails are taken back
 */
function find(
  node: Node,
  path: string,
  at: number,
  end: number,
  values: string[],
): RoutedResource | undefined {
  if (at > end) return node.resource
  let slash = path.indexOf('/', at)
  if (slash === -1 || slash > end) slash = end
  const segment = path.slice(at, slash)
  const literal = node.literals.get(segment)
  if (literal !== undefined) {
    const found = find(literal, path, slash + 1, end, values)
    if (found !== undefined) return found
  }
  if (node.parameter !== undefined && segment !== '') {
    values.push(segment)
    const found = find(node.parameter, path, slash + 1, end, values)
    if (found !== undefined) return found
    values.pop()
  }
  if (node.greedy === undefined || at >= end) return undefined
  values.push(path.slice(at, end))
  return node.greedy
}

function insert(root: Node, resource: RoutedResource): void {
  let node = root
  for (const segment of resource.path.split('/')) {
    if (segment === '') continue
    if (/^\{.+\+\}$/.test(segment)) {
      node.greedy = resource
      return
    }
    if (/^\{.+\}$/.test(segment)) {
      node = node.parameter ??= newNode()
    } else {
      const child = node.literals.get(segment) ?? newNode()
      node.literals.set(segment, child)
      node = child
    }
  }
  node.resource = resource
}

function newNode(): Node {
  return { literals: new Map(), parameter: undefined, greedy: undefined, resource: undefined }
}

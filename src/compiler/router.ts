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
  /** The literals again, while there are so few that comparing with each costs less than making a key. */
  few: [segment: string, node: Node][] | undefined
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
): (method: string, path: PathPlace) => RouteMatch | undefined {
  const root = newNode()
  for (const resource of resources) insert(root, resource)
  return (method, { target, pathStart, pathEnd }) => {
    // One slash at the end is as none.
    const closed = pathEnd > pathStart + 1 && target.charCodeAt(pathEnd - 1) === 47
    const end = closed ? pathEnd - 1 : pathEnd
    const values: string[] = []
    const resource = end <= pathStart + 1 ? root.resource : find(root, target, pathStart + 1, end, values)
    if (resource === undefined) return undefined
    const { methods } = resource
    const route = methods.get(method) ?? (ANY_METHODS.has(method) ? methods.get('ANY') : undefined)
    return route === undefined ? undefined : { route, pathValues: values }
  }
}

/** Where a path stands in a request-target; no characters at all are as `/`. */
export interface PathPlace {
  readonly target: string
  readonly pathStart: number
  readonly pathEnd: number
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
  target: string,
  at: number,
  end: number,
  values: string[],
): RoutedResource | undefined {
  if (at > end) return node.resource
  let slash = at
  while (slash < end && target.charCodeAt(slash) !== 47) slash++
  const literal = literalAt(node, target, at, slash)
  if (literal !== undefined) {
    const found = find(literal, target, slash + 1, end, values)
    if (found !== undefined) return found
  }
  if (node.parameter !== undefined && slash > at) {
    values.push(target.slice(at, slash))
    const found = find(node.parameter, target, slash + 1, end, values)
    if (found !== undefined) return found
    values.pop()
  }
  if (node.greedy === undefined || at >= end) return undefined
  values.push(target.slice(at, end))
  return node.greedy
}

function literalAt({ literals, few }: Node, target: string, at: number, end: number): Node | undefined {
  if (few === undefined) return literals.get(target.slice(at, end))
  for (let i = 0; i < few.length; i++) {
    const [segment, node] = few[i] as [string, Node]
    if (segment.length === end - at && target.startsWith(segment, at)) return node
  }
  return undefined
}

const FEW_LITERALS_MAX = 8

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
      node.few = node.literals.size > FEW_LITERALS_MAX ? undefined : [...node.literals]
      node = child
    }
  }
  node.resource = resource
}

function newNode(): Node {
  return { literals: new Map(), few: [], parameter: undefined, greedy: undefined, resource: undefined }
}

import { routeOf, type Methods } from './methods.ts'
import {
  leafAt,
  newNode,
  segmentEnd,
  SLASH,
  type PathMatch,
  type PathNode,
  type PathPlace,
} from './path-tree.ts'
import { parsePathPattern, type PathSegment } from './pattern.ts'

/** A resource of a REST API with at least one method. */
export interface RoutedResource<Route> {
  /** `/pets/{petId}`, `/files/{proxy+}`; the root is `/`. */
  readonly path: string
  readonly methods: Methods<Route>
}

/**
 * Finds the method for a request path, as REST APIs do: the most specific resource wins (literal, then `{parameter}`,
 * then `{proxy+}`, segment by segment), and only then its method is looked for. Segments are compared as sent; one
 * slash at the end is ignored; a greedy parameter is never empty.
 * @returns a function that gives undefined when there is no such method
 * @throws PathPatternError for a path that cannot be read
 */
export function buildRestRouter<Route>(
  resources: readonly RoutedResource<Route>[],
): (method: string, path: PathPlace) => PathMatch<Route> | undefined {
  const root = newNode<Methods<Route>>()
  for (const { path, methods } of resources) {
    const segments = parsePathPattern(path).segments.filter(isFilled)
    leafAt(root, segments, () => methods)
  }
  return (method, { target, pathStart, pathEnd }) => {
    // One slash at the end is as none.
    const closed = pathEnd > pathStart + 1 && target.charCodeAt(pathEnd - 1) === SLASH
    const end = closed ? pathEnd - 1 : pathEnd
    const values: string[] = []
    const methods = end <= pathStart + 1 ? root.leaf : find(root, target, pathStart + 1, end, values)
    const route = methods === undefined ? undefined : routeOf(methods, method)
    return route === undefined ? undefined : { route, pathValues: values }
  }
}

/** The names of a resource path's parameters, in order. @throws PathPatternError */
export function parameterNames(path: string): readonly string[] {
  return parsePathPattern(path).names
}

function isFilled(segment: PathSegment): boolean {
  return segment.kind !== 'literal' || segment.text !== ''
}

/**
 * @param at where the segment begins that `node`'s children are compared with; past `end` when none is left
 * @param values the parameters found so far; those of a branch that fails are taken back
 */
function find<Leaf>(
  node: PathNode<Leaf>,
  target: string,
  at: number,
  end: number,
  values: string[],
): Leaf | undefined {
  if (at > end) return node.leaf
  const slash = segmentEnd(target, at, end)
  const literal = node.literals.find(target, at, slash)
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

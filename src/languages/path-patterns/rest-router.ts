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
 * Finds the method for a request path, as REST APIs do: of the resources that have the method, or ANY, the most specific
 * one (literal, then `{parameter}`, then `{proxy+}`, segment by segment). One without the method is passed over
 * (recorded on AWS: `OPTIONS /test` is for `OPTIONS /{proxy+}` where `/test` has POST alone). Segments are compared as
 * sent; one slash at the end is ignored; a greedy parameter is never empty.
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
    const route =
      end <= pathStart + 1
        ? root.leaf && routeOf(root.leaf, method)
        : find(root, method, target, pathStart + 1, end, values)
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
function find<Route>(
  node: PathNode<Methods<Route>>,
  method: string,
  target: string,
  at: number,
  end: number,
  values: string[],
): Route | undefined {
  if (at > end) return node.leaf && routeOf(node.leaf, method)
  const slash = segmentEnd(target, at, end)
  const literal = node.literals.find(target, at, slash)
  if (literal !== undefined) {
    const found = find(literal, method, target, slash + 1, end, values)
    if (found !== undefined) return found
  }
  if (node.parameter !== undefined && slash > at) {
    values.push(target.slice(at, slash))
    const found = find(node.parameter, method, target, slash + 1, end, values)
    if (found !== undefined) return found
    values.pop()
  }
  const route = node.greedy === undefined || at >= end ? undefined : routeOf(node.greedy, method)
  if (route !== undefined) values.push(target.slice(at, end))
  return route
}

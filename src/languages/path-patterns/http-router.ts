import { routeOf, type Methods } from './methods.ts'
import { leafAt, newNode, segmentEnd, type PathMatch, type PathNode, type PathPlace } from './path-tree.ts'
import { parseHttpRouteKey } from './route-key.ts'

/** A route of an HTTP API. */
export interface KeyedRoute<Route> {
  /** `GET /pets/{petId}`, `ANY /{proxy+}`, `$default`. */
  readonly key: string
  readonly route: Route
}

const NO_VALUES: readonly string[] = []
const ROOT: PathPlace = { target: '/', pathStart: 0, pathEnd: 1 }

/**
 * Finds the route for a request, as HTTP APIs do: a path and method that match in full (literal before `{parameter}`,
 * segment by segment), then a greedy path with the method, the longest first, then `$default`. Of one path a verb's
 * own route comes before `ANY`. Segments are compared as sent; a slash at the end counts, so that `/pets/` is no
 * `/pets` and is for `/pets/{proxy+}`, whose parameter is empty then.
 * Developer guide, "Working with routes for HTTP APIs".
 * @param routes of two keys for the same requests the first counts
 * @throws PathPatternError
 */
export function buildHttpRouter<Route>(
  routes: readonly KeyedRoute<Route>[],
): (method: string, path: PathPlace) => PathMatch<Route> | undefined {
  const root = newNode<Map<string, Route>>()
  let fallback: PathMatch<Route> | undefined
  for (const { key, route } of routes) {
    const parsed = parseHttpRouteKey(key)
    if (parsed.kind === 'default') {
      fallback ??= { route, pathValues: NO_VALUES }
      continue
    }
    const methods = leafAt(root, parsed.path.segments, () => new Map<string, Route>())
    if (!methods.has(parsed.method)) methods.set(parsed.method, route)
  }
  return (method, path) => {
    const { target, pathStart, pathEnd } = path.pathEnd > path.pathStart ? path : ROOT
    const values: string[] = []
    const route =
      findFull(root, method, target, pathStart + 1, pathEnd, values) ??
      findGreedy(root, method, target, pathStart + 1, pathEnd, values)
    return route === undefined ? fallback : { route, pathValues: values }
  }
}

/** As for REST APIs, but a path without the method is passed by. `values` is as found, or as it was. */
function findFull<Route>(
  node: PathNode<Methods<Route>>,
  method: string,
  target: string,
  at: number,
  end: number,
  values: string[],
): Route | undefined {
  if (at > end) return node.leaf === undefined ? undefined : routeOf(node.leaf, method)
  const slash = segmentEnd(target, at, end)
  const literal = node.literals.find(target, at, slash)
  if (literal !== undefined) {
    const found = findFull(literal, method, target, slash + 1, end, values)
    if (found !== undefined) return found
  }
  if (node.parameter === undefined || slash === at) return undefined
  values.push(target.slice(at, slash))
  const found = findFull(node.parameter, method, target, slash + 1, end, values)
  if (found === undefined) values.pop()
  return found
}

function findGreedy<Route>(
  node: PathNode<Methods<Route>>,
  method: string,
  target: string,
  at: number,
  end: number,
  values: string[],
): Route | undefined {
  if (at > end) return undefined
  const slash = segmentEnd(target, at, end)
  const literal = node.literals.find(target, at, slash)
  if (literal !== undefined) {
    const found = findGreedy(literal, method, target, slash + 1, end, values)
    if (found !== undefined) return found
  }
  if (node.parameter !== undefined && slash > at) {
    values.push(target.slice(at, slash))
    const found = findGreedy(node.parameter, method, target, slash + 1, end, values)
    if (found !== undefined) return found
    values.pop()
  }
  const found = node.greedy === undefined ? undefined : routeOf(node.greedy, method)
  if (found !== undefined) values.push(target.slice(at, end))
  return found
}

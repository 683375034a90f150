import type { Diagnostic } from '#base/diagnostic.ts'
import { routeMethods } from './methods.ts'
import { parsePathPattern, PathPatternError, type PathPattern } from './pattern.ts'

/** The key of an HTTP API's route: `GET /pets/{petId}`, `ANY /{proxy+}`, `$default`. */
export type HttpRouteKey =
  | { readonly kind: 'default' }
  | { readonly kind: 'route'; readonly method: string; readonly path: PathPattern }

/** Catches what no other route does, in HTTP APIs as in WebSocket APIs. */
export const DEFAULT_ROUTE = '$default'

/** What ends a request's path, or would have to be escaped in it. */
const NEVER_SENT = /[\s?#]/

/**
 * Developer guide, "Working with routes for HTTP APIs". A path cannot end with a slash, but for the root.
 * @throws PathPatternError
 */
export function parseHttpRouteKey(text: string): HttpRouteKey {
  if (text === DEFAULT_ROUTE) return { kind: 'default' }
  const space = text.indexOf(' ')
  const method = space === -1 ? text : text.slice(0, space)
  if (!routeMethods.has(method)) {
    const methods = [...routeMethods].join(', ')
    throw new PathPatternError(
      `a route key is $default or a method (${methods}), a space and a path: found "${text}"`,
      0,
    )
  }
  if (space === -1) throw new PathPatternError(`the path is missing after ${method}`, text.length)
  const path = parsePathPattern(text.slice(space + 1), space + 1)
  const empty = path.segments.findIndex((segment) => segment.kind === 'literal' && segment.text === '')
  if (empty !== -1 && path.segments.length > 1) {
    throw new PathPatternError(`the path of "${text}" has an empty segment or a slash at its end`, space + 1)
  }
  const strange = text.slice(space + 1).search(NEVER_SENT)
  if (strange !== -1) {
    throw new PathPatternError(
      `no request has a path like that of "${text}": space, ? and # are escaped in one`,
      space + 1 + strange,
    )
  }
  const twice = path.names.find((name, at) => path.names.indexOf(name) < at)
  if (twice !== undefined) {
    throw new PathPatternError(`the parameter ${twice} is there twice in "${text}"`, space + 1)
  }
  return { kind: 'route', method, path }
}

/** What is wrong with an HTTP API's route keys: those that cannot be read, and those that another one hides. */
export function checkHttpRouteKeys(keys: readonly string[]): Diagnostic[] {
  const found: Diagnostic[] = []
  const shapes = new Map<string, string>()
  for (const key of keys) {
    try {
      const shape = shapeOf(parseHttpRouteKey(key))
      const other = shapes.get(shape)
      if (other === undefined) shapes.set(shape, key)
      else {
        found.push({
          severity: 'error',
          message: `never reached: ${other} is for the same requests`,
          where: key,
          line: 1,
          column: 1,
        })
      }
    } catch (error) {
      if (!(error instanceof PathPatternError)) throw error
      found.push({
        severity: 'error',
        message: error.message,
        where: key,
        line: 1,
        column: error.offset + 1,
      })
    }
  }
  return found
}

/** The same for keys that are for the same requests. */
function shapeOf(key: HttpRouteKey): string {
  if (key.kind === 'default') return DEFAULT_ROUTE
  const parts = key.path.segments.map((segment) =>
    segment.kind === 'literal' ? segment.text : `{${segment.kind}}`,
  )
  return `${key.method} /${parts.join('/')}`
}

/** What `ANY` stands for. */
const ANY_METHODS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])

/** Routes of one path, by verb or `ANY`. */
export type Methods<Route> = ReadonlyMap<string, Route>

/** Methods that a route can be for. */
export const routeMethods: ReadonlySet<string> = new Set([...ANY_METHODS, 'ANY'])

/**
 * A path's route for a method: the verb's own before `ANY`'s. `GET` is not for `HEAD`, and nobody can ask for `ANY` itself:
 * no policy about `DELETE` would be about it.
 */
export function routeOf<Route>(methods: Methods<Route>, method: string): Route | undefined {
  return ANY_METHODS.has(method) ? (methods.get(method) ?? methods.get('ANY')) : undefined
}

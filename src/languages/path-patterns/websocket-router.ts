import type { KeyedRoute } from './http-router.ts'
import { DEFAULT_ROUTE } from './route-key.ts'

/** The routes of a WebSocket API. */
export interface WebSocketRoutes<Route> {
  /** Run while the connection is made. */
  readonly connect: Route | undefined
  /** Run after it has ended. */
  readonly disconnect: Route | undefined
  /**
   * The route for a message: the one whose key is exactly what the route selection expression gave, else `$default`.
   * @param key undefined when the expression could not be evaluated, as with a message that is not JSON
   */
  forMessage(key: string | undefined): Route | undefined
}

/** Developer guide, "Working with routes for WebSocket APIs". No message can ask for `$connect` or `$disconnect`. */
export function buildWebSocketRoutes<Route>(routes: readonly KeyedRoute<Route>[]): WebSocketRoutes<Route> {
  const all = new Map(routes.map(({ key, route }) => [key, route]))
  const fallback = all.get(DEFAULT_ROUTE)
  const custom = new Map([...all].filter(([key]) => !key.startsWith('$')))
  return {
    connect: all.get('$connect'),
    disconnect: all.get('$disconnect'),
    forMessage: (key) => (key === undefined ? fallback : (custom.get(key) ?? fallback)),
  }
}

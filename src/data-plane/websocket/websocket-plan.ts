import type { Exchange } from '#data-plane/exchange.ts'
import type { RoutePlan } from '#data-plane/plan.ts'
import type { WebSocketApiLimits } from './websocket-limits.ts'

/** What a stage of a WebSocket API has beside the route of its handshakes. */
export interface WebSocketPlan {
  readonly limits: WebSocketApiLimits
  /** Undefined: nothing is told of ends. */
  readonly disconnect: RoutePlan | undefined
  /** The route of a message; undefined: none takes it. */
  routeOf(exchange: Exchange): RoutePlan | undefined
}

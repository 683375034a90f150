import type { Exchange } from '#data-plane/exchange.ts'
import type { RoutePlan } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { ExpressionError } from '#languages/expressions/error.ts'
import {
  compileSelection,
  DEFAULT_KEY,
  type Selection,
  type SelectionPlace,
} from '#languages/selection/selection-expression.ts'
import { eventOf } from './websocket-event.ts'

/** Keys of routes that are for no message. */
export const CONNECT_ROUTE = '$connect'
export const DISCONNECT_ROUTE = '$disconnect'

/** A selection expression. @param where it is written, for diagnostics. @throws DefinitionError */
export function compileRouteSelection(text: string, place: SelectionPlace, where: string): Selection {
  try {
    return compileSelection(text, place)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw new DefinitionError(`${where} ${text}: ${error.message}`, where)
  }
}

/**
 * The route whose key is what the expression gives, else `$default`: of what is no JSON, too. Developer guide, "Working with
 * routes for WebSocket APIs".
 */
export function compileRouteOf(
  select: Selection,
  routes: ReadonlyMap<string, RoutePlan>,
): (exchange: Exchange) => RoutePlan | undefined {
  const fallback = routes.get(DEFAULT_KEY)
  // No message is read where there is nothing to choose.
  if (routes.size === (fallback === undefined ? 0 : 1)) return () => fallback
  return (exchange) => {
    const event = eventOf(exchange)
    const key = event.isBinary ? undefined : select(event.scope(exchange))
    return (key === undefined ? undefined : routes.get(key)) ?? fallback
  }
}

import { throttleRoute } from '#data-plane/steps/throttle-route.ts'
import type { Step } from '#data-plane/plan.ts'
import type { WebSocketRouteDefinition } from './route-definition.ts'

/** Ends of connections are told whatever the rate: no client could send them again. */
export function throttleEvent(definition: WebSocketRouteDefinition): Step | undefined {
  return definition.eventType === 'DISCONNECT' ? undefined : throttleRoute(definition)
}

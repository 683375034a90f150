import type { Step } from '#data-plane/plan.ts'
import { takeOf } from '#data-plane/steps/throttle.ts'
import type { WebSocketRouteDefinition } from './route-definition.ts'

/**
 * How fast clients may come, over all WebSocket APIs of an account in a region: developer guide, "Quotas for configuring and
 * running a WebSocket API". It is not documented where AWS looks at it: here before anybody is asked who a client is, so that a
 * storm of them costs no authorizer's time.
 */
export function limitConnectRate({
  eventType,
  snapshot: { account, region },
  limits: { connectRate },
}: WebSocketRouteDefinition): Step | undefined {
  if (eventType !== 'CONNECT' || connectRate === undefined) return undefined
  return takeOf([[`connects ${account} ${region}`, connectRate]])
}

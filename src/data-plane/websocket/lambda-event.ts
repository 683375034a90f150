import type { Exchange } from '#data-plane/exchange.ts'
import { disconnectParts, handshakeParts, requestContext } from './event-parts.ts'
import { eventOf, type EventType } from './websocket-event.ts'

/** What an event has beside its context, by type. */
const before: Readonly<Record<EventType, (exchange: Exchange) => object>> = {
  CONNECT: handshakeParts,
  MESSAGE: () => ({}),
  DISCONNECT: disconnectParts,
}

/**
 * The event of a function behind AWS_PROXY, as JSON text. Developer guide, "Working with AWS Lambda proxy integrations for
 * WebSocket APIs".
 */
export function lambdaEvent(exchange: Exchange): string {
  const event = eventOf(exchange)
  const { data, isBinary } = event
  const { stageVariables } = exchange.plan
  return JSON.stringify({
    ...before[event.type](exchange),
    requestContext: requestContext(exchange),
    stageVariables: Object.keys(stageVariables).length === 0 ? undefined : stageVariables,
    body: typeof data === 'string' ? data : data?.toString('base64'),
    isBase64Encoded: isBinary,
  })
}

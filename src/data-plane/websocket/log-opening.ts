import type { Exchange } from '#data-plane/exchange.ts'
import { eventOf, type EventType, type WebSocketEvent } from './websocket-event.ts'

type Line = (event: WebSocketEvent, dataTrace: boolean) => string

const lines: Readonly<Record<EventType, Line>> = {
  CONNECT: ({ connection: { userAgent, sourceIp, apiId } }) =>
    `Client [UserAgent: ${userAgent ?? 'null'}, SourceIp: ${sourceIp}] is connecting to WebSocket API [${apiId}].`,
  MESSAGE: ({ connection: { connectionId, apiId }, data }, dataTrace) =>
    `WebSocket API [${apiId}] received message from client [Connection Id: ${connectionId}].` +
    (dataTrace ? ` Message: [${typeof data === 'string' ? data : `${data?.length ?? 0} bytes`}]` : ''),
  DISCONNECT: ({ connection: { connectionId, apiId }, end }) =>
    `Client [Connection Id: ${connectionId}] disconnected from WebSocket API [${apiId}] with status code: [${end?.code}].`,
}

/** What an execution log tells first of an event. */
export function logOpening(exchange: Exchange, dataTrace: boolean): readonly string[] {
  const event = eventOf(exchange)
  return [`WebSocket Request Route: [${exchange.route?.routeKey ?? ''}]`, lines[event.type](event, dataTrace)]
}

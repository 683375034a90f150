import { readWebSocketHandshake } from '#http/websocket/handshake.ts'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { Step } from '#data-plane/plan.ts'
import { newFacts } from './connection-facts.ts'
import type { CompiledWebSocketRoute } from './route-definition.ts'
import { WebSocketEvent } from './websocket-event.ts'

/** The first step of `$connect`: who asks for no WebSocket is told so, and no integration of it. */
export function readHandshake({ eventType }: CompiledWebSocketRoute): Step | undefined {
  return eventType === 'CONNECT' ? read : undefined
}

function read(exchange: Exchange): void {
  const handshake = readWebSocketHandshake(exchange.request)
  exchange.event = new WebSocketEvent('CONNECT', newFacts(exchange))
  const { connections } = exchange.services
  if (connections !== undefined) connections.counts.connects++
  if (connections?.isFull === true) throw noRoom()
  if (urlBytes(exchange) > (exchange.plan.webSocket?.limits.urlBytesMax ?? Infinity)) {
    throw new GatewayError('DEFAULT_4XX', { status: 414, message: 'Request URI too long' })
  }
  if (handshake.kind === 'none') exchange.reply = upgradeRequired()
  else if (handshake.kind === 'malformed') exchange.reply = handshake.reply
}

/** This process holds as many clients as it may. */
export function noRoom(): GatewayError {
  const reason = 'as many connections are held as --websocket-connections says'
  return new GatewayError('DEFAULT_5XX', { status: 503, message: 'Service Unavailable', reason })
}

function urlBytes({ request: { host, target } }: Exchange): number {
  return 'wss://'.length + host.length + target.length
}

/** RFC 9110 §15.5.22. */
function upgradeRequired(): HttpReply {
  return {
    status: 426,
    headers: new Headers(['Content-Type', 'application/json', 'Upgrade', 'websocket']),
    body: textBody('{"message": "Upgrade Required"}'),
  }
}

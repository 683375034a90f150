import { closeCodes } from '#http/websocket/close-codes.ts'
import { acceptWebSocket, readWebSocketHandshake } from '#http/websocket/handshake.ts'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { admittedFacts, type ConnectionFacts } from './connection-facts.ts'
import { noRoom } from './handshake.ts'
import { eventOf } from './websocket-event.ts'

const PROTOCOL = 'Sec-WebSocket-Protocol'

/**
 * Ends the handshake: an integration that answered 2xx has it accepted, any other status is the client's answer. Developer
 * guide, "Manage connected users and client apps: $connect and $disconnect routes". A subprotocol is the integration's to
 * choose, in a header of its answer ("Setting up a $connect route that requires a WebSocket subprotocol").
 */
export function acceptConnection(exchange: Exchange): void | Promise<void> {
  const { response, services } = exchange
  const status = response?.status ?? exchange.integrationResponse?.status ?? 200
  if (status < 200 || status > 299) {
    exchange.reply = {
      status,
      headers: response?.headers ?? new Headers(['Content-Type', 'application/json']),
      body: response?.body ?? emptyBody,
    }
    return
  }
  const { connections } = services
  if (connections === undefined) throw configurationError('no connections are held here')
  const facts = admittedFacts(eventOf(exchange).connection, exchange)
  // Others came while its integration was asked: what that began is ended.
  if (connections.isFull) {
    return connections.disconnected(facts, LOST, services).then(() => {
      throw noRoom()
    })
  }
  const known = connections.opening(facts)
  if (known === undefined) accept(exchange, facts)
  else return known.then(() => accept(exchange, facts))
}

const LOST = { code: closeCodes.lost, reason: '' }

function accept(exchange: Exchange, facts: ConnectionFacts): void {
  const { request, response, services, plan } = exchange
  const { connections } = services
  const handshake = readWebSocketHandshake(request)
  const limits = plan.webSocket?.limits
  if (handshake.kind !== 'offer' || connections === undefined || limits === undefined) {
    throw configurationError('the handshake is none')
  }
  const { offer } = handshake
  const chosen = response?.headers.get(PROTOCOL)
  const connection = connections.connecting(facts, services, limits, plan)
  try {
    const reply = acceptWebSocket(offer, {
      handler: connection,
      limits,
      // One that was not offered would have the client fail the connection (RFC 6455 §4.1).
      protocol: chosen !== undefined && offer.protocols.includes(chosen) ? chosen : undefined,
      headers: response?.headers,
    })
    exchange.reply = {
      ...reply,
      onSent: (_, complete) => {
        // One that is explained opens no connection either.
        if (!complete || exchange.explanation !== undefined) connection.abandoned()
      },
    }
  } catch (error) {
    // A header that cannot be written: what was told of the connection is taken back.
    connection.abandoned()
    throw error
  }
}

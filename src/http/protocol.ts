import type { Connection, Peer } from './connection.ts'
import { Http2Connection } from './http2/http2-connection.ts'
import { ServerConnection, type ServerContext } from './server-connection.ts'
import type { StreamSocket } from './socket.ts'

/**
 * Begins to speak on a socket that is ready for application bytes: TLS and the PROXY protocol are behind it.
 * The caller makes the connection the socket's owner and gives it what has arrived already.
 * @param alpn the protocol that the TLS handshake agreed on; undefined when it did not, or there was none
 */
export function speak(context: ServerContext, socket: StreamSocket, peer: Peer, alpn?: string): Connection {
  if (alpn === 'h2') return new Http2Connection(context, socket, peer)
  return new ServerConnection(context, socket, peer)
}

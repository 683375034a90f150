import { emptyBody } from '#http/body.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { Body, HttpRequest } from '#http/message.ts'
import type { ConnectionFacts } from './connection-facts.ts'

/**
 * A message, or the end of a connection, in the form that steps know: a request without headers. Nobody can abort it,
 * for a client that closes has sent what it has sent.
 */
export class EventRequest implements HttpRequest {
  readonly method: string = 'POST'
  readonly target: string = '/'
  readonly headers: Headers
  readonly host: string
  readonly version = '1.1'
  readonly peer: Peer
  readonly body: Body
  readonly aborted: boolean = false

  constructor({ host, sourceIp }: ConnectionFacts, body: Body = emptyBody, isBinary: boolean = false) {
    this.host = host
    this.peer = { address: sourceIp, secure: true }
    this.headers = isBinary ? new Headers(['Content-Type', BINARY_TYPE]) : new Headers()
    this.body = body
  }

  onAbort(): void {}
}

/** What backends are told of a binary message. */
export const BINARY_TYPE = 'application/octet-stream'

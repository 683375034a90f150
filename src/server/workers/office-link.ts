import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { Body, HttpHandler, HttpRequest } from '#http/message.ts'
import { jsonReply } from '../json-reply.ts'

/** Who the client is, as JSON. Whatever a client sends under this name is replaced. */
const PEER_FIELD = 'X-Gatehouse-Peer'

/**
 * A worker's way to the office: the request as it is, the answer as it comes.
 * @param origin of the socket at which `officeOverLink` answers
 */
export function linkToOffice(client: HttpClient, origin: string, log: Log): HttpHandler {
  return async (request) => {
    const { method, target, body, peer } = request
    const headers = new Headers([...request.headers.raw])
    headers.set(PEER_FIELD, JSON.stringify({ address: peer.address, secure: peer.secure }))
    try {
      return await client.send({
        origin,
        method,
        target,
        headers,
        body,
        // Only the office knows how long a call may take.
        timeoutMs: Infinity,
        onCancel: (listener) => request.onAbort(listener),
      })
    } catch (error) {
      if (!request.aborted) log.error('the supervisor does not answer', { method, error })
      return jsonReply(503, { message: 'The gateway is restarting.' })
    }
  }
}

/** The office's end: its requests are those that the workers' clients sent. */
export function officeOverLink(office: HttpHandler): HttpHandler {
  return (request) => office(new LinkedRequest(request))
}

class LinkedRequest implements HttpRequest {
  readonly #request: HttpRequest
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly version: HttpRequest['version']
  readonly peer: Peer
  readonly body: Body

  constructor(request: HttpRequest) {
    this.#request = request
    this.method = request.method
    this.target = request.target
    this.headers = request.headers
    this.version = request.version
    this.body = request.body
    this.peer = JSON.parse(request.headers.get(PEER_FIELD) ?? 'null') as Peer
    request.headers.delete(PEER_FIELD)
  }

  get aborted(): boolean {
    return this.#request.aborted
  }

  onAbort(listener: () => void): void {
    this.#request.onAbort(listener)
  }
}

import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import { ChangedRequest } from '#http/changed-request.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler, HttpRequest } from '#http/message.ts'
import { jsonReply } from '../json-reply.ts'
import { sendOverLink } from './send-over-link.ts'

/** What the way through a worker would lose. */
interface ClientFacts {
  readonly peer: Peer
  readonly version: HttpRequest['version']
  readonly host: string
  /** False: the Host field is ours. */
  readonly hostField: boolean
}

/** `ClientFacts` as JSON. Whatever a client sends under this name is replaced. */
const CLIENT_FIELD = 'X-Gatehouse-Client'

/**
 * A worker's way to the office: the request as it is, the answer as it comes.
 * @param origin of the socket at which `officeOverLink` answers
 */
export function linkToOffice(client: HttpClient, origin: string, log: Log): HttpHandler {
  return async (request) => {
    const { method, target, body, version, host } = request
    const headers = new Headers([...request.headers.raw])
    const peer = { address: request.peer.address, secure: request.peer.secure }
    const hostField = headers.has('host')
    headers.set(CLIENT_FIELD, JSON.stringify({ peer, version, host, hostField } satisfies ClientFacts))
    try {
      return await sendOverLink(client, {
        origin,
        method,
        target,
        headers,
        body,
        onCancel: (listener) => request.onAbort(listener),
      })
    } catch (error) {
      if (!request.aborted) log.error('the supervisor does not answer', { method, error })
      return jsonReply(503, { message: 'The control plane does not answer.' })
    }
  }
}

/** The office's end: its requests are those that the workers' clients sent. */
export function officeOverLink(office: HttpHandler): HttpHandler {
  return (request) => office(linkedRequest(request))
}

function linkedRequest(request: HttpRequest): HttpRequest {
  const { headers } = request
  const { hostField, host, version, peer } = JSON.parse(headers.get(CLIENT_FIELD) ?? '') as ClientFacts
  headers.delete(CLIENT_FIELD)
  // A client that named no host must not seem to have named us.
  if (!hostField) headers.delete('host')
  return new ChangedRequest(request, { host, version, peer })
}

import type { Peer } from './connection.ts'
import type { Headers } from './headers.ts'
import type { Body, HttpRequest } from './message.ts'

/** A request in which something stands in the place of what came; its body and its end are those of the one that came. */
export class ChangedRequest implements HttpRequest {
  readonly #request: HttpRequest
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly host: string
  readonly version: HttpRequest['version']
  readonly peer: Peer
  readonly body: Body

  constructor(
    request: HttpRequest,
    changes: Partial<Pick<HttpRequest, 'method' | 'headers' | 'host' | 'version' | 'peer'>>,
  ) {
    this.#request = request
    this.method = changes.method ?? request.method
    this.target = request.target
    this.headers = changes.headers ?? request.headers
    this.host = changes.host ?? request.host
    this.version = changes.version ?? request.version
    this.peer = changes.peer ?? request.peer
    this.body = request.body
  }

  get aborted(): boolean {
    return this.#request.aborted
  }

  onAbort(listener: () => void): void {
    this.#request.onAbort(listener)
  }
}

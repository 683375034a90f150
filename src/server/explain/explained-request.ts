import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { Body, HttpRequest } from '#http/message.ts'

/** A request as it would be without the field that asks to explain it: no backend is to see the token. */
export class ExplainedRequest implements HttpRequest {
  readonly #request: HttpRequest
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly host: string
  readonly version: HttpRequest['version']
  readonly peer: Peer
  readonly body: Body

  constructor(request: HttpRequest, field: string, method: string) {
    const headers = new Headers([...request.headers.raw])
    headers.delete(field)
    this.#request = request
    this.method = method
    this.target = request.target
    this.headers = headers
    this.host = request.host
    this.version = request.version
    this.peer = request.peer
    this.body = request.body
  }

  get aborted(): boolean {
    return this.#request.aborted
  }

  onAbort(listener: () => void): void {
    this.#request.onAbort(listener)
  }
}

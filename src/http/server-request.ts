import type { Peer } from './connection.ts'
import type { Headers } from './headers.ts'
import type { Body, HttpRequest, HttpVersion } from './message.ts'

/** A request as the handler sees it. */
export class ServerRequest implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly host: string
  readonly version: HttpVersion
  readonly peer: Peer
  readonly body: Body
  aborted = false
  #listeners: (() => void)[] | undefined

  constructor(
    version: HttpVersion,
    method: string,
    target: string,
    headers: Headers,
    host: string,
    body: Body,
    peer: Peer,
  ) {
    this.method = method
    this.target = target
    this.headers = headers
    this.host = host
    this.version = version
    this.peer = peer
    this.body = body
  }

  onAbort(listener: () => void): void {
    if (this.aborted) listener()
    else (this.#listeners ??= []).push(listener)
  }

  /** The client will not get (all of) its answer. */
  abort(): void {
    this.aborted = true
    const listeners = this.#listeners
    this.#listeners = undefined
    for (const listener of listeners ?? []) listener()
  }
}

import type { Peer } from './connection.ts'
import type { MessageHead } from './head.ts'
import type { Headers } from './headers.ts'
import type { Body, HttpRequest } from './message.ts'

/** A request as the handler sees it. */
export class ServerRequest implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly host: string
  readonly version: '1.0' | '1.1'
  readonly peer: Peer
  readonly body: Body
  aborted = false
  #listeners: (() => void)[] | undefined

  constructor(head: MessageHead, target: string, headers: Headers, host: string, body: Body, peer: Peer) {
    this.method = head.method
    this.target = target
    this.headers = headers
    this.host = host
    this.version = head.minor === 1 ? '1.1' : '1.0'
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

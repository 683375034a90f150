import type { Socket as BunSocket } from 'bun'
import { steadyMs } from '#base/clock.ts'
import type { Connection } from './connection.ts'
import type { ServerContext } from './server-connection.ts'
import type { SocketOwner } from './socket.ts'

/** A connection that is not yet ready for requests: gathers bytes until a header or message is here whole. */
export abstract class AcceptStage implements Connection {
  protected readonly context: ServerContext
  protected readonly socket: BunSocket<SocketOwner>
  /** `eventTimeMs()` of the accept: the deadline is one for all stages. */
  protected readonly startedMs: number
  #pending: Buffer | undefined
  #ended = false
  /** `steadyMs()` of the refusal; 0 before. */
  #refusedMs = 0

  constructor(context: ServerContext, socket: BunSocket<SocketOwner>, startedMs: number) {
    this.context = context
    this.socket = socket
    this.startedMs = startedMs
  }

  /** Looks at everything received so far; calls `wait`, `handOver`, `refuse` or `terminate`. */
  protected abstract read(bytes: Buffer): void

  received(bytes: Buffer): void {
    if (this.#refusedMs > 0) return
    this.read(this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]))
  }

  /** More is needed. */
  protected wait(bytes: Buffer): void {
    this.#pending = bytes
  }

  /** The socket is another's from now on. */
  protected handOver(heir: Connection, rest: Buffer): void {
    this.#pending = undefined
    this.socket.data = heir
    this.context.replace(this, heir)
    if (rest.length > 0) heir.received(rest)
    if (this.#ended) heir.ended()
  }

  /** Says why, and closes when the client has. What it still sends must not turn into a reset that loses our words. */
  protected refuse(answer: Buffer): void {
    this.#refusedMs = steadyMs()
    this.#pending = undefined
    this.socket.write(answer)
    this.socket.shutdown()
  }

  drained(): void {}

  ended(): void {
    this.#ended = true
    // What is not here whole never will be.
    this.#leave()
  }

  closed(): void {
    this.context.forget(this)
  }

  sweep(nowMs: number): void {
    const { handshakeTimeoutMs, lingerTimeoutMs } = this.context.limits
    const late =
      this.#refusedMs > 0
        ? nowMs - this.#refusedMs > lingerTimeoutMs
        : nowMs - this.startedMs > handshakeTimeoutMs
    if (late) this.terminate()
  }

  /** Nothing was asked yet that ending now could lose. */
  drain(): void {
    if (this.#refusedMs === 0) this.#leave()
  }

  terminate(): void {
    this.socket.terminate()
    this.closed()
  }

  #leave(): void {
    this.socket.end()
    this.closed()
  }
}

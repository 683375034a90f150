import type { Log } from '#base/log.ts'
import type { Connection, Peer } from '#http/connection.ts'
import type { Headers } from '#http/headers.ts'
import type { StreamSocket } from '#http/socket.ts'

export type HttpVersion = '1.0' | '1.1' | '2'

/** A request as the server hands it up: head complete, body perhaps still arriving. */
export interface HttpRequest {
  readonly method: string
  /** The request-target exactly as sent: `/a%2Fb?c=d`; absolute-form is reduced to origin-form. */
  readonly target: string
  readonly headers: Headers
  /** What the client named in Host (or `:authority`); '' when it named nothing. */
  readonly host: string
  readonly version: HttpVersion
  readonly peer: Peer
  readonly body: Body
  /** True once the client has gone away before the answer was complete. */
  readonly aborted: boolean
  /** Calls `listener` when the client goes away before the answer is complete; several may be set. */
  onAbort(listener: () => void): void
}

/** The answer, a value: the engine frames it (content-length or chunked), adds Date and Connection. */
export interface HttpReply {
  readonly status: number
  /** Reason phrase; the standard one when undefined. */
  readonly reason?: string | undefined
  /**
   * Must not hold Content-Length, Transfer-Encoding or Connection: framing is the engine's. Upgrade is sent on an
   * answer of status 426 alone.
   */
  readonly headers: Headers
  readonly body: Body
  /** Called once, when the last byte was handed to the kernel or the connection was lost (`complete` false). */
  readonly onSent?: ((bodyBytes: number, complete: boolean) => void) | undefined
  /**
   * Set on an answer of status 101 alone: hands the connection over to another protocol. Only for a request of
   * HTTP/1.1 that is here whole. When the client has left meanwhile nothing is handed over, and `onSent` says so.
   */
  readonly upgrade?: Upgrade | undefined
}

/** What a connection becomes when the handler agrees to what the client asked for in `Upgrade`. */
export interface Upgrade {
  /** Makes the connection's new owner, which writes the 101 answer itself: that of the reply is not sent. */
  take(socket: StreamSocket, server: UpgradeServer): UpgradedConnection
}

export interface UpgradedConnection extends Connection {
  /**
   * Called once, first of all, when the connection is its own: it may write now. What the client sent already beyond
   * its request is received next.
   */
  begin(): void
}

export interface UpgradeServer {
  readonly log: Log
  /** To be called once when the connection that took over is gone. */
  forget(connection: Connection): void
}

export type HttpHandler = (request: HttpRequest) => HttpReply | Promise<HttpReply>

/**
 * Bytes of a message, whole or streaming. One reader: `start` or `bytes`, once.
 * A body that nobody reads is discarded by its owner when the exchange ends.
 */
export interface Body {
  /** Bytes when known in advance (content-length, or the whole is here), else undefined. */
  readonly length: number | undefined
  /**
   * Delivers the body to `sink`: synchronously what is here already, the rest as it arrives.
   * Ends with exactly one `end` or `fail`, unless `cancel` was called.
   */
  start(sink: BodySink): void
  /** Asks the source to stop delivering; what is under way may still come. */
  pause(): void
  resume(): void
  /** The reader gives up: no more calls to the sink; the source may drop its connection. */
  cancel(): void
  /**
   * The whole body: the bytes themselves when they are all here, else a promise.
   * @throws BodyTooLarge past `bytesMax`; HttpError when the source fails.
   */
  bytes(bytesMax: number): Uint8Array | Promise<Uint8Array>
}

export interface BodySink {
  /** The chunk stays valid and unchanged after the call. */
  data(chunk: Uint8Array): void
  end(trailers?: Headers): void
  fail(error: Error): void
}

import { steadyMs } from '#base/clock.ts'
import { readEventTime } from '#http/event-time.ts'
import type { UpgradedConnection, UpgradeServer } from '#http/message.ts'
import type { StreamSocket } from '#http/socket.ts'
import { SocketWriter } from '#http/socket-writer.ts'
import { ByteQueue } from './byte-queue.ts'
import { closeCodes, isSendableCloseCode } from './close-codes.ts'
import { FrameReader, type FrameOwner } from './frame-reader.ts'
import {
  binaryFrame,
  closeFrame,
  CONTROL_BYTES_MAX,
  controlFrame,
  HEADER_BYTES_MAX,
  opcodes,
  textFrame,
} from './frames.ts'
import type { WebSocketLimits } from './limits.ts'
import type { WebSocketConnection, WebSocketHandler } from './websocket-connection.ts'

type State =
  | 'open'
  | 'closing' // our close is sent, the client's has not come
  | 'ending' // all is said: FIN goes out after it; what still comes is ignored
  | 'gone'

/** Code and reason of a close. */
type Closing = readonly [code: number, reason: string]

/** As AWS ends idle and old connections. */
const GOING_AWAY: Closing = [closeCodes.goingAway, 'Going away']
const SLOW_READER: Closing = [closeCodes.policy, 'client reads too slowly']
const HANDLER_FAILED: Closing = [closeCodes.internalError, 'Internal server error']

/** The server's side of one WebSocket (RFC 6455), from the 101 answer to the end of its connection. */
export class ServerWebSocket implements UpgradedConnection, WebSocketConnection, FrameOwner {
  readonly #socket: StreamSocket
  readonly #server: UpgradeServer
  readonly #limits: WebSocketLimits
  readonly #writer: SocketWriter
  readonly #reader: FrameReader
  /** The answer to the handshake, until it is written. */
  #answer: Buffer
  /** Until it was told of the close. */
  #handler: WebSocketHandler | undefined
  #state: State = 'open'
  /** How we began to close. */
  #closing: Closing | undefined
  /** Frames behind those that the writer waits with. */
  #queue: ByteQueue | undefined
  #paused = false
  /** The client sent FIN. */
  #halfClosed = false

  readonly connectedAtMs: number = Date.now()
  // Deadlines go by the steady clock: nobody is closed because the wall clock was set.
  readonly #openedMs: number = steadyMs()
  #activeMs: number = this.#openedMs
  /** When the client was last heard of. */
  #heardMs: number = this.#openedMs
  /** When the sweep pinged it; absent once it is heard of, which may be in the same millisecond. */
  #pingedMs: number | undefined
  /** When bytes began to wait, or the kernel last took some. */
  #writtenMs = 0
  /** When the present closing state began. */
  #closingMs = 0

  /** @param answer the whole 101 answer */
  constructor(
    socket: StreamSocket,
    server: UpgradeServer,
    handler: WebSocketHandler,
    limits: WebSocketLimits,
    answer: Buffer,
  ) {
    this.#answer = answer
    this.#socket = socket
    this.#server = server
    this.#handler = handler
    this.#limits = limits
    this.#writer = new SocketWriter(socket)
    this.#reader = new FrameReader(this, limits)
  }

  begin(): void {
    this.#write(this.#answer)
    this.#answer = NO_BYTES
    this.#tell((handler) => handler.open?.(this))
  }

  // What the layer above may do

  get lastActiveAtMs(): number {
    return this.connectedAtMs + this.#activeMs - this.#openedMs
  }

  get unsentBytes(): number {
    return this.#writer.unsent + (this.#queue?.length ?? 0)
  }

  send(data: string | Uint8Array): boolean {
    if (this.#state !== 'open' || this.#writer.dead) return false
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    if (!this.#makesRoom(length)) return false
    this.#activeMs = steadyMs()
    this.#write(typeof data === 'string' ? textFrame(data, length) : binaryFrame(data))
    return true
  }

  /** What is sent to a fast reader does not wait at all. */
  hasRoom(payloadBytes: number): boolean {
    const { unsentBytes } = this
    if (unsentBytes === 0 || this.#state !== 'open') return true
    return unsentBytes + payloadBytes + HEADER_BYTES_MAX <= this.#limits.unsentBytesMax
  }

  ping(): void {
    if (this.#state === 'open' && this.#makesRoom(0)) this.#write(controlFrame(opcodes.ping, NO_BYTES))
  }

  close(code: number = closeCodes.normal, reason = ''): void {
    if (!isSendableCloseCode(code)) {
      throw new RangeError(
        `${code} is no close code that may be sent: expected 1000-1003, 1007-1014 or 3000-4999`,
      )
    }
    const length = Buffer.byteLength(reason)
    if (length > REASON_BYTES_MAX) {
      throw new RangeError(`the close reason has ${length} bytes: expected at most ${REASON_BYTES_MAX}`)
    }
    this.#close([code, reason])
  }

  terminate(): void {
    this.#socket.terminate()
    this.closed()
  }

  pause(): void {
    if (this.#paused || this.#state !== 'open') return
    this.#paused = true
    this.#reader.pause()
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#heard(steadyMs())
    this.#reader.resume()
    // What was held back may have paused it again.
    if (this.#paused) return
    this.#socket.resume()
    if (this.#halfClosed && this.#state !== 'ending') this.#clientEnded()
  }

  // Socket events

  received(bytes: Buffer): void {
    if (this.#state === 'ending' || this.#state === 'gone') return
    this.#heard(readEventTime())
    this.#reader.received(bytes)
  }

  drained(): void {
    // Who takes bytes is there.
    this.#writtenMs = readEventTime()
    this.#heard(this.#writtenMs)
    if (!this.#writer.drain()) return
    const queue = this.#queue
    if (queue !== undefined) {
      this.#queue = undefined
      this.#writer.write(queue.take())
    }
    if (this.#state === 'ending' && this.#writer.unsent === 0) this.#finish()
  }

  ended(): void {
    this.#halfClosed = true
    if (!this.#paused) this.#clientEnded()
  }

  closed(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#reader.stop()
    this.#writer.abandon()
    this.#queue = undefined
    this.#conclude(closeCodes.lost, 'connection lost', false)
    this.#server.forget(this)
  }

  // The server's demands

  sweep(nowMs: number): void {
    const limits = this.#limits
    if (this.#state !== 'open') {
      const sinceMs = Math.max(this.#closingMs, this.#writtenMs)
      if (nowMs - sinceMs > limits.closeTimeoutMs) this.terminate()
    } else if (this.unsentBytes > 0 && nowMs - this.#writtenMs > limits.writeTimeoutMs) {
      this.#drop('client takes nothing')
    } else if (nowMs - this.#openedMs > limits.lifetimeMs) {
      this.#close(GOING_AWAY)
    } else if (!this.#paused) {
      if (nowMs - this.#activeMs > limits.idleTimeoutMs) this.#close(GOING_AWAY)
      else if (nowMs - this.#heardMs > limits.pingIntervalMs) this.#probe(nowMs)
    }
  }

  drain(): void {
    const handler = this.#handler
    if (handler?.drain === undefined) this.#close(GOING_AWAY)
    else this.#tell(() => handler.drain?.(this))
  }

  // FrameOwner: what the client says

  messageRead(data: string | Buffer): void {
    this.#activeMs = this.#heardMs
    this.#tell((handler) => handler.message(this, data))
  }

  pingRead(payload: Buffer): void {
    this.#activeMs = this.#heardMs
    if (this.#state === 'open' && this.#makesRoom(payload.length)) {
      this.#write(controlFrame(opcodes.pong, payload))
    }
  }

  /** Answers our own pings: proves that the client is there, not that it does anything. */
  pongRead(): void {}

  closeRead(code: number, reason: string): void {
    if (this.#state === 'open') {
      this.#write(closeFrame(code === closeCodes.absent ? undefined : code, reason))
    }
    this.#end(code, reason, true)
  }

  readFailed(code: number, reason: string): void {
    if (this.#state === 'open') this.#write(closeFrame(code, reason))
    this.#end(code, reason, false)
  }

  // Closing

  #close(closing: Closing): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#closing = closing
    this.#closingMs = steadyMs()
    this.#write(closeFrame(...closing))
    this.#reader.discard()
    // The client's close may be among what is held back.
    this.resume()
  }

  #heard(nowMs: number): void {
    this.#heardMs = nowMs
    this.#pingedMs = undefined
  }

  /** Pings a silent client, or gives it up when it was pinged and stayed silent. */
  #probe(nowMs: number): void {
    if (this.#pingedMs === undefined) {
      this.#pingedMs = nowMs
      this.ping()
    } else if (nowMs - this.#pingedMs > this.#limits.pingIntervalMs) this.#drop('no answer to a ping')
  }

  #drop(reason: string): void {
    this.#conclude(closeCodes.lost, reason, false)
    this.terminate()
  }

  #clientEnded(): void {
    if (this.#state === 'open' || this.#state === 'closing')
      this.#end(closeCodes.lost, 'connection lost', false)
    else if (this.#state === 'ending' && this.#writer.unsent === 0) this.#finish()
  }

  /** All is said: the server closes the connection first (RFC 6455 §7.1.1), after everything is sent. */
  #end(code: number, reason: string, clean: boolean): void {
    this.#state = 'ending'
    this.#closingMs = steadyMs()
    this.#reader.stop()
    this.#conclude(code, reason, clean)
    if (this.#writer.unsent === 0) this.#finish()
  }

  #finish(): void {
    // The handler may have terminated it when it was told of the close.
    if (this.#state === 'gone') return
    if (this.#halfClosed) this.#socket.end()
    else this.#socket.finish()
  }

  /** Tells the handler, once. What we began ourselves is what it is told, whatever the client answered. */
  #conclude(code: number, reason: string, clean: boolean): void {
    const [ownCode, ownReason] = this.#closing ?? [code, reason]
    this.#tell((handler) => {
      this.#handler = undefined
      handler.close(this, ownCode, ownReason, clean)
    })
  }

  #tell(call: (handler: WebSocketHandler) => void): void {
    const handler = this.#handler
    if (handler === undefined) return
    try {
      call(handler)
    } catch (error) {
      this.#server.log.error('WebSocket handler failed', { error })
      this.#close(HANDLER_FAILED)
    }
  }

  // Writing

  /** Whether a frame may wait; else the connection closes. */
  #makesRoom(payloadBytes: number): boolean {
    if (this.hasRoom(payloadBytes)) return true
    this.#close(SLOW_READER)
    return false
  }

  #write(frame: Buffer): void {
    if (this.#writer.unsent > 0) {
      ;(this.#queue ??= new ByteQueue()).append(frame, 0, frame.length)
      return
    }
    this.#writer.write(frame)
    if (this.#writer.unsent > 0) this.#writtenMs = steadyMs()
  }
}

const NO_BYTES = Buffer.alloc(0)
const REASON_BYTES_MAX = CONTROL_BYTES_MAX - 2

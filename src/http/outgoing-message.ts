import { WholeBody } from './body.ts'
import { chunkSizeLine, LAST_CHUNK, lastChunk } from './chunked.ts'
import type { Headers } from './headers.ts'
import type { Body, BodySink } from './message.ts'
import { trailerLines } from './trailers.ts'
import type { SocketWriter } from './socket-writer.ts'

/** How the end of a body is told (RFC 9112 §6): by its length, by a last chunk, by closing, or there is no body. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** Told how the message under way fares. */
export interface MessageOwner {
  /** The kernel has the whole of it, or will when the event loop's turn ends. */
  messageSent(): void
  /** It can never be whole: its source failed, or gave more or less than was promised. */
  messageBroken(error: Error): void
  /** Whether the peer may be sent trailers. Those of a message that is not chunked are dropped. */
  readonly takesTrailers: boolean
}

/** Writes messages one after the other: head and first bytes in one write; the source waits while the peer is slow. */
export class OutgoingMessage implements BodySink {
  readonly #writer: SocketWriter
  readonly #unsentBytesMax: number
  readonly #owner: MessageOwner
  /** The source of the message under way. */
  #body: Body | undefined
  #chunked = false
  /** Bytes that Content-Length still promises; Infinity when nothing was promised. */
  #remaining = 0
  #beginning = false
  #ended = false
  #paused = false
  /** Bytes of the present (or last) body given to the writer. */
  bodyBytes = 0

  /** @param unsentBytesMax the source is paused while more waits for the peer */
  constructor(writer: SocketWriter, unsentBytesMax: number, owner: MessageOwner) {
    this.#writer = writer
    this.#unsentBytesMax = unsentBytesMax
    this.#owner = owner
  }

  /** True from `begin` until the owner is told that the message was sent or broke. */
  get active(): boolean {
    return this.#body !== undefined
  }

  /**
   * Goes on where a head was just written; the writer is corked, and uncorked here. What is here whole may wait for the
   * end of the event loop's turn.
   * @param body its length is known when `framing` is `length`; it is not read when that is `none`
   */
  begin(body: Body, framing: Framing): void {
    this.#body = body
    this.#chunked = framing === 'chunked'
    this.#remaining = framing === 'length' ? (body.length as number) : Infinity
    this.#ended = framing === 'none'
    this.#paused = false
    this.bodyBytes = 0
    this.#beginning = true
    if (framing === 'length' && body instanceof WholeBody) this.#whole(body)
    else if (framing !== 'none') this.#start(body)
    if (this.#ended) this.#writer.uncorkMessage()
    else this.#writer.uncork()
    this.#beginning = false
    this.#settle()
  }

  #whole({ source, from, to, length }: WholeBody): void {
    this.#writer.writePart(source, from, to)
    this.bodyBytes = length
    this.#ended = true
  }

  #start(body: Body): void {
    try {
      body.start(this)
    } catch (error) {
      this.#break(error as Error)
    }
  }

  data(chunk: Uint8Array): void {
    const { length } = chunk
    if (this.#body === undefined || length === 0) return
    this.bodyBytes += length
    this.#remaining -= length
    if (this.#remaining < 0) {
      this.#break(new Error('the body is longer than its length'))
      return
    }
    if (this.#chunked) this.#writeChunk(chunk)
    else this.#writer.write(chunk)
    this.#settle()
  }

  end(trailers?: Headers): void {
    if (this.#body === undefined) return
    if (this.#remaining > 0 && this.#remaining !== Infinity) {
      this.#break(new Error('the body is shorter than its length'))
      return
    }
    if (this.#chunked && !this.#writeLastChunk(trailers)) return
    this.#ended = true
    this.#settle()
  }

  fail(error: Error): void {
    if (this.#body !== undefined) this.#break(error)
  }

  /** The writer sent all that had waited. */
  drained(): void {
    const body = this.#body
    if (this.#paused && body !== undefined) {
      this.#paused = false
      body.resume()
    }
    this.#settle()
  }

  /** The connection is gone: the source is not wanted any more. The owner is told nothing. */
  cancel(): void {
    const body = this.#body
    this.#body = undefined
    body?.cancel()
  }

  #writeChunk(chunk: Uint8Array): void {
    const corked = this.#writer.cork()
    this.#writer.writeText(chunkSizeLine(chunk.length))
    this.#writer.write(chunk)
    this.#writer.writeText('\r\n')
    if (corked) this.#writer.uncork()
  }

  /** @returns false when the trailers cannot be written */
  #writeLastChunk(trailers: Headers | undefined): boolean {
    let end = LAST_CHUNK
    if (trailers !== undefined && this.#owner.takesTrailers) {
      try {
        end = lastChunk(trailerLines(trailers))
      } catch (error) {
        this.#break(error as Error)
        return false
      }
    }
    this.#writer.writeText(end)
    return true
  }

  #break(error: Error): void {
    this.cancel()
    this.#owner.messageBroken(error)
  }

  #settle(): void {
    // A socket that takes nothing any more is about to tell its owner so.
    if (this.#beginning || this.#body === undefined || this.#writer.dead) return
    const { unsent } = this.#writer
    if (this.#ended) {
      if (unsent > 0) return
      this.#body = undefined
      this.#owner.messageSent()
    } else if (unsent > this.#unsentBytesMax && !this.#paused) {
      this.#paused = true
      this.#body.pause()
    }
  }
}

import { Cork } from '#http/cork.ts'
import { dateLine } from '#http/dates.ts'
import { eventTimeMs } from '#http/event-time.ts'
import type { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import { toldLength } from '#http/own-replies.ts'
import { SocketWriter } from '#http/socket-writer.ts'
import type { StreamSocket } from '#http/socket.ts'
import { AnswerBlock, blockBytesMax } from './answer-block.ts'
import { flags, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, frames } from './frames.ts'

/** Writes frames (RFC 9113 §6), gathered until `flush`. */
export class FrameWriter {
  readonly #writer: SocketWriter
  #corked = false
  /** No header block was written yet. */
  #firstBlock = true

  constructor(socket: StreamSocket) {
    this.#writer = new SocketWriter(socket)
  }

  /** Bytes that the kernel has not taken yet. */
  get unsent(): number {
    return this.#writer.unsent
  }

  /** Whether something waits for `flush`. */
  get corked(): boolean {
    return this.#corked
  }

  flush(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#writer.uncork()
  }

  /** The kernel takes bytes again. True when nothing is left. */
  drain(): boolean {
    return this.#writer.drain()
  }

  abandon(): void {
    this.#writer.abandon()
  }

  settings(values: readonly (readonly [id: number, value: number])[]): void {
    const cork = this.#frame(frames.settings, 0, 0, values.length * 6)
    for (const [id, value] of values) {
      cork.length = cork.bytes.writeUInt16BE(id, cork.length)
      cork.length = cork.bytes.writeUInt32BE(value, cork.length)
    }
  }

  settingsAck(): void {
    this.#frame(frames.settings, flags.ack, 0, 0)
  }

  pingAck(bytes: Uint8Array, from: number, to: number): void {
    this.#frame(frames.ping, flags.ack, 0, to - from).copy(bytes, from, to)
  }

  ping(payload: Uint8Array): void {
    this.#frame(frames.ping, 0, 0, payload.length).copy(payload, 0, payload.length)
  }

  windowUpdate(id: number, bytes: number): void {
    const cork = this.#frame(frames.windowUpdate, 0, id, 4)
    cork.length = cork.bytes.writeUInt32BE(bytes, cork.length)
  }

  reset(id: number, code: number): void {
    const cork = this.#frame(frames.resetStream, 0, id, 4)
    cork.length = cork.bytes.writeUInt32BE(code, cork.length)
  }

  /** @param why for whoever debugs the client; latin1 */
  goAway(lastStream: number, code: number, why: string = ''): void {
    const cork = this.#frame(frames.goAway, 0, 0, 8 + why.length)
    cork.length = cork.bytes.writeUInt32BE(lastStream, cork.length)
    cork.length = cork.bytes.writeUInt32BE(code, cork.length)
    cork.text(why)
  }

  data(id: number, piece: Uint8Array, ends: boolean): void {
    this.#frame(frames.data, ends ? flags.endStream : 0, id, piece.length).copy(piece, 0, piece.length)
  }

  /** The 100 interim answer. */
  continue(id: number): void {
    block.begin(BLOCK_BYTES, this.#firstBlock)
    block.status(100)
    this.#block(id, false)
  }

  /** @throws Error when the reply cannot be written: then nothing of it is */
  head(id: number, method: string, { status, headers, body }: HttpReply, ends: boolean): void {
    const lines = linesOf(headers)
    if (!headers.has('date')) lines.text(dateLine(eventTimeMs()))
    const length = toldLength(method, status, body)
    if (length !== undefined) {
      lines.text('content-length: ')
      lines.number(length)
      lines.lineEnd()
    }
    block.begin(blockBytesMax(lines.length), this.#firstBlock)
    block.status(status)
    block.lines(lines)
    this.#block(id, ends)
  }

  /**
   * Ends the stream.
   * @throws Error when they cannot be written: then nothing of them is
   */
  trailers(id: number, trailers: Headers): void {
    const lines = linesOf(trailers)
    block.begin(blockBytesMax(lines.length), this.#firstBlock)
    block.lines(lines)
    this.#block(id, true)
  }

  /** Writes the block that was composed, in as many frames as it takes. */
  #block(id: number, ends: boolean): void {
    const { bytes, length } = block
    this.#firstBlock = false
    let type: number = frames.headers
    for (let from = 0; from < length;) {
      const to = Math.min(length, from + FRAME_BYTES_MAX)
      const flag = (to === length ? flags.endHeaders : 0) | (from === 0 && ends ? flags.endStream : 0)
      this.#frame(type, flag, id, to - from).copy(bytes, from, to)
      type = frames.continuation
      from = to
    }
  }

  /** Writes the head of a frame. @returns the cork, with room for its payload */
  #frame(type: number, flag: number, id: number, length: number): Cork {
    if (!this.#corked) {
      this.#corked = true
      this.#writer.cork()
    }
    const cork = this.#writer.compose(FRAME_HEADER_BYTES + length)
    const { bytes } = cork
    let at = cork.length
    bytes[at++] = length >> 16
    bytes[at++] = (length >> 8) & 255
    bytes[at++] = length & 255
    bytes[at++] = type
    bytes[at++] = flag
    bytes[at++] = id >>> 24
    bytes[at++] = (id >> 16) & 255
    bytes[at++] = (id >> 8) & 255
    bytes[at++] = id & 255
    cork.length = at
    return cork
  }
}

/** The field lines of an answer, with room for those of the engine; of use until the next call. */
function linesOf(headers: Headers): Cork {
  const size = headers.bytesMax + OWN_LINES_BYTES_MAX
  const lines = size > LINES_BYTES ? new Cork(size) : scratch
  lines.length = 0
  headers.writeTo(lines)
  return lines
}

/** Heads of answers are composed one at a time. */
const block = new AnswerBlock()
const BLOCK_BYTES = 64
const LINES_BYTES = 16 * 1024
const scratch = new Cork(LINES_BYTES)
/** Date and length. */
const OWN_LINES_BYTES_MAX = 128

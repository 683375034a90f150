import type { Log } from '#base/log.ts'
import { Headers } from '#http/headers.ts'
import { BunStreamSocket, type StreamSocket } from '#http/socket.ts'
import { SocketWriter } from '#http/socket-writer.ts'
import { StreamingBody } from '#http/streaming-body.ts'
import type { Invocation } from './invocation.ts'
import { responsePayloadBytesMax } from './limits.ts'
import { ERROR_BODY, ERROR_TYPE } from './received-answer.ts'
import { PRINTED, type WorkTaker } from './runtime-client.ts'
import type { Admission, RuntimeKeys } from './runtime-keys.ts'
import { workFields } from './work-fields.ts'

/**
 * What a process sends: a head of 16 bytes, then content. Numbers are little-endian.
 *
 *     0  u32  bytes of content
 *     4  u8   kind
 *     5  u8   1: work is wanted after this; 0: an empty message is, as a receipt (but for hello, begin and piece)
 *     8  f64  bytes that the process has printed so far
 *
 * What it gets: a head of 8 bytes, then fields (latin1, one a line: see `workFields`), then the event.
 *
 *     0  u32  bytes of fields; 0 in a receipt
 *     4  u32  bytes of the event
 */
const HEAD_BYTES = 16
const WORK_HEAD_BYTES = 8

const HELLO = 1
const NEXT = 2
const ANSWER = 3
const ERROR = 4
const INIT_ERROR = 5
const BEGIN = 6
const PIECE = 7
const END = 8

const KEY_BYTES_MAX = 128
const NO_BYTES = Buffer.alloc(0)
/** Of an answer in pieces, before its process has to wait. */
const HELD_BYTES_MAX = 262_144

/** The connection of one process: what it tells and asks, work to it. */
export class LinkConnection implements WorkTaker {
  readonly #keys: RuntimeKeys
  readonly #socket: StreamSocket
  readonly #writer: SocketWriter
  readonly #log: Log
  #admission: Admission | undefined
  /** Of the invocation that it was given last. */
  #requestId = ''

  /** Bytes of a head that is not here whole. */
  #begun: Buffer = NO_BYTES
  /** Of the message whose content is arriving; 0: none. */
  #kind = 0
  #wantsWork = false
  #printedBytes = 0
  #contentBytes = 0
  /** Of its content, still to come. */
  #left = 0
  #parts: Uint8Array[] = []

  #stream: StreamingBody | undefined
  #streamed: Promise<unknown> = Promise.resolve()

  constructor(keys: RuntimeKeys, socket: Bun.Socket<LinkConnection>, log: Log) {
    this.#keys = keys
    this.#socket = new BunStreamSocket(socket as unknown as ConstructorParameters<typeof BunStreamSocket>[0])
    this.#writer = new SocketWriter(this.#socket)
    this.#log = log
  }

  get admitted(): boolean {
    return this.#admission !== undefined
  }

  terminate(): void {
    this.#socket.terminate()
  }

  // Socket events

  received(bytes: Buffer): void {
    if (this.#begun.length > 0) bytes = Buffer.concat([this.#begun, bytes])
    let at = 0
    for (;;) {
      if (this.#kind === 0) {
        if (bytes.length - at < HEAD_BYTES) break
        if (!this.#readHead(bytes, at)) return this.terminate()
        at += HEAD_BYTES
      }
      const from = at
      at = Math.min(bytes.length, from + this.#left)
      this.#left -= at - from
      const whole = at - from === this.#contentBytes
      if (!whole || this.#kind === PIECE) this.#keep(bytes.subarray(from, at))
      if (this.#left > 0) break
      const content = whole ? bytes.subarray(from, at) : Buffer.concat(this.#parts)
      const kind = this.#kind
      this.#kind = 0
      this.#parts = []
      this.#take(kind, content)
    }
    this.#begun = this.#kind === 0 && at < bytes.length ? bytes.subarray(at) : NO_BYTES
  }

  drained(): void {
    this.#writer.drain()
  }

  closed(): void {
    this.#writer.abandon()
    this.#stream?.fail(new Error('the process of the function is gone'))
    this.#stream = undefined
  }

  /** @returns false for what no process of ours sends */
  #readHead(bytes: Buffer, at: number): boolean {
    const length = bytes.readUInt32LE(at)
    const kind = bytes[at + 4] as number
    if (kind < HELLO || kind > END || (kind === HELLO) === this.admitted) return false
    if (kind === HELLO && length > KEY_BYTES_MAX) return false
    this.#kind = kind
    this.#wantsWork = bytes[at + 5] === 1
    this.#printedBytes = bytes.readDoubleLE(at + 8)
    this.#contentBytes = length
    this.#left = length
    return true
  }

  /** Part of a message's content. */
  #keep(part: Uint8Array): void {
    if (this.#kind === PIECE) this.#stream?.push(part)
    // One that is too large is read to its end: its process has done nothing that it must die for.
    else if (this.#contentBytes <= responsePayloadBytesMax) this.#parts.push(part)
  }

  /** A message is here whole. */
  #take(kind: number, content: Buffer): void {
    if (kind === HELLO) {
      this.#admission = this.#keys.find(content.toString('latin1'))
      if (!this.admitted) this.terminate()
      return
    }
    const { client, open } = this.#admission as Admission
    // Who is shut out will be ended, or ends by itself with the receipt.
    if (open) {
      switch (kind) {
        case NEXT:
          break
        case ANSWER:
        case ERROR:
          if (this.#contentBytes > responsePayloadBytesMax) client.respondTooLarge(this.#requestId)
          else if (kind === ANSWER) client.respond(this.#requestId, content, this.#printedBytes)
          else client.fail(this.#requestId, content, this.#printedBytes)
          break
        case INIT_ERROR:
          client.failInit(content)
          break
        case BEGIN:
          this.#stream = this.#newStream()
          this.#streamed = client.respondStream(this.#requestId, content.toString('latin1'), this.#stream)
          return
        case PIECE:
          return
        case END:
          this.#endStream(content)
          return
      }
    } else if (kind === BEGIN || kind === PIECE) return
    this.#goOn(open)
  }

  #goOn(open: boolean): void {
    if (!this.#wantsWork) this.#send('', NO_BYTES)
    else if (open) this.#admission?.client.next(this)
  }

  // Answers in pieces

  #newStream(): StreamingBody {
    const socket = this.#socket
    const owner = {
      bodyWanted() {},
      pauseBody: () => socket.pause(),
      resumeBody: () => socket.resume(),
      bodyCancelled: () => socket.resume(),
    }
    return new StreamingBody(owner, undefined, HELD_BYTES_MAX)
  }

  /** @param error Lambda's error shape when the function has failed after all */
  #endStream(error: Buffer): void {
    const trailers = new Headers([PRINTED, String(this.#printedBytes)])
    if (error.length > 0) {
      trailers.add(ERROR_TYPE, 'Unhandled')
      trailers.add(ERROR_BODY, error.toString('base64'))
    }
    this.#stream?.finish(trailers)
    this.#stream = undefined
    // The answer is taken when all of it has gone on: only then is there more to do.
    void this.#streamed.then(() => {
      // A reader that fell behind has paused the process, and asks nothing more of it.
      this.#socket.resume()
      this.#goOn(this.#admission?.open === true)
    })
  }

  // WorkTaker

  work(invocation: Invocation, deadlineMs: number): void {
    this.#requestId = invocation.id
    this.#send(workFields(invocation, deadlineMs).join('\n'), invocation.request.payload)
  }

  refused(problem: string): void {
    this.#log.debug('a function asked for work', { problem })
  }

  #send(fields: string, payload: Uint8Array): void {
    const writer = this.#writer
    writer.cork()
    const size = WORK_HEAD_BYTES + fields.length
    const cork = writer.compose(size)
    cork.bytes.writeUInt32LE(fields.length, cork.length)
    cork.bytes.writeUInt32LE(payload.length, cork.length + 4)
    cork.length += WORK_HEAD_BYTES
    cork.text(fields)
    writer.composed(cork)
    if (payload.length > 0) writer.write(payload)
    writer.uncork()
  }
}

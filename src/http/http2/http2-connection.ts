import type { Connection, Peer } from '#http/connection.ts'
import type { Cork } from '#http/cork.ts'
import { dateText } from '#http/dates.ts'
import { eventTimeMs, readEventTime } from '#http/event-time.ts'
import type { HttpReply } from '#http/message.ts'
import { toldLength } from '#http/own-replies.ts'
import type { ServerContext } from '#http/server-connection.ts'
import type { StreamSocket } from '#http/socket.ts'
import { SocketWriter } from '#http/socket-writer.ts'
import { mayTrail } from '#http/trailers.ts'
import { AnswerBlock, blockBytesMax } from './answer-block.ts'
import { Budget } from './budget.ts'
import {
  errorCodes,
  flags,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  frames,
  Http2ConnectionError,
  INITIAL_WINDOW_BYTES,
  PREFACE,
  settings,
  WINDOW_BYTES_MAX,
} from './frames.ts'
import { HpackDecoder, HpackError } from './hpack-decoder.ts'
import { Http2Stream, type StreamHost } from './http2-stream.ts'
import { defaultHttp2Limits, type Http2Limits } from './limits.ts'
import { RequestFields, TrailerFields } from './request-fields.ts'

const HEADER_TABLE_BYTES = 4096

/** One client connection that speaks HTTP/2 (RFC 9113). */
export class Http2Connection implements Connection, StreamHost {
  readonly context: ServerContext
  readonly peer: Peer
  readonly #socket: StreamSocket
  readonly #writer: SocketWriter
  readonly #limits: Http2Limits
  readonly #decoder = new HpackDecoder(HEADER_TABLE_BYTES)
  readonly #resets: Budget
  readonly #controls: Budget

  readonly #streams = new Map<number, Http2Stream>()
  /** Those that have something pending which may not be written yet; whoever was served last is last. */
  readonly #waiting = new Set<Http2Stream>()
  /** The highest stream that the client opened. */
  #lastStream = 0
  /** Streams above it are not taken any more; Infinity until GOAWAY is sent. */
  #goneAwayAfter = Infinity

  #pending: Buffer = NO_BYTES
  #prefaceSeen = false
  #settingsSeen = false
  /** The header block that CONTINUATION frames go on with. */
  #block: { stream: number; ended: boolean; parts: Buffer[]; bytes: number; startedMs: number } | undefined

  #sendWindow = INITIAL_WINDOW_BYTES
  #streamSendWindow = INITIAL_WINDOW_BYTES
  #receiveWindow: number
  #uncredited = 0

  #reading = false
  #corked = false
  #flushPlanned = false
  #state: 'open' | 'ending' | 'gone' = 'open'
  #halfClosed = false
  #touchedMs = eventTimeMs()
  readonly #openedMs = eventTimeMs()

  constructor(
    context: ServerContext,
    socket: StreamSocket,
    peer: Peer,
    limits: Http2Limits = defaultHttp2Limits,
  ) {
    this.context = context
    this.peer = peer
    this.#socket = socket
    this.#writer = new SocketWriter(socket)
    this.#limits = limits
    this.#receiveWindow = limits.connectionWindowBytes
    const nowMs = eventTimeMs()
    this.#resets = new Budget(limits.resetsBurst, limits.resetsPerSecond, nowMs)
    this.#controls = new Budget(limits.controlFramesBurst, limits.controlFramesPerSecond, nowMs)
    this.#greet()
  }

  // Socket events

  received(bytes: Buffer): void {
    this.#touchedMs = readEventTime()
    if (this.#state !== 'open') return
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    this.#pending = NO_BYTES
    this.#reading = true
    try {
      const used = this.#read(all)
      if (used < all.length && this.#state === 'open') this.#pending = all.subarray(used)
    } catch (error) {
      this.#failed(error)
    }
    this.#reading = false
    this.#creditConnection()
    this.#flush()
  }

  drained(): void {
    this.#touchedMs = readEventTime()
    if (!this.#writer.drain()) return
    this.#pumpAll()
    this.#finishWhenDone()
  }

  ended(): void {
    this.#halfClosed = true
    // Requests that are here whole still get their answers; others cannot become whole any more.
    for (const stream of this.#streams.values()) if (!stream.remoteEnded) this.#lose(stream)
    this.drain()
  }

  closed(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#writer.abandon()
    for (const stream of this.#streams.values()) stream.lose()
    this.#streams.clear()
    this.#waiting.clear()
    this.context.forget(this)
  }

  sweep(nowMs: number): void {
    const { headersTimeoutMs, idleTimeoutMs, lingerTimeoutMs, writeTimeoutMs } = this.context.limits
    const idleMs = nowMs - this.#touchedMs
    if (this.#state === 'ending') {
      if (idleMs > lingerTimeoutMs) this.terminate()
      return
    }
    if (this.#writer.unsent > 0 && idleMs > writeTimeoutMs) {
      this.terminate()
      return
    }
    for (const stream of this.#streams.values()) stream.sweep(nowMs)
    const late = !this.#settingsSeen && nowMs - this.#openedMs > headersTimeoutMs
    const slow = this.#block !== undefined && nowMs - this.#block.startedMs > headersTimeoutMs
    if (late || slow) this.#goAway(errorCodes.settingsTimeout, 'too slow')
    else if (this.#streams.size === 0 && idleMs > idleTimeoutMs) this.drain()
  }

  drain(): void {
    if (this.#goneAwayAfter === Infinity) {
      this.#goneAwayAfter = this.#lastStream
      this.#writeGoAway(errorCodes.none)
      this.#flush()
    }
    this.#finishWhenDone()
  }

  terminate(): void {
    this.#socket.terminate()
    this.closed()
  }

  // Reading

  /** @returns the index after the last whole frame */
  #read(bytes: Buffer): number {
    let at = 0
    if (!this.#prefaceSeen) {
      const length = Math.min(bytes.length, PREFACE.length)
      if (bytes.compare(PREFACE, 0, length, 0, length) !== 0) {
        throw new Http2ConnectionError(errorCodes.protocol, 'no HTTP/2 preface')
      }
      if (length < PREFACE.length) return 0
      this.#prefaceSeen = true
      at = PREFACE.length
    }
    while (bytes.length - at >= FRAME_HEADER_BYTES && this.#state === 'open') {
      const length = bytes.readUIntBE(at, 3)
      if (length > FRAME_BYTES_MAX) throw new Http2ConnectionError(errorCodes.frameSize, 'a frame too large')
      const end = at + FRAME_HEADER_BYTES + length
      if (bytes.length < end) break
      const type = bytes[at + 3] as number
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff
      this.#frame(type, bytes[at + 4] as number, stream, bytes, at + FRAME_HEADER_BYTES, end)
      at = end
    }
    return at
  }

  #frame(type: number, flag: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (!this.#settingsSeen && (type !== frames.settings || (flag & flags.ack) !== 0)) {
      throw new Http2ConnectionError(errorCodes.protocol, 'no SETTINGS at first')
    }
    if (this.#block !== undefined && (type !== frames.continuation || stream !== this.#block.stream)) {
      throw new Http2ConnectionError(errorCodes.protocol, 'a header block that does not go on')
    }
    switch (type) {
      case frames.data:
        return this.#data(flag, stream, bytes, from, to)
      case frames.headers:
        return this.#headers(flag, stream, bytes, from, to)
      case frames.priority:
        // Read and ignored (RFC 9113 §5.3.2).
        if (stream === 0) throw new Http2ConnectionError(errorCodes.protocol, 'PRIORITY of no stream')
        if (to - from !== 5) return this.#streamError(stream, errorCodes.frameSize)
        if ((bytes.readUInt32BE(from) & 0x7fffffff) === stream)
          return this.#streamError(stream, errorCodes.protocol)
        return this.#control()
      case frames.resetStream:
        return this.#resetStream(stream, from, to)
      case frames.settings:
        return this.#settings(flag, stream, bytes, from, to)
      case frames.pushPromise:
        throw new Http2ConnectionError(errorCodes.protocol, 'PUSH_PROMISE from a client')
      case frames.ping:
        return this.#ping(flag, stream, bytes, from, to)
      case frames.goAway:
        if (stream !== 0) throw new Http2ConnectionError(errorCodes.protocol, 'GOAWAY of a stream')
        if (to - from < 8) throw new Http2ConnectionError(errorCodes.frameSize, 'a short GOAWAY')
        return this.#control()
      case frames.windowUpdate:
        return this.#windowUpdate(stream, bytes, from, to)
      case frames.continuation:
        return this.#continuation(flag, stream, bytes, from, to)
      default:
        // Unknown types are ignored (RFC 9113 §4.1).
        this.#control()
    }
  }

  #data(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id === 0) throw new Http2ConnectionError(errorCodes.protocol, 'DATA of no stream')
    const size = to - from
    const [start, end] = unpadded(flag, bytes, from, to)
    this.#receiveWindow -= size
    if (this.#receiveWindow < 0)
      throw new Http2ConnectionError(errorCodes.flowControl, 'more DATA than was allowed')
    const ended = (flag & flags.endStream) !== 0
    if (size === 0 && !ended) this.#control()
    const stream = this.#streams.get(id)
    if (stream === undefined || stream.remoteEnded) {
      this.#uncredited += size
      this.#notOpen(id)
      return
    }
    stream.receiveWindow -= size
    if (stream.receiveWindow < 0) {
      this.#uncredited += size
      this.reset(stream, errorCodes.flowControl)
      return
    }
    stream.received(bytes.subarray(start, end), size, ended)
  }

  /** A frame that only an open stream may have. */
  #notOpen(id: number): void {
    if (id > this.#lastStream)
      throw new Http2ConnectionError(errorCodes.protocol, 'a frame of an idle stream')
    // What was under way when we ended the stream is no error, but answering it for ever would be work.
    this.#control()
    if (id <= this.#goneAwayAfter) this.#writeReset(id, errorCodes.streamClosed)
  }

  #headers(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id % 2 === 0) throw new Http2ConnectionError(errorCodes.protocol, 'HEADERS of no client stream')
    const [unpaddedStart, end] = unpadded(flag, bytes, from, to)
    let start = unpaddedStart
    let ownParent = false
    if ((flag & flags.priority) !== 0) {
      if (end - start < 5) throw new Http2ConnectionError(errorCodes.frameSize, 'a short HEADERS')
      ownParent = (bytes.readUInt32BE(start) & 0x7fffffff) === id
      start += 5
    }
    const known = this.#streams.get(id)
    if (known === undefined && id <= this.#lastStream) {
      throw new Http2ConnectionError(errorCodes.streamClosed, 'HEADERS of a closed stream')
    }
    if (known === undefined) this.#lastStream = id
    if (ownParent) throw new Http2ConnectionError(errorCodes.protocol, 'a stream that depends on itself')
    const ended = (flag & flags.endStream) !== 0
    if ((flag & flags.endHeaders) !== 0) {
      this.#headerBlock(id, ended, bytes, start, end)
      return
    }
    const part = bytes.subarray(start, end)
    this.#block = { stream: id, ended, parts: [part], bytes: part.length, startedMs: eventTimeMs() }
  }

  #continuation(flag: number, stream: number, bytes: Buffer, from: number, to: number): void {
    const block = this.#block
    if (block === undefined) throw new Http2ConnectionError(errorCodes.protocol, 'CONTINUATION of nothing')
    block.bytes += to - from
    block.parts.push(bytes.subarray(from, to))
    const { continuationsMax, headerBlockBytesMax } = this.#limits
    if (block.bytes > headerBlockBytesMax || block.parts.length > continuationsMax + 1) {
      throw new Http2ConnectionError(errorCodes.enhanceYourCalm, 'a header block without end')
    }
    if ((flag & flags.endHeaders) === 0) return
    this.#block = undefined
    const whole = Buffer.concat(block.parts)
    this.#headerBlock(stream, block.ended, whole, 0, whole.length)
  }

  #headerBlock(id: number, ended: boolean, bytes: Buffer, from: number, to: number): void {
    const known = this.#streams.get(id)
    if (known !== undefined) {
      this.#trailers(known, ended, bytes, from, to)
      return
    }
    const fields = new RequestFields(this.context.limits)
    // Also of a stream that is not taken: the compression state is the connection's.
    this.#decoder.decode(bytes, from, to, fields)
    if (id > this.#goneAwayAfter) return
    if (this.#streams.size >= this.#limits.concurrentStreamsMax) {
      this.#spendReset()
      this.#writeReset(id, errorCodes.refusedStream)
      return
    }
    const stream = new Http2Stream(id, this, this.#streamSendWindow, this.#limits.streamWindowBytes)
    this.#streams.set(id, stream)
    stream.open(fields, ended)
  }

  #trailers(stream: Http2Stream, ended: boolean, bytes: Buffer, from: number, to: number): void {
    const fields = new TrailerFields()
    this.#decoder.decode(bytes, from, to, fields)
    if (stream.remoteEnded)
      throw new Http2ConnectionError(errorCodes.streamClosed, 'HEADERS after the end of a stream')
    if (!ended) fields.malformed = true
    stream.ended(fields)
  }

  #resetStream(id: number, from: number, to: number): void {
    if (to - from !== 4) throw new Http2ConnectionError(errorCodes.frameSize, 'RST_STREAM of a wrong size')
    if (id === 0 || id > this.#lastStream)
      throw new Http2ConnectionError(errorCodes.protocol, 'RST_STREAM of no stream')
    const stream = this.#streams.get(id)
    this.#spendReset()
    if (stream !== undefined) this.#lose(stream)
  }

  #settings(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id !== 0) throw new Http2ConnectionError(errorCodes.protocol, 'SETTINGS of a stream')
    if ((flag & flags.ack) !== 0) {
      if (to !== from)
        throw new Http2ConnectionError(errorCodes.frameSize, 'SETTINGS acknowledged with contents')
      return this.#control()
    }
    if ((to - from) % 6 !== 0)
      throw new Http2ConnectionError(errorCodes.frameSize, 'SETTINGS of a wrong size')
    if (this.#settingsSeen) this.#control()
    this.#settingsSeen = true
    for (let at = from; at < to; at += 6) this.#setting(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2))
    this.#frameHead(frames.settings, flags.ack, 0, 0)
    this.#pumpAll()
  }

  #setting(id: number, value: number): void {
    switch (id) {
      case settings.enablePush:
        if (value > 1) throw new Http2ConnectionError(errorCodes.protocol, 'ENABLE_PUSH is 0 or 1')
        break
      case settings.initialWindowSize: {
        if (value > WINDOW_BYTES_MAX)
          throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
        const change = value - this.#streamSendWindow
        this.#streamSendWindow = value
        for (const stream of this.#streams.values()) {
          stream.sendWindow += change
          if (stream.sendWindow > WINDOW_BYTES_MAX) {
            throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
          }
        }
        break
      }
      case settings.maxFrameSize:
        if (value < FRAME_BYTES_MAX || value > 2 ** 24 - 1) {
          throw new Http2ConnectionError(errorCodes.protocol, 'MAX_FRAME_SIZE out of range')
        }
        break
    }
  }

  #ping(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id !== 0) throw new Http2ConnectionError(errorCodes.protocol, 'PING of a stream')
    if (to - from !== 8) throw new Http2ConnectionError(errorCodes.frameSize, 'PING of a wrong size')
    this.#control()
    if ((flag & flags.ack) !== 0) return
    this.#frameHead(frames.ping, flags.ack, 0, 8).copy(bytes, from, to)
  }

  #windowUpdate(id: number, bytes: Buffer, from: number, to: number): void {
    if (to - from !== 4) throw new Http2ConnectionError(errorCodes.frameSize, 'WINDOW_UPDATE of a wrong size')
    const bytesMore = bytes.readUInt32BE(from) & 0x7fffffff
    if (bytesMore < SMALL_WINDOW_BYTES) this.#control()
    if (id === 0) {
      if (bytesMore === 0) throw new Http2ConnectionError(errorCodes.protocol, 'WINDOW_UPDATE of nothing')
      this.#sendWindow += bytesMore
      if (this.#sendWindow > WINDOW_BYTES_MAX)
        throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
      this.#pumpAll()
      return
    }
    if (id > this.#lastStream)
      throw new Http2ConnectionError(errorCodes.protocol, 'WINDOW_UPDATE of an idle stream')
    const stream = this.#streams.get(id)
    if (bytesMore === 0) return this.#streamError(id, errorCodes.protocol)
    if (stream === undefined) return
    stream.sendWindow += bytesMore
    if (stream.sendWindow > WINDOW_BYTES_MAX) this.reset(stream, errorCodes.flowControl)
    else if (this.#waiting.has(stream)) this.pump(stream)
  }

  #streamError(id: number, code: number): void {
    const stream = this.#streams.get(id)
    if (stream !== undefined) {
      this.reset(stream, code)
      return
    }
    this.#control()
    if (id <= this.#goneAwayAfter) this.#writeReset(id, code)
  }

  /** A frame that does no work for anybody: a client may send some, not any number. */
  #control(): void {
    if (!this.#controls.take(eventTimeMs())) {
      throw new Http2ConnectionError(errorCodes.enhanceYourCalm, 'too many frames that carry nothing')
    }
  }

  #spendReset(): void {
    if (!this.#resets.take(eventTimeMs())) {
      throw new Http2ConnectionError(errorCodes.enhanceYourCalm, 'too many streams given up')
    }
  }

  // StreamHost: what streams ask for

  writeContinue({ id }: Http2Stream): void {
    block.begin(64)
    block.status(100)
    this.#writeBlock(id, false)
    this.#flushSoon()
  }

  writeHead({ id, method }: Http2Stream, { status, headers, body }: HttpReply, ends: boolean): void {
    block.begin(blockBytesMax(headers))
    block.status(status)
    block.fields(headers)
    if (!headers.has('date')) block.field('date', dateText(eventTimeMs()))
    const length = toldLength(method, status, body)
    if (length !== undefined) block.field('content-length', String(length))
    this.#writeBlock(id, ends)
    this.#flushSoon()
  }

  pump(stream: Http2Stream): void {
    const { unsentBytesMax } = this.context.limits
    while (stream.pendingBytes > 0) {
      const window = Math.min(stream.sendWindow, this.#sendWindow, FRAME_BYTES_MAX)
      if (window <= 0 || this.#writer.unsent > unsentBytesMax || this.#state !== 'open') {
        this.#waiting.add(stream)
        stream.hold()
        this.#flushSoon()
        return
      }
      const piece = stream.take(window)
      const last = stream.sourceEnded && stream.pendingBytes === 0 && stream.trailers === undefined
      stream.sendWindow -= piece.length
      this.#sendWindow -= piece.length
      this.#frameHead(frames.data, last ? flags.endStream : 0, stream.id, piece.length).copy(
        piece,
        0,
        piece.length,
      )
      if (last) {
        this.#waiting.delete(stream)
        this.#flushSoon()
        stream.finish()
        return
      }
    }
    this.#waiting.delete(stream)
    if (!stream.sourceEnded) stream.release()
    else if (!stream.localEnded) this.#writeEnd(stream)
    this.#flushSoon()
  }

  credit(stream: Http2Stream, bytes: number): void {
    this.#uncredited += bytes
    if (!stream.remoteEnded) {
      stream.receiveWindow += bytes
      this.#writeWindowUpdate(stream.id, bytes)
    }
    if (!this.#reading) this.#creditConnection()
    this.#flushSoon()
  }

  reset(stream: Http2Stream, code: number): void {
    if (!this.#streams.has(stream.id)) return
    this.#writeReset(stream.id, code)
    // Streams that the client broke cost as those that it resets.
    if (code === errorCodes.protocol || code === errorCodes.flowControl) {
      if (!this.#resets.take(eventTimeMs()))
        this.#goAway(errorCodes.enhanceYourCalm, 'too many broken streams')
    }
    this.#lose(stream)
    this.#flushSoon()
  }

  forget(stream: Http2Stream): void {
    this.#lose(stream)
  }

  #lose(stream: Http2Stream): void {
    if (!this.#streams.delete(stream.id)) return
    this.#waiting.delete(stream)
    this.#uncredited += stream.lose()
    this.#finishWhenDone()
  }

  // Writing

  #greet(): void {
    const { concurrentStreamsMax, connectionWindowBytes, streamWindowBytes } = this.#limits
    const values = [
      [settings.maxConcurrentStreams, concurrentStreamsMax],
      [settings.initialWindowSize, streamWindowBytes],
      [settings.maxHeaderListSize, this.context.limits.headerBytesMax],
    ] as const
    const cork = this.#frameHead(frames.settings, 0, 0, values.length * 6)
    for (const [id, value] of values) {
      cork.length = cork.bytes.writeUInt16BE(id, cork.length)
      cork.length = cork.bytes.writeUInt32BE(value, cork.length)
    }
    this.#writeWindowUpdate(0, connectionWindowBytes - INITIAL_WINDOW_BYTES)
    this.#flush()
  }

  /** Writes the block that was composed, in as many frames as it takes. */
  #writeBlock(id: number, ends: boolean): void {
    const { bytes, length } = block
    let type: number = frames.headers
    for (let from = 0; from < length;) {
      const to = Math.min(length, from + FRAME_BYTES_MAX)
      const flag = (to === length ? flags.endHeaders : 0) | (from === 0 && ends ? flags.endStream : 0)
      this.#frameHead(type, flag, id, to - from).copy(bytes, from, to)
      type = frames.continuation
      from = to
    }
  }

  /** The end of a stream whose last DATA frame did not say it. */
  #writeEnd(stream: Http2Stream): void {
    const trailers = (stream.trailers?.raw ?? []).filter((_, i, all) => mayTrail(all[i - (i % 2)] as string))
    if (trailers.length === 0) {
      this.#frameHead(frames.data, flags.endStream, stream.id, 0)
    } else {
      block.begin(trailers.reduce((size, text) => size + text.length + 7, 0))
      for (let i = 0; i < trailers.length; i += 2) {
        block.field((trailers[i] as string).toLowerCase(), trailers[i + 1] as string)
      }
      this.#writeBlock(stream.id, true)
    }
    stream.finish()
  }

  #writeWindowUpdate(id: number, bytes: number): void {
    const cork = this.#frameHead(frames.windowUpdate, 0, id, 4)
    cork.length = cork.bytes.writeUInt32BE(bytes, cork.length)
  }

  #writeReset(id: number, code: number): void {
    const cork = this.#frameHead(frames.resetStream, 0, id, 4)
    cork.length = cork.bytes.writeUInt32BE(code, cork.length)
  }

  #writeGoAway(code: number): void {
    const cork = this.#frameHead(frames.goAway, 0, 0, 8)
    cork.length = cork.bytes.writeUInt32BE(this.#lastStream, cork.length)
    cork.length = cork.bytes.writeUInt32BE(code, cork.length)
  }

  /** Writes the head of a frame. @returns the cork, with room for its payload */
  #frameHead(type: number, flag: number, id: number, length: number): Cork {
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

  /** Credits the connection for what was consumed, a good part of its window at a time. */
  #creditConnection(): void {
    if (this.#uncredited < this.#limits.connectionWindowBytes / 4 || this.#state !== 'open') return
    const bytes = this.#uncredited
    this.#uncredited = 0
    this.#receiveWindow += bytes
    this.#writeWindowUpdate(0, bytes)
  }

  /** What streams write in one turn of the loop leaves in one piece. */
  #flushSoon(): void {
    if (this.#reading || this.#flushPlanned || !this.#corked) return
    this.#flushPlanned = true
    setImmediate(() => {
      this.#flushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#writer.uncork()
    this.#finishWhenDone()
  }

  #pumpAll(): void {
    if (this.#waiting.size === 0) return
    // Those that have to wait again come back at the end: who was served is served last next time.
    const waiting = Array.from(this.#waiting)
    for (const stream of waiting) if (this.#waiting.delete(stream)) this.pump(stream)
    if (!this.#reading) this.#flush()
  }

  // Endings

  #failed(error: unknown): void {
    if (error instanceof Http2ConnectionError) this.#goAway(error.code, error.message)
    else if (error instanceof HpackError) this.#goAway(errorCodes.compression, error.message)
    else {
      this.context.log.error('HTTP/2 connection failed', { error })
      this.#goAway(errorCodes.internal, 'internal error')
    }
  }

  /** The connection is over: the client is told why, and everything under way is given up. */
  #goAway(code: number, problem: string): void {
    if (this.#state !== 'open') return
    this.context.log.debug('HTTP/2 connection ended', { client: this.peer.address, problem })
    this.#writeGoAway(code)
    this.#goneAwayAfter = 0
    this.#state = 'ending'
    for (const stream of this.#streams.values()) stream.lose()
    this.#streams.clear()
    this.#waiting.clear()
    this.#flush()
  }

  /** After GOAWAY, and when the last stream is done, nothing more is to come. */
  #finishWhenDone(): void {
    if (this.#state === 'gone' || this.#goneAwayAfter === Infinity || this.#streams.size > 0) return
    if (this.#corked || this.#writer.unsent > 0) return
    if (this.#state === 'open') this.#state = 'ending'
    if (this.#halfClosed) this.#socket.end()
    else this.#socket.finish()
  }
}

/** Where the contents of a frame begin and end within its padding (RFC 9113 §6.1). */
function unpadded(flag: number, bytes: Buffer, from: number, to: number): [from: number, to: number] {
  if ((flag & flags.padded) === 0) return [from, to]
  const padding = bytes[from] as number
  if (from === to || padding >= to - from)
    throw new Http2ConnectionError(errorCodes.protocol, 'padding beyond its frame')
  return [from + 1, to - padding]
}

/** Heads of answers are composed one at a time. */
const block = new AnswerBlock()
const NO_BYTES = Buffer.alloc(0)
/** A window opened by less is no help to anybody. */
const SMALL_WINDOW_BYTES = 64

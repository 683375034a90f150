import type { Connection, Peer } from '#http/connection.ts'
import { eventTimeMs, readEventTime } from '#http/event-time.ts'
import type { HttpReply } from '#http/message.ts'
import type { ServerContext } from '#http/server-connection.ts'
import type { StreamSocket } from '#http/socket.ts'
import { AnswerPump } from './answer-pump.ts'
import { Budget } from './budget.ts'
import { EndedStreams } from './ended-streams.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import {
  errorCodes,
  flags,
  frames,
  Http2ConnectionError,
  INITIAL_WINDOW_BYTES,
  settings,
  WINDOW_BYTES_MAX,
} from './frames.ts'
import { HpackDecoder, HpackError } from './hpack-decoder.ts'
import { Http2Stream, type StreamHost } from './http2-stream.ts'
import type { Http2Limits } from './limits.ts'
import { PartialBlock } from './partial-block.ts'
import { readSettings } from './read-settings.ts'
import { ReceiveWindow } from './receive-window.ts'
import { RequestFields } from './request-fields.ts'
import { TrailerFields } from './trailer-fields.ts'

const HEADER_TABLE_BYTES = 4096

/** One client connection that speaks HTTP/2 (RFC 9113). */
export class Http2Connection implements Connection, StreamHost, FrameSink {
  readonly context: ServerContext
  readonly peer: Peer
  readonly #socket: StreamSocket
  readonly #reader = new FrameReader(this)
  readonly #writer: FrameWriter
  readonly #pump: AnswerPump
  readonly #limits: Http2Limits
  readonly #decoder = new HpackDecoder(HEADER_TABLE_BYTES)
  readonly #resets: Budget
  readonly #controls: Budget

  readonly #streams = new Map<number, Http2Stream>()
  readonly #ended = new EndedStreams()
  /** The highest stream that the client opened. */
  #lastStream = 0
  /** Streams above it are not taken any more; Infinity until GOAWAY said so. */
  #goneAwayAfter = Infinity
  /** When the client was told to open no more streams; 0 until then. */
  #drainedMs = 0

  #settingsSeen = false
  /** The header block that CONTINUATION frames go on with. */
  #block: PartialBlock | undefined

  /** INITIAL_WINDOW_SIZE of the client. */
  #streamSendWindow = INITIAL_WINDOW_BYTES
  readonly #receiveWindow: ReceiveWindow

  #reading = false
  #flushPlanned = false
  #paused = false
  #state: 'open' | 'ending' | 'gone' = 'open'
  #halfClosed = false
  /** When anything last progressed. */
  #touchedMs = eventTimeMs()
  /** When a request last began or ended. */
  #requestMs = eventTimeMs()
  readonly #openedMs = eventTimeMs()

  constructor(context: ServerContext, socket: StreamSocket, peer: Peer) {
    const limits = context.http2Limits
    this.context = context
    this.peer = peer
    this.#socket = socket
    this.#writer = new FrameWriter(socket)
    this.#pump = new AnswerPump(this.#writer, context.limits.unsentBytesMax, () =>
      this.#controls.give(CONTROLS_PER_DATA),
    )
    this.#limits = limits
    this.#receiveWindow = new ReceiveWindow(limits.connectionWindowBytes)
    const nowMs = eventTimeMs()
    this.#resets = new Budget(limits.resetsBurst, limits.resetsPerSecond, nowMs)
    this.#controls = new Budget(limits.controlFramesBurst, limits.controlFramesPerSecond, nowMs)
    this.#greet()
  }

  // Socket events

  received(bytes: Buffer): void {
    const nowMs = readEventTime()
    if (this.#state !== 'open') return
    // What a client sends must not excuse that it takes nothing.
    if (this.#writer.unsent === 0) this.#touchedMs = nowMs
    this.#reading = true
    try {
      this.#reader.received(bytes, nowMs)
    } catch (error) {
      this.#failed(error)
    }
    this.#reading = false
    this.#pump.pumpWanted()
    if (this.context.draining) this.drain()
    this.#flush()
    this.#throttle()
  }

  drained(): void {
    this.#touchedMs = readEventTime()
    if (!this.#writer.drain()) return
    if (this.#paused) {
      this.#paused = false
      this.#socket.resume()
    }
    this.#pump.pumpAll()
    this.#flush()
    this.#finishWhenDone()
  }

  ended(): void {
    this.#halfClosed = true
    // Requests that are here whole still get their answers; others cannot become whole any more.
    for (const stream of this.#streams.values()) if (!stream.remoteEnded) this.#lose(stream)
    this.#pump.shut()
    this.#takeNoMore()
  }

  closed(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#writer.abandon()
    for (const stream of this.#streams.values()) stream.lose()
    this.#streams.clear()
    this.#pump.stop()
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
    if (late) this.#goAway(errorCodes.settingsTimeout, 'no SETTINGS in time')
    else if (this.#isSlow(nowMs)) this.#goAway(errorCodes.enhanceYourCalm, 'a frame that does not end')
    else if (this.#drainedMs > 0) {
      if (nowMs - this.#drainedMs > lingerTimeoutMs) this.#takeNoMore()
    } else if (this.#streams.size === 0 && nowMs - this.#requestMs > idleTimeoutMs) this.drain()
  }

  /**
   * The client is told to open no more streams. Those that it opened before it read so are served: it answers a PING
   * when it has (RFC 9113 §6.8).
   */
  drain(): void {
    if (this.#drainedMs > 0 || this.#state !== 'open') return
    this.#drainedMs = eventTimeMs()
    if (!this.#settingsSeen) {
      this.#takeNoMore()
      return
    }
    this.#writer.goAway(STREAM_MAX, errorCodes.none)
    this.#writer.ping(LAST_PING)
    this.#flush()
  }

  terminate(): void {
    this.#socket.terminate()
    this.closed()
  }

  /** Whether what the client has begun takes too long. */
  #isSlow(nowMs: number): boolean {
    const begunMs = this.#block?.startedMs ?? this.#reader.begunMs
    return !this.#paused && begunMs !== undefined && nowMs - begunMs > this.context.limits.headersTimeoutMs
  }

  // FrameSink: what the client sends

  frame(type: number, flag: number, stream: number, bytes: Buffer, from: number, to: number): void {
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
        // Read and ignored, with whatever it says (RFC 9113 §5.3.2).
        if (stream === 0) throw new Http2ConnectionError(errorCodes.protocol, 'PRIORITY of no stream')
        if (to - from !== 5)
          return this.#streamError(stream, errorCodes.frameSize, 'PRIORITY of a wrong size')
        return this.#control()
      case frames.resetStream:
        return this.#resetReceived(stream, from, to)
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
    if (this.#isIdle(id)) throw new Http2ConnectionError(errorCodes.protocol, 'DATA of an idle stream')
    const size = to - from
    const [start, end] = unpadded(flag, bytes, from, to)
    if (!this.#receiveWindow.take(size))
      throw new Http2ConnectionError(errorCodes.flowControl, 'more DATA than was allowed')
    const ended = (flag & flags.endStream) !== 0
    const stream = this.#streams.get(id)
    // Little pieces that nobody reads cost more than they hold.
    if (!ended && (end === start || (size < SMALL_DATA_BYTES && stream?.flowing !== true))) this.#control()
    if (stream === undefined || stream.remoteEnded) {
      this.#consumed(size)
      this.#lateData(id, size, ended)
    } else if (stream.receiveWindow.take(size)) {
      stream.received(bytes.subarray(start, end), size, ended)
    } else {
      this.#consumed(size)
      this.reset(stream, errorCodes.flowControl)
    }
  }

  /** What was under way when we ended the stream is no error. */
  #lateData(id: number, size: number, ended: boolean): void {
    if (!this.#ended.takeLate(id, size)) {
      this.#streamError(id, errorCodes.streamClosed, 'DATA of a closed stream')
    } else if (ended) this.#ended.finish(id)
  }

  /** The client never opened it, nor one above it; or it could not. */
  #isIdle(id: number): boolean {
    return id > this.#lastStream || id % 2 === 0
  }

  #headers(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id % 2 === 0) throw new Http2ConnectionError(errorCodes.protocol, 'HEADERS of no client stream')
    const [unpaddedStart, end] = unpadded(flag, bytes, from, to)
    let start = unpaddedStart
    if ((flag & flags.priority) !== 0) {
      start += 5
      if (start > end) throw new Http2ConnectionError(errorCodes.frameSize, 'a short HEADERS')
    }
    const ended = (flag & flags.endStream) !== 0
    const opens = id > this.#lastStream
    if (opens) this.#lastStream = id
    else if (!this.#streams.has(id)) this.#lateHeaders(id, ended)
    if ((flag & flags.endHeaders) !== 0) {
      this.#headerBlock(id, opens, ended, bytes, start, end)
      return
    }
    const part = bytes.subarray(start, end)
    this.#block = new PartialBlock(id, opens, ended, part, this.#limits)
  }

  /** Trailers that were under way when we ended the stream are no error. */
  #lateHeaders(id: number, ended: boolean): void {
    // Streams that were passed over are closed, too (RFC 9113 §5.1.1).
    if (!this.#ended.has(id))
      throw new Http2ConnectionError(errorCodes.protocol, 'HEADERS of an earlier stream')
    if (!ended || !this.#ended.finish(id))
      throw new Http2ConnectionError(errorCodes.streamClosed, 'HEADERS of a closed stream')
    this.#control()
  }

  #continuation(flag: number, stream: number, bytes: Buffer, from: number, to: number): void {
    const block = this.#block
    if (block === undefined) throw new Http2ConnectionError(errorCodes.protocol, 'CONTINUATION of nothing')
    block.add(bytes.subarray(from, to))
    if ((flag & flags.endHeaders) === 0) return
    this.#block = undefined
    const whole = block.whole()
    this.#headerBlock(stream, block.opens, block.ended, whole, 0, whole.length)
  }

  #headerBlock(id: number, opens: boolean, ended: boolean, bytes: Buffer, from: number, to: number): void {
    const known = this.#streams.get(id)
    if (known !== undefined) {
      this.#trailers(known, ended, bytes, from, to)
      return
    }
    const fields = new RequestFields(this.context.limits)
    // Also of a stream that is not taken: the compression state is the connection's.
    this.#decoder.decode(bytes, from, to, fields)
    if (!opens) return
    const { concurrentStreamsMax, streamWindowBytes } = this.#limits
    const full = this.#streams.size >= concurrentStreamsMax
    if (full || id > this.#goneAwayAfter) {
      this.#ended.add(id, ended ? undefined : streamWindowBytes)
      this.#spendReset()
      if (full) this.#writer.reset(id, errorCodes.refusedStream)
      return
    }
    this.#controls.give(CONTROLS_PER_REQUEST)
    this.#requestMs = eventTimeMs()
    const stream = new Http2Stream(id, this, this.#streamSendWindow, streamWindowBytes)
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

  #resetReceived(id: number, from: number, to: number): void {
    if (to - from !== 4) throw new Http2ConnectionError(errorCodes.frameSize, 'RST_STREAM of a wrong size')
    if (this.#isIdle(id)) throw new Http2ConnectionError(errorCodes.protocol, 'RST_STREAM of an idle stream')
    if (this.#ended.finish(id)) return
    this.#spendReset()
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    stream.remoteEnded = true
    this.#lose(stream)
  }

  #settings(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id !== 0) throw new Http2ConnectionError(errorCodes.protocol, 'SETTINGS of a stream')
    if ((flag & flags.ack) !== 0) {
      if (to !== from)
        throw new Http2ConnectionError(errorCodes.frameSize, 'SETTINGS acknowledged with contents')
      return this.#control()
    }
    if (this.#settingsSeen) this.#control()
    this.#settingsSeen = true
    this.#changeWindows(readSettings(bytes, from, to, this.#streamSendWindow))
    this.#writer.settingsAck()
  }

  /** Also those of the streams that are open (RFC 9113 §6.9.2). */
  #changeWindows(bytes: number): void {
    const change = bytes - this.#streamSendWindow
    if (change === 0) return
    this.#streamSendWindow = bytes
    for (const stream of this.#streams.values()) {
      stream.sendWindow += change
      if (stream.sendWindow > WINDOW_BYTES_MAX) {
        throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
      }
    }
    this.#pump.want()
  }

  #ping(flag: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id !== 0) throw new Http2ConnectionError(errorCodes.protocol, 'PING of a stream')
    if (to - from !== 8) throw new Http2ConnectionError(errorCodes.frameSize, 'PING of a wrong size')
    this.#control()
    if ((flag & flags.ack) === 0) this.#writer.pingAck(bytes, from, to)
    else if (LAST_PING.compare(bytes, from, to) === 0 && this.#drainedMs > 0) this.#takeNoMore()
  }

  #windowUpdate(id: number, bytes: Buffer, from: number, to: number): void {
    if (to - from !== 4) throw new Http2ConnectionError(errorCodes.frameSize, 'WINDOW_UPDATE of a wrong size')
    const bytesMore = bytes.readUInt32BE(from) & 0x7fffffff
    if (bytesMore < SMALL_WINDOW_BYTES) this.#control()
    if (id === 0) {
      if (bytesMore === 0) throw new Http2ConnectionError(errorCodes.protocol, 'WINDOW_UPDATE of nothing')
      this.#pump.open(bytesMore)
      return
    }
    if (this.#isIdle(id))
      throw new Http2ConnectionError(errorCodes.protocol, 'WINDOW_UPDATE of an idle stream')
    const stream = this.#streams.get(id)
    if (bytesMore === 0) return this.#streamError(id, errorCodes.protocol, 'WINDOW_UPDATE of nothing')
    if (stream === undefined) return
    stream.sendWindow += bytesMore
    if (stream.sendWindow > WINDOW_BYTES_MAX) this.reset(stream, errorCodes.flowControl)
    else if (this.#pump.waits(stream)) this.pump(stream)
  }

  #streamError(id: number, code: number, problem: string): void {
    // Of such a stream nothing may be said.
    if (this.#isIdle(id)) throw new Http2ConnectionError(code, problem)
    const stream = this.#streams.get(id)
    if (stream !== undefined) {
      this.reset(stream, code)
      return
    }
    // Answering it for ever would be work.
    this.#control()
    if (id <= this.#goneAwayAfter) this.#writer.reset(id, code)
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
    this.#writer.continue(id)
    this.#flushSoon()
  }

  writeHead({ id, method }: Http2Stream, reply: HttpReply, ends: boolean): void {
    this.#writer.head(id, method, reply, ends)
    this.#flushSoon()
  }

  pump(stream: Http2Stream): void {
    this.#pump.pump(stream)
    this.#flushSoon()
  }

  credit(stream: Http2Stream, bytes: number): void {
    const more = stream.receiveWindow.give(bytes)
    if (more > 0 && !stream.remoteEnded) this.#writer.windowUpdate(stream.id, more)
    this.#consumed(bytes)
    this.#flushSoon()
  }

  #consumed(bytes: number): void {
    const more = this.#receiveWindow.give(bytes)
    if (more > 0) this.#writer.windowUpdate(0, more)
  }

  reset(stream: Http2Stream, code: number): void {
    if (!this.#streams.has(stream.id)) return
    this.#writer.reset(stream.id, code)
    // Streams that the client has us reset cost as those that it resets (CVE-2025-8671).
    if (CLIENTS_FAULT.has(code) && !this.#resets.take(eventTimeMs())) {
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
    this.#pump.forget(stream)
    this.#ended.add(stream.id, stream.remoteEnded ? undefined : Math.max(0, stream.receiveWindow.left))
    this.#requestMs = eventTimeMs()
    this.#consumed(stream.lose())
    this.#flushSoon()
    this.#finishWhenDone()
  }

  // Writing

  #greet(): void {
    const { concurrentStreamsMax, connectionWindowBytes, streamWindowBytes } = this.#limits
    const { headerBytesMax, headerCountMax, requestLineBytesMax } = this.context.limits
    this.#writer.settings([
      [settings.maxConcurrentStreams, concurrentStreamsMax],
      [settings.initialWindowSize, streamWindowBytes],
      // It counts 32 bytes more a field, and what HTTP/1.1 has in its request line (RFC 9113 §6.5.2).
      [settings.maxHeaderListSize, headerBytesMax + requestLineBytesMax + headerCountMax * 32],
    ])
    const more = connectionWindowBytes - INITIAL_WINDOW_BYTES
    if (more > 0) this.#writer.windowUpdate(0, more)
    this.#flush()
  }

  /** What streams write in one turn of the loop leaves in one piece. */
  #flushSoon(): void {
    if (this.#reading || this.#flushPlanned || !this.#writer.corked) return
    this.#flushPlanned = true
    setImmediate(() => {
      this.#flushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.#writer.corked) return
    this.#writer.flush()
    this.#finishWhenDone()
  }

  /** Who does not read what its frames were answered with is not read from: DATA alone never comes to that. */
  #throttle(): void {
    if (this.#paused || this.#writer.unsent <= 2 * this.context.limits.unsentBytesMax) return
    this.#paused = true
    this.#socket.pause()
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
    // What a GOAWAY said cannot be taken back (RFC 9113 §6.8).
    this.#writer.goAway(Math.min(this.#lastStream, this.#goneAwayAfter), code, problem)
    this.#goneAwayAfter = 0
    this.#end()
    for (const stream of this.#streams.values()) stream.lose()
    this.#streams.clear()
    this.#pump.stop()
    this.#flush()
  }

  /** The streams that are open are the last. */
  #takeNoMore(): void {
    if (this.#state === 'open' && this.#goneAwayAfter === Infinity) {
      this.#goneAwayAfter = this.#lastStream
      this.#writer.goAway(this.#lastStream, errorCodes.none)
      if (!this.#reading) this.#flush()
    }
    this.#finishWhenDone()
  }

  /** After the last GOAWAY, and when the last stream is done, nothing more is to come. */
  #finishWhenDone(): void {
    if (this.#state === 'gone' || this.#goneAwayAfter === Infinity || this.#streams.size > 0) return
    if (this.#writer.corked || this.#writer.unsent > 0) return
    if (this.#state === 'open') this.#end()
    if (this.#halfClosed) this.#socket.end()
    else this.#socket.finish()
  }

  /** Nothing is read any more. */
  #end(): void {
    this.#state = 'ending'
    this.#reader.stop()
    this.#block = undefined
    this.#touchedMs = eventTimeMs()
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
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

/** Of a stream: what the client did wrong. */
const CLIENTS_FAULT: ReadonlySet<number> = new Set([
  errorCodes.protocol,
  errorCodes.flowControl,
  errorCodes.frameSize,
  errorCodes.streamClosed,
])
/** A window opened by less is no help to anybody. */
const SMALL_WINDOW_BYTES = 64
/** DATA of less than this is little. */
const SMALL_DATA_BYTES = 256
/** Streams are numbered up to this. */
const STREAM_MAX = 0x7fff_ffff
/** Asks whether the client has read that it is to open no more streams. */
const LAST_PING = Buffer.from('drained?', 'latin1')
/** Clients may say something about a request, and open windows for what they were sent. */
const CONTROLS_PER_REQUEST = 2
const CONTROLS_PER_DATA = 2

import type { Log } from '#base/log.ts'
import { emptyBody, WholeBody } from './body.ts'
import { BodyReader } from './body-reader.ts'
import type { Connection, Peer } from './connection.ts'
import type { Cork } from './cork.ts'
import { dateLine } from './dates.ts'
import { HttpError } from './errors.ts'
import { eventTimeMs, readEventTime } from './event-time.ts'
import { headersOf, INCOMPLETE, is, MessageHead, parseRequestHead } from './head.ts'
import { latin1 } from './latin1.ts'
import { PREFACE } from './http2/frames.ts'
import { Http2Connection } from './http2/http2-connection.ts'
import type { Http2Limits } from './http2/limits.ts'
import type { HttpLimits } from './limits.ts'
import type { Body, HttpHandler, HttpReply, Upgrade, UpgradedConnection } from './message.ts'
import { OutgoingMessage, type Framing, type MessageOwner } from './outgoing-message.ts'
import { checkStatus, discard, ownReply, toldLength } from './own-replies.ts'
import { ServerRequest } from './server-request.ts'
import type { StreamSocket } from './socket.ts'
import { SocketWriter } from './socket-writer.ts'
import { forbidsBody, reasonPhrase } from './status.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'
import { isServed, originForm } from './target.ts'
import { takesTrailers } from './trailers.ts'
import { readWebSocketHandshake } from './websocket/handshake.ts'
import { statusLineBytesMax, writeStatusLine } from './write-head.ts'

/** What a connection shares with its server. */
export interface ServerContext {
  readonly handler: HttpHandler
  readonly limits: HttpLimits
  readonly log: Log
  /** Whether HTTP/2 is spoken with clients that begin with its preface. */
  readonly http2: boolean
  readonly http2Limits: Http2Limits
  /** True once the server is stopping: answers say `Connection: close`. */
  draining: boolean
  /** True once it is about to: answers say so, too. */
  retiring: boolean
  /** Told when the engine itself refuses a request. */
  refused(status: number, remoteAddress: string): void
  /** Told when `old` has handed its socket to `heir`. */
  replace(old: Connection, heir: Connection): void
  /** Told when a connection is gone. */
  forget(connection: Connection): void
}

/** Where the connection is in reading requests. */
type Reading =
  | 'head'
  | 'body'
  | 'complete' // the request is here whole; later bytes wait until it is answered
  | 'closed' // nothing is read any more; an answer may still be on its way out

/** One client connection: requests in, answers out, in order, one at a time. */
export class ServerConnection implements Connection, MessageOwner, BodyOwner {
  readonly #context: ServerContext
  readonly #socket: StreamSocket
  readonly #writer: SocketWriter
  readonly #answer: OutgoingMessage
  readonly #peer: Peer

  #reading: Reading = 'head'
  /** Bytes not used yet: part of a head, or further requests. */
  #pending: Buffer = NO_BYTES
  #emptyLines = 0
  /** No request was read yet. */
  #fresh = true
  /** True while a request loop is on the stack: an answer that is ready at once must not begin another. */
  #looping = false
  #paused = false
  /** The peer sent FIN. */
  #halfClosed = false
  /** No request is read after the present one. */
  #lastRequest = false
  /** `eventTimeMs()` of the last progress, for the sweep. */
  #touchedMs: number = eventTimeMs()
  /** `eventTimeMs()` of the first byte of a head that is not here whole; 0 when there is none. */
  #headStartedMs = 0

  /** The request being answered. */
  #request: ServerRequest | undefined
  readonly #bodyReader = new BodyReader()
  /** Its body, while that is arriving and may be read. */
  #requestBody: StreamingBody | undefined
  #expectsContinue = false
  /** Bytes of a body that nobody reads any more. */
  #discardedBytes = 0
  #reply: HttpReply | undefined
  /** What the last request named in Host. */
  #host = ''
  /** Whom the connection was handed to. */
  #heir: Connection | undefined

  constructor(context: ServerContext, socket: StreamSocket, peer: Peer) {
    this.#context = context
    this.#socket = socket
    this.#writer = new SocketWriter(socket)
    this.#answer = new OutgoingMessage(this.#writer, context.limits.unsentBytesMax, this)
    this.#peer = peer
  }

  /** True while a request is being received or answered. */
  get #busy(): boolean {
    return this.#request !== undefined || this.#pending.length > 0 || this.#reading === 'body'
  }

  // Socket events

  received(bytes: Buffer): void {
    const nowMs = readEventTime()
    if (this.#reading === 'closed') return
    // What a client sends must not excuse that it takes nothing.
    if (this.#writer.unsent === 0) this.#touchedMs = nowMs
    if (this.#pending.length > 0) bytes = Buffer.concat([this.#pending, bytes])
    if (this.#reading !== 'complete') {
      this.#pending = NO_BYTES
      this.#read(bytes)
      return
    }
    this.#pending = bytes
    if (bytes.length > this.#context.limits.pipelinedBytesMax) this.#pause()
  }

  drained(): void {
    this.#touchedMs = readEventTime()
    if (!this.#writer.drain()) return
    if (this.#reading === 'closed' && !this.#answer.active) this.#finish()
    else this.#answer.drained()
  }

  ended(): void {
    this.#halfClosed = true
    // A request that is here whole still gets its answer: a client may close its half (RFC 9112 §9.6).
    if (this.#reading === 'complete' && !this.#awaitsWebSocket()) return
    if (this.#reading === 'closed') this.#finish()
    else if (this.#reading === 'head' && this.#pending.length > 0) this.#readPending()
    else this.#close()
  }

  closed(): void {
    this.#reading = 'closed'
    this.#writer.abandon()
    this.#lose()
    this.#context.forget(this)
  }

  /** Called now and then: ends what has taken too long. */
  sweep(nowMs: number): void {
    const { limits } = this.#context
    const idleMs = nowMs - this.#touchedMs
    if (this.#writer.unsent > 0) {
      if (idleMs > limits.writeTimeoutMs) this.terminate()
    } else if (this.#reading === 'closed') {
      if (idleMs > limits.lingerTimeoutMs) this.terminate()
    } else if (this.#reading === 'body') {
      if (!this.#paused && idleMs > limits.bodyTimeoutMs) {
        this.#bodyFailed(408, new HttpError('idle-timeout', 'the request body stopped arriving'))
      }
    } else if (this.#reading === 'head') {
      if (this.#headStartedMs > 0) {
        if (nowMs - this.#headStartedMs > limits.headersTimeoutMs) this.#refuse(408)
      } else if (idleMs > limits.idleTimeoutMs) this.#close()
    }
  }

  /** Ends the connection: now when idle, else after the present answer. */
  drain(): void {
    this.#lastRequest = true
    if (this.#busy || this.#reading === 'closed') return
    this.#writer.sendDeferred()
    if (this.#writer.unsent > 0) {
      this.#close()
      return
    }
    // Nothing is under way that a reset could lose: the client's own end need not be waited for.
    this.#socket.end()
    this.closed()
  }

  /** Drops the connection. A socket that was dead already tells nothing more, so its end is not waited for. */
  terminate(): void {
    this.#socket.terminate()
    this.closed()
  }

  /** A WebSocket needs both directions: who asks for one and closes its half has left. */
  #awaitsWebSocket(): boolean {
    const request = this.#reply === undefined ? this.#request : undefined
    return request !== undefined && readWebSocketHandshake(request).kind === 'offer'
  }

  // Reading requests

  #readPending(): void {
    const bytes = this.#pending
    this.#pending = NO_BYTES
    this.#read(bytes)
  }

  /** Reads as many requests as are here and answered at once. */
  #read(bytes: Buffer): void {
    this.#looping = true
    let at = 0
    while (at >= 0 && at < bytes.length && this.#reading !== 'closed') {
      if (this.#reading === 'head') at = this.#readHead(bytes, at)
      else if (this.#reading === 'body') at = this.#readBody(bytes, at)
      else {
        this.#pending = bytes.subarray(at)
        break
      }
    }
    this.#looping = false
    if (this.#heir !== undefined) {
      if (at >= 0 && at < bytes.length) this.#heir.received(bytes.subarray(at))
      return
    }
    // Nothing more will come, so a request that is not here whole never will be.
    if (this.#halfClosed && (this.#reading === 'head' || this.#reading === 'body')) this.#close()
  }

  /** @returns the index after the head and what came with it of its body, or -1 when there is nothing to go on with */
  #readHead(bytes: Buffer, at: number): number {
    // Empty lines before a request are to be ignored (RFC 9112 §2.2).
    while (bytes[at] === 13 && bytes[at + 1] === 10 && this.#emptyLines++ < EMPTY_LINES_MAX) at += 2
    if (at === bytes.length) return -1
    const { limits } = this.#context
    const halfLine = bytes[at] === 13 && at + 1 === bytes.length && this.#emptyLines < EMPTY_LINES_MAX
    const headBytesMax = limits.requestLineBytesMax + limits.headerBytesMax + HEAD_MARGIN
    const head = presentHead.reset()
    const end = Math.min(bytes.length, at + headBytesMax)
    const result = halfLine ? INCOMPLETE : parseRequestHead(head, bytes, at, end, limits)
    if (result === INCOMPLETE) {
      if (bytes.length - at >= headBytesMax) return this.#refuse(431)
      // The deadline counts from the first byte: later ones do not extend it.
      if (this.#headStartedMs === 0) this.#headStartedMs = this.#touchedMs
      this.#pending = bytes.subarray(at)
      return -1
    }
    if (result === -505 && this.#fresh && this.#context.http2 && startsHttp2(bytes, at)) {
      return this.#becomeHttp2(bytes.subarray(at))
    }
    this.#headStartedMs = 0
    this.#emptyLines = 0
    return result < 0 ? this.#refuse(-result, head.method) : this.#begin(head, bytes, result)
  }

  /** A client that knows that we speak it (RFC 9113 §3.3): its preface is a request of a version that 1.1 refuses. */
  #becomeHttp2(bytes: Buffer): -1 {
    const heir = new Http2Connection(this.#context, this.#socket, this.#peer)
    this.#handTo(heir)
    heir.received(bytes)
    if (this.#halfClosed) heir.ended()
    return -1
  }

  /** The head is complete: makes the request with what is here of its body and hands it up. */
  #begin(head: MessageHead, bytes: Buffer, at: number): number {
    this.#fresh = false
    if (!isServed(head.method)) return this.#refuse(501, head.method)
    const target = originForm(head.method, head.target)
    if (target === undefined) return this.#refuse(400, head.method)
    const headers = headersOf(head)
    // The authority of an absolute-form target replaces Host (RFC 9112 §3.2.2).
    if (target.authority !== undefined) headers.set('Host', target.authority)
    const host = target.authority ?? this.#hostOf(head, bytes)
    this.#lastRequest =
      this.#context.draining ||
      this.#context.retiring ||
      head.connectionClose ||
      (head.minor === 0 && !head.connectionKeepAlive)
    const { contentLength } = head
    let body: Body = emptyBody
    let next = at
    this.#reading = 'complete'
    if (head.chunked || contentLength > bytes.length - at) {
      const length = head.chunked ? undefined : contentLength
      const streaming = new StreamingBody(this, length, this.#context.limits.unsentBytesMax)
      if (length === undefined) this.#bodyReader.beginChunked()
      else this.#bodyReader.beginLength(length)
      next = this.#bodyReader.read(bytes, at, streaming)
      if (next < 0) return this.#refuse(400, head.method)
      body = streaming
      if (this.#bodyReader.done) {
        streaming.finish(this.#bodyReader.trailers)
      } else {
        this.#requestBody = streaming
        this.#reading = 'body'
      }
    } else if (contentLength > 0) {
      next = at + contentLength
      body = new WholeBody(bytes, at, next)
    }
    // A client that has begun to send its body does not wait (and one of HTTP/1.0 does not know that it may).
    this.#expectsContinue =
      head.expectContinue && head.minor === 1 && this.#reading === 'body' && at === bytes.length
    const request = new ServerRequest(
      head.minor === 1 ? '1.1' : '1.0',
      head.method,
      target.path,
      headers,
      host,
      body,
      this.#peer,
    )
    this.#request = request
    this.#hand(request)
    return next
  }

  /** A client names the same host again and again: the text is made once. */
  #hostOf({ hostStart, hostEnd }: MessageHead, bytes: Buffer): string {
    if (!is(bytes, hostStart, hostEnd, this.#host)) this.#host = latin1(bytes, hostStart, hostEnd)
    return this.#host
  }

  #hand(request: ServerRequest): void {
    let reply: HttpReply | Promise<HttpReply>
    try {
      reply = this.#context.handler(request)
    } catch (error) {
      this.#handlerFailed(request, error)
      return
    }
    if (reply instanceof Promise) {
      reply.then(
        (value) => this.#send(request, value),
        (error: unknown) => this.#handlerFailed(request, error),
      )
    } else this.#send(request, reply)
  }

  #readBody(bytes: Buffer, at: number): number {
    const reader = this.#bodyReader
    const body = this.#requestBody
    const next = reader.read(bytes, at, body)
    if (next < 0) {
      this.#bodyFailed(400, new HttpError('malformed', 'the request body is not well-formed chunked coding'))
    } else if (reader.done) {
      // What was just given to the reader of the body may have made it end the connection.
      if (this.#reading !== 'body') return -1
      this.#reading = 'complete'
      this.#requestBody = undefined
      body?.finish(reader.trailers)
      // The answer is out already.
      if (body === undefined) this.#next()
    } else if (body === undefined) {
      this.#discardedBytes += next - at
      if (this.#discardedBytes > this.#context.limits.discardedBodyBytesMax) this.#close()
    }
    return next
  }

  /** The request broke off inside its body: its reader is told; the client is answered if it has no answer yet. */
  #bodyFailed(status: number, error: HttpError): void {
    const body = this.#requestBody
    const unanswered = this.#request !== undefined && this.#reply === undefined
    this.#requestBody = undefined
    body?.fail(error)
    if (this.#reading === 'closed') return
    if (unanswered) this.#refuse(status, this.#request?.method)
    else if (this.#reply !== undefined) this.#cut(error)
    else this.#close()
  }

  // BodyOwner: what the reader of the request body wants

  bodyWanted(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    if (this.#reply === undefined) this.#writer.writeText(CONTINUE)
  }

  pauseBody(): void {
    this.#pause()
  }

  resumeBody(): void {
    this.#resume()
  }

  bodyCancelled(): void {
    this.#resume()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#touchedMs = eventTimeMs()
    this.#socket.resume()
  }

  // Answering

  #handlerFailed(request: ServerRequest, error: unknown): void {
    if (request.aborted) {
      this.#context.log.debug('handler gave up: the client is gone', { method: request.method, error })
      return
    }
    this.#context.log.error('handler failed', { method: request.method, error })
    this.#send(request, ownReply(500, 'Internal server error'))
  }

  #send(request: ServerRequest, reply: HttpReply): void {
    if (request !== this.#request || this.#reply !== undefined) {
      discard(reply)
      return
    }
    if (reply.upgrade !== undefined) {
      this.#upgrade(request, reply, reply.upgrade)
      return
    }
    // A client that still waits for 100 may never send its body: the connection cannot be used again.
    if (this.#expectsContinue || this.#context.draining) this.#lastRequest = true
    let framing: Framing
    this.#writer.corkMessage()
    try {
      framing = this.#framing(request, reply)
      this.#writeHead(request, reply, framing)
    } catch (error) {
      this.#writer.uncork()
      discard(reply)
      this.#handlerFailed(request, error)
      return
    }
    this.#reply = reply
    if (framing === 'none') reply.body.cancel()
    this.#answer.begin(reply.body, framing)
  }

  /** The connection is another protocol's from now on; it ends the exchange with whatever it says first. */
  #upgrade(request: ServerRequest, reply: HttpReply, upgrade: Upgrade): void {
    const context = this.#context
    if (this.#halfClosed) {
      discard(reply)
      this.#close()
      return
    }
    let heir: UpgradedConnection
    // Answers to pipelined requests come before it.
    this.#writer.sendDeferred()
    try {
      const inTheWay = this.#upgradeObstacle(request)
      if (inTheWay !== undefined) throw new Error(`the protocol cannot be changed: ${inTheWay}`)
      heir = upgrade.take(this.#socket, context)
    } catch (error) {
      discard(reply)
      this.#handlerFailed(request, error)
      return
    }
    const early = this.#pending
    this.#request = undefined
    this.#handTo(heir)
    heir.begin()
    reply.body.cancel()
    reply.onSent?.(0, true)
    if (early.length > 0) heir.received(early)
    // The server told those that it had when it began to stop; this one came after.
    if (context.draining) heir.drain()
  }

  /** The connection is another's from now on. */
  #handTo(heir: Connection): void {
    this.#pending = NO_BYTES
    this.#reading = 'closed'
    this.#resume()
    this.#heir = heir
    this.#socket.own(heir)
    this.#context.replace(this, heir)
  }

  /** What keeps the connection from speaking another protocol after `request`; undefined when nothing does. */
  #upgradeObstacle({ version }: ServerRequest): string | undefined {
    if (version !== '1.1') return 'HTTP/1.0 does not know how'
    if (this.#reading !== 'complete') return 'the request is not here whole'
    return this.#writer.unsent > 0 ? 'an earlier answer is still on its way' : undefined
  }

  #framing({ method, version }: ServerRequest, { status, body }: HttpReply): Framing {
    if (method === 'HEAD' || forbidsBody(status)) return 'none'
    if (body.length !== undefined) return 'length'
    if (version === '1.1') return 'chunked'
    this.#lastRequest = true
    return 'close'
  }

  /** @throws Error when the reply cannot be written: then nothing of it is */
  #writeHead(request: ServerRequest, reply: HttpReply, framing: Framing): void {
    const { status, reason, headers, body } = reply
    checkStatus(status)
    // 426 must name the protocols that are wanted instead (RFC 9110 §15.5.22).
    const wanted = status === 426 ? headers.get('upgrade') : undefined
    const cork = this.#writer.compose(
      statusLineBytesMax(reason) + headers.bytesMax + (wanted?.length ?? 0) + OWN_FIELDS_BYTES_MAX,
    )
    const mark = cork.length
    try {
      writeStatusLine(cork, status, reason)
      headers.writeTo(cork)
      if (wanted !== undefined) writeUpgrade(cork, wanted)
    } catch (error) {
      cork.length = mark
      throw error
    }
    if (!headers.has('date')) cork.text(dateLine(eventTimeMs()))
    if (framing === 'chunked') cork.text('Transfer-Encoding: chunked\r\n')
    else if (framing !== 'close') writeLength(cork, toldLength(request.method, status, body))
    cork.text(this.#lastRequest ? 'Connection: close\r\n\r\n' : 'Connection: keep-alive\r\n\r\n')
    this.#writer.composed(cork)
  }

  // MessageOwner: how the answer fares

  messageSent(): void {
    const { onSent } = this.#reply as HttpReply
    this.#reply = undefined
    this.#request = undefined
    this.#touchedMs = eventTimeMs()
    onSent?.(this.#answer.bodyBytes, true)
    if (this.#reading === 'complete') this.#next()
    else this.#discardRest()
  }

  get takesTrailers(): boolean {
    return this.#request !== undefined && takesTrailers(this.#request.headers)
  }

  messageBroken(error: Error): void {
    this.#cut(error)
  }

  /** Answered before the whole request was here: reads the rest of it, or gives up where that is pointless. */
  #discardRest(): void {
    const body = this.#requestBody
    this.#requestBody = undefined
    this.#discardedBytes = 0
    body?.fail(new HttpError('aborted', 'the request was answered before its body was read'))
    const { remaining } = this.#bodyReader
    const tooMuch = remaining !== Infinity && remaining > this.#context.limits.discardedBodyBytesMax
    if (this.#lastRequest || tooMuch) this.#close()
    else this.#resume()
  }

  /** The exchange is over: closes, or takes the next request. */
  #next(): void {
    const nothingFollows = this.#halfClosed && this.#pending.length === 0 && !this.#looping
    if (this.#lastRequest || nothingFollows) {
      this.#close()
      return
    }
    this.#reading = 'head'
    this.#resume()
    if (!this.#looping && this.#pending.length > 0) this.#readPending()
  }

  /** The answer cannot be finished: the client learns it by a connection that ends early. */
  #cut(error: Error): void {
    this.#context.log.debug('answer cut', { client: this.#peer.address, error })
    this.#reading = 'closed'
    this.#lose()
    this.terminate()
  }

  /**
   * Answers a request that cannot be understood, and closes.
   * @param method as far as it was understood: an answer to HEAD has no body
   * @returns -1, for readers to end with
   */
  #refuse(status: number, method?: string): -1 {
    const body = `{"message":"${reasonPhrase(status)}"}`
    this.#writer.writeText(
      `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\nContent-Type: application/json\r\n${dateLine(eventTimeMs())}` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${method === 'HEAD' ? '' : body}`,
    )
    this.#context.refused(status, this.#peer.address)
    this.#close()
    return -1
  }

  /** Closes after everything written is sent. What still comes is ignored. */
  #close(): void {
    if (this.#reading === 'closed') return
    this.#reading = 'closed'
    this.#pending = NO_BYTES
    this.#touchedMs = eventTimeMs()
    this.#lose()
    this.#resume()
    this.#writer.sendDeferred()
    if (this.#writer.unsent === 0) this.#finish()
  }

  #finish(): void {
    if (this.#halfClosed) this.#socket.end()
    else this.#socket.finish()
  }

  /** The client will not get (all of) its answer: everyone concerned is told once. */
  #lose(): void {
    const request = this.#request
    const reply = this.#reply
    const body = this.#requestBody
    this.#request = undefined
    this.#reply = undefined
    this.#requestBody = undefined
    this.#answer.cancel()
    body?.fail(new HttpError('reset', 'the client went away'))
    request?.abort()
    reply?.onSent?.(this.#answer.bodyBytes, false)
  }
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const NO_BYTES = Buffer.alloc(0)
/** A head is parsed and used in one go: one object serves them all. */
const presentHead = new MessageHead()
/** Empty lines before a request that are let pass. */
const EMPTY_LINES_MAX = 8
/** Room for the line ends that the two limits of a head do not count. */
const HEAD_MARGIN = 64

/** As much of the preface as tells it from every request of HTTP/1.1 must be here. */
function startsHttp2(bytes: Buffer, at: number): boolean {
  return bytes.compare(PREFACE, 0, PREFACE_LINE_BYTES, at, at + PREFACE_LINE_BYTES) === 0
}

const PREFACE_LINE_BYTES = 'PRI * HTTP/2.0'.length

/** Room for the fields that are the engine's: date, framing, connection. */
const OWN_FIELDS_BYTES_MAX = 256

function writeLength(cork: Cork, length: number | undefined): void {
  if (length === undefined) return
  cork.text('Content-Length: ')
  cork.number(length)
  cork.text('\r\n')
}

/** Connection names every Upgrade (RFC 9110 §7.8). @throws Error when `wanted` cannot be written */
function writeUpgrade(cork: Cork, wanted: string): void {
  cork.text('Connection: upgrade\r\nUpgrade: ')
  if (!cork.fieldValue(wanted)) {
    throw new Error('header Upgrade has a value with control or non-latin1 characters')
  }
  cork.text('\r\n')
}

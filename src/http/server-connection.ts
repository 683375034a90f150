import type { Log } from '#base/log.ts'
import { emptyBody, WholeBody } from './body.ts'
import { ChunkedDecoder, chunkSizeLine, LAST_CHUNK } from './chunked.ts'
import { HttpError } from './errors.ts'
import { INCOMPLETE, MessageHead, parseRequestHead } from './head.ts'
import { Headers } from './headers.ts'
import type { HttpLimits } from './limits.ts'
import type { Body, BodySink, HttpHandler, HttpReply, HttpRequest } from './message.ts'
import { SocketWriter, type SocketOwner, type StreamSocket } from './socket.ts'
import { forbidsBody, reasonPhrase } from './status.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'
import { originForm, type OriginForm } from './target.ts'
import { currentDateLine, fieldLines, hasField, statusLine } from './write-head.ts'

/** What a connection shares with its server. */
export interface ServerContext {
  readonly handler: HttpHandler
  readonly limits: HttpLimits
  readonly log: Log
  /** True once the server is stopping: answers say `Connection: close`. */
  draining: boolean
  /** Told when a connection is gone. */
  forget(connection: ServerConnection): void
}

/** Where the connection is in reading requests. */
type Reading =
  | 'head'
  | 'length' // a body with Content-Length
  | 'chunked'
  | 'complete' // the request is here whole; later bytes wait for the answer to end
  | 'closed'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const NO_BYTES = Buffer.alloc(0)

/** One client connection: requests in, answers out, in order, one at a time. */
export class ServerConnection implements SocketOwner, BodySink, BodyOwner {
  readonly #context: ServerContext
  readonly #socket: StreamSocket
  readonly #writer: SocketWriter
  readonly #remoteAddress: string
  readonly #secure: boolean

  #reading: Reading = 'head'
  /** Bytes not used yet: part of a head, or further requests. */
  #pending: Buffer = NO_BYTES
  #paused = false
  /** The peer sent FIN. */
  #halfClosed = false
  /** No request is read after the present one. */
  #lastRequest = false
  /** True inside `#read`: an answer that is ready at once must not start reading again from within. */
  #looping = false
  /** Date.now() of the last progress, for the sweep. */
  #touchedMs: number = Date.now()
  /** Date.now() of the first byte of a head that is not here whole; 0 when there is none. */
  #headStartedMs = 0

  #request: ServerRequest | undefined
  #requestBody: StreamingBody | undefined
  #bodyRemaining = 0
  #chunks: ChunkedDecoder | undefined
  #expectsContinue = false
  #discarded = 0

  #reply: HttpReply | undefined
  #replyChunked = false
  /** Bytes that Content-Length still promises; -1 when nothing was promised. */
  #replyRemaining = -1
  #replyBytes = 0
  #replyPaused = false

  constructor(context: ServerContext, socket: StreamSocket, remoteAddress: string, secure: boolean) {
    this.#context = context
    this.#socket = socket
    this.#writer = new SocketWriter(socket)
    this.#remoteAddress = remoteAddress
    this.#secure = secure
  }

  /** True while a request is being received or answered. */
  get busy(): boolean {
    return this.#request !== undefined || this.#pending.length > 0
  }

  // Socket events

  received(bytes: Buffer): void {
    this.#touchedMs = Date.now()
    if (this.#reading === 'closed') return
    if (this.#reading === 'complete') {
      this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
      if (this.#pending.length > this.#context.limits.pipelinedBytesMax) this.#pauseReading()
      return
    }
    if (this.#pending.length > 0) {
      bytes = Buffer.concat([this.#pending, bytes])
      this.#pending = NO_BYTES
    }
    this.#read(bytes)
  }

  drained(): void {
    this.#touchedMs = Date.now()
    if (!this.#writer.drain()) return
    if (this.#reading === 'closed') {
      this.#finish()
    } else if (this.#reply !== undefined) {
      if (this.#replyPaused) {
        this.#replyPaused = false
        this.#reply.body.resume()
      }
    } else if (this.#reading === 'head' && this.#pending.length > 0) {
      this.#readPending()
    }
  }

  ended(): void {
    this.#halfClosed = true
    // A request that is here whole still gets its answer (RFC 9112 §9.6 lets a client close its half).
    if (this.#reading === 'complete') return
    if (this.#reading === 'closed') this.#finish()
    else this.#close()
  }

  closed(): void {
    this.#reading = 'closed'
    this.#writer.abandon()
    this.#lost()
    this.#context.forget(this)
  }

  /** Called now and then: ends what has taken too long. */
  sweep(nowMs: number): void {
    const { limits } = this.#context
    const idleMs = nowMs - this.#touchedMs
    if (this.#writer.unsent > 0) {
      if (idleMs > limits.writeTimeoutMs) this.#socket.terminate()
    } else if (this.#reading === 'closed') {
      if (idleMs > limits.lingerTimeoutMs) this.#socket.terminate()
    } else if (this.#reading === 'head') {
      if (this.#headStartedMs > 0) {
        if (nowMs - this.#headStartedMs > limits.headersTimeoutMs) this.#refuse(408)
      } else if (idleMs > limits.idleTimeoutMs) this.#close()
    } else if (this.#reading !== 'complete' && !this.#paused && idleMs > limits.bodyTimeoutMs) {
      this.#bodyFailed(408, new HttpError('idle-timeout', 'the request body stopped arriving'))
    }
  }

  /** Ends the connection: now when idle, else after the present answer. */
  drain(): void {
    this.#lastRequest = true
    if (!this.busy) this.#close()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  // Reading requests

  #readPending(): void {
    const bytes = this.#pending
    this.#pending = NO_BYTES
    this.#read(bytes)
  }

  #read(bytes: Buffer): void {
    this.#looping = true
    this.#readAll(bytes)
    this.#looping = false
    // Nothing more will come, so a head that is not here whole never will be.
    if (this.#halfClosed && this.#reading === 'head' && this.#writer.unsent === 0) this.#close()
  }

  #readAll(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.#reading) {
        case 'head':
          if (this.#writer.unsent > 0) {
            // The client does not take its answers: no more requests until it does.
            this.#pending = bytes.subarray(at)
            return
          }
          at = this.#readHead(bytes, at)
          if (at < 0) return
          break
        case 'length':
          at = this.#readLength(bytes, at)
          break
        case 'chunked':
          at = this.#readChunks(bytes, at)
          if (at < 0) return
          break
        case 'complete':
          this.#pending = bytes.subarray(at)
          return
        case 'closed':
          return
      }
    }
  }

  /** @returns the index after the head (and the body that came with it), or -1 when there is nothing to go on with */
  #readHead(bytes: Buffer, at: number): number {
    if (this.#lastRequest) return -1
    // Empty lines before a request are to be ignored (RFC 9112 §2.2).
    while (bytes[at] === 13 && bytes[at + 1] === 10) at += 2
    if (at >= bytes.length) return -1
    if (bytes[at] === 13 && at + 1 === bytes.length) {
      this.#pending = bytes.subarray(at)
      return -1
    }
    const { limits } = this.#context
    const headBytesMax = limits.requestLineBytesMax + limits.headerBytesMax + 64
    const text = bytes.toString('latin1', at, Math.min(bytes.length, at + headBytesMax))
    const head = new MessageHead()
    const result = parseRequestHead(head, text, limits)
    if (result === INCOMPLETE) {
      if (text.length >= headBytesMax) this.#refuse(431)
      else {
        // The deadline counts from the first byte: later ones do not extend it.
        if (this.#headStartedMs === 0) this.#headStartedMs = this.#touchedMs
        this.#pending = bytes.subarray(at)
      }
      return -1
    }
    this.#headStartedMs = 0
    if (result < 0) {
      this.#refuse(-result)
      return -1
    }
    const target = originForm(head.method, head.target)
    if (target === undefined) {
      this.#refuse(head.method === 'CONNECT' ? 501 : 400)
      return -1
    }
    return this.#begin(head, target, bytes, at + result)
  }

  /** The head is complete: makes the request with what is here of its body and hands it up. */
  #begin(head: MessageHead, target: OriginForm, bytes: Buffer, at: number): number {
    this.#lastRequest =
      this.#context.draining || head.connectionClose || (head.minor === 0 && !head.connectionKeepAlive)
    this.#discarded = 0
    let body: Body = emptyBody
    if (head.chunked) {
      this.#chunks = new ChunkedDecoder()
      this.#requestBody = new StreamingBody(this, undefined, this.#context.limits.unsentBytesMax)
      this.#reading = 'chunked'
      body = this.#requestBody
    } else if (head.contentLength > 0) {
      const here = bytes.length - at
      if (here >= head.contentLength) {
        body = new WholeBody(bytes.subarray(at, at + head.contentLength))
        at += head.contentLength
        this.#reading = 'complete'
      } else {
        this.#bodyRemaining = head.contentLength
        this.#requestBody = new StreamingBody(this, head.contentLength, this.#context.limits.unsentBytesMax)
        this.#reading = 'length'
        body = this.#requestBody
      }
    } else {
      this.#reading = 'complete'
    }
    this.#expectsContinue = head.expectContinue && this.#reading !== 'complete' && at === bytes.length
    if (target.authority !== undefined) setHost(head.raw, target.authority)
    const request = new ServerRequest(head, target.path, body, this.#remoteAddress, this.#secure)
    this.#request = request
    // What is here of the body goes in first: a body that is here whole needs no second look.
    if (this.#reading === 'chunked') {
      at = this.#readChunks(bytes, at)
      if (at < 0) return -1
    } else if (this.#reading === 'length') at = this.#readLength(bytes, at)
    this.#hand(request)
    return at
  }

  #hand(request: ServerRequest): void {
    let result: HttpReply | Promise<HttpReply>
    try {
      result = this.#context.handler(request)
    } catch (error) {
      this.#handlerFailed(request, error)
      return
    }
    if (result instanceof Promise) {
      result.then(
        (reply) => this.#answer(request, reply),
        (error: unknown) => this.#handlerFailed(request, error),
      )
    } else {
      this.#answer(request, result)
    }
  }

  #readLength(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#bodyRemaining)
    this.#bodyRemaining -= end - at
    if (this.#bodyRemaining === 0) this.#reading = 'complete'
    this.#bodyPiece(bytes, at, end)
    if (this.#bodyRemaining === 0) this.#bodyComplete()
    return end
  }

  #readChunks(bytes: Buffer, at: number): number {
    const chunks = this.#chunks as ChunkedDecoder
    const next = chunks.decode(bytes, at, (start, end) => this.#bodyPiece(bytes, start, end))
    if (next < 0) {
      this.#bodyFailed(400, new HttpError('malformed', 'the request body is not well-formed chunked coding'))
      return -1
    }
    if (chunks.done && this.#reading === 'chunked') {
      this.#reading = 'complete'
      this.#bodyComplete()
    }
    return next
  }

  #bodyPiece(bytes: Buffer, start: number, end: number): void {
    this.#requestBody?.push(bytes.subarray(start, end))
    if (this.#request !== undefined) return
    // The answer is out already: the rest of the body is read only to keep the connection, within reason.
    this.#discarded += end - start
    if (this.#discarded > this.#context.limits.discardedBodyBytesMax) this.#close()
  }

  #bodyComplete(): void {
    const body = this.#requestBody
    this.#requestBody = undefined
    body?.finish()
    if (this.#request === undefined) this.#next()
  }

  /** The request broke off inside its body: its reader is told; the client is answered if it has no answer yet. */
  #bodyFailed(status: number, error: HttpError): void {
    const body = this.#requestBody
    this.#requestBody = undefined
    const answered = this.#reply !== undefined
    this.#lost()
    body?.fail(error)
    if (answered) this.#socket.terminate()
    else this.#refuse(status)
  }

  // BodyOwner: what the reader of the request body wants

  bodyWanted(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    if (this.#reply === undefined) this.#writer.writeText(CONTINUE)
  }

  pauseBody(): void {
    this.#pauseReading()
  }

  resumeBody(): void {
    this.#resumeReading()
  }

  bodyCancelled(): void {
    this.#resumeReading()
  }

  #pauseReading(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  #resumeReading(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#touchedMs = Date.now()
    this.#socket.resume()
  }

  // Answering

  #handlerFailed(request: ServerRequest, error: unknown): void {
    this.#context.log.error('handler failed', { method: request.method, error })
    if (request !== this.#request || this.#reading === 'closed') return
    this.#answer(request, plainReply(500, 'Internal server error'))
  }

  #answer(request: ServerRequest, reply: HttpReply): void {
    if (request !== this.#request || this.#reading === 'closed') {
      reply.body.cancel()
      reply.onSent?.(0, false)
      return
    }
    // A client that still waits for 100 may never send its body: the connection cannot be used again.
    if (this.#expectsContinue) this.#lastRequest = true
    const bodiless = request.method === 'HEAD' || forbidsBody(reply.status)
    let head: string
    try {
      head = this.#replyHead(request, reply, bodiless)
    } catch (error) {
      reply.body.cancel()
      reply.onSent?.(0, false)
      this.#handlerFailed(request, error)
      return
    }
    this.#reply = reply
    this.#replyBytes = 0
    this.#writer.cork()
    this.#writer.writeText(head)
    if (bodiless) {
      reply.body.cancel()
      this.#replyRemaining = -1
      this.#replyComplete()
    } else {
      reply.body.start(this)
    }
    this.#writer.uncork()
    this.#throttle()
  }

  #replyHead(request: ServerRequest, reply: HttpReply, bodiless: boolean): string {
    const { status, headers, body } = reply
    if (status < 200 || status > 999) throw new Error(`status ${status} is not that of a final answer`)
    let framing = ''
    this.#replyChunked = false
    this.#replyRemaining = -1
    if (body.length !== undefined && !forbidsBody(status)) {
      framing = `Content-Length: ${body.length}\r\n`
      this.#replyRemaining = body.length
    } else if (!bodiless) {
      if (request.version === '1.1') {
        this.#replyChunked = true
        framing = 'Transfer-Encoding: chunked\r\n'
      } else {
        this.#lastRequest = true
      }
    }
    if (this.#context.draining) this.#lastRequest = true
    const connection = this.#lastRequest
      ? 'Connection: close\r\n'
      : request.version === '1.0'
        ? 'Connection: keep-alive\r\n'
        : ''
    const date = hasField(headers.raw, 'date') ? '' : currentDateLine(Date.now())
    return `${statusLine(status, reply.reason)}${fieldLines(headers.raw)}${date}${framing}${connection}\r\n`
  }

  // BodySink: the answer's body

  data(chunk: Uint8Array): void {
    if (this.#reply === undefined || chunk.length === 0) return
    this.#replyBytes += chunk.length
    if (this.#replyChunked) {
      this.#writer.writeText(chunkSizeLine(chunk.length))
      this.#writer.write(chunk)
      this.#writer.writeText('\r\n')
    } else {
      if (this.#replyRemaining >= 0) {
        this.#replyRemaining -= chunk.length
        if (this.#replyRemaining < 0) return this.#cut('the answer is longer than its Content-Length')
      }
      this.#writer.write(chunk)
    }
    this.#throttle()
  }

  end(): void {
    if (this.#reply === undefined) return
    if (this.#replyRemaining > 0) return this.#cut('the answer is shorter than its Content-Length')
    if (this.#replyChunked) this.#writer.writeText(LAST_CHUNK)
    this.#replyComplete()
  }

  fail(error: Error): void {
    if (this.#reply !== undefined) this.#cut(error.message)
  }

  /** The answer cannot be finished: the client learns it by a connection that ends early. */
  #cut(reason: string): void {
    this.#context.log.debug('answer cut', { reason })
    this.#reply?.body.cancel()
    this.#reading = 'closed'
    this.#lost()
    this.#socket.terminate()
  }

  /** Pauses the answer's source while the client is slow. */
  #throttle(): void {
    if (this.#replyPaused || this.#reply === undefined) return
    if (this.#writer.unsent <= this.#context.limits.unsentBytesMax) return
    this.#replyPaused = true
    this.#reply.body.pause()
  }

  #replyComplete(): void {
    const reply = this.#reply as HttpReply
    this.#reply = undefined
    this.#request = undefined
    this.#replyPaused = false
    this.#touchedMs = Date.now()
    reply.onSent?.(this.#replyBytes, true)
    if (this.#reading === 'complete') {
      this.#writer.uncork()
      this.#next()
      return
    }
    // Answered before the whole request was here: go on reading it, or give up where that is pointless.
    this.#requestBody = undefined
    if (this.#lastRequest || this.#bodyRemaining > this.#context.limits.discardedBodyBytesMax) {
      this.#writer.uncork()
      this.#close()
    } else this.#resumeReading()
  }

  /** The exchange is over: closes, or takes the next request. */
  #next(): void {
    if (this.#lastRequest || (this.#halfClosed && this.#pending.length === 0 && !this.#looping)) {
      this.#close()
      return
    }
    this.#reading = 'head'
    this.#resumeReading()
    if (!this.#looping && this.#pending.length > 0) this.#readPending()
  }

  /** Answers a request that cannot be understood, and closes. */
  #refuse(status: number): void {
    const message = REFUSALS[status] ?? 'Bad Request'
    const body = `{"message":"${message}"}`
    this.#writer.writeText(
      `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\nContent-Type: application/json\r\n` +
        `${currentDateLine(Date.now())}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
    this.#context.log.debug('request refused', { status, client: this.#remoteAddress })
    this.#close()
  }

  /** Closes after everything written is sent. What still comes is ignored. */
  #close(): void {
    if (this.#reading === 'closed') return
    this.#reading = 'closed'
    this.#pending = NO_BYTES
    this.#lost()
    this.#resumeReading()
    if (this.#writer.unsent === 0) this.#finish()
  }

  #finish(): void {
    if (this.#halfClosed) this.#socket.end()
    else this.#socket.finish()
  }

  /** The client will not get (all of) its answer: everyone concerned is told once. */
  #lost(): void {
    const request = this.#request
    const reply = this.#reply
    const body = this.#requestBody
    this.#request = undefined
    this.#reply = undefined
    this.#requestBody = undefined
    body?.fail(new HttpError('reset', 'the client went away'))
    if (reply !== undefined) {
      reply.body.cancel()
      reply.onSent?.(this.#replyBytes, false)
    }
    request?.abort()
  }
}

/** What clients are told of requests that the engine refuses. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  414: 'Request-URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
}

class ServerRequest implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly version: '1.0' | '1.1'
  readonly remoteAddress: string
  readonly secure: boolean
  readonly body: Body
  aborted = false
  #listeners: (() => void)[] | undefined

  constructor(head: MessageHead, target: string, body: Body, remoteAddress: string, secure: boolean) {
    this.method = head.method
    this.target = target
    this.headers = new Headers(head.raw)
    this.version = head.minor === 1 ? '1.1' : '1.0'
    this.remoteAddress = remoteAddress
    this.secure = secure
    this.body = body
  }

  onAbort(listener: () => void): void {
    if (this.aborted) listener()
    else (this.#listeners ??= []).push(listener)
  }

  abort(): void {
    this.aborted = true
    const listeners = this.#listeners
    this.#listeners = undefined
    for (const listener of listeners ?? []) listener()
  }
}

/** An absolute-form target's authority replaces Host (RFC 9112 §3.2.2). */
function setHost(raw: string[], authority: string): void {
  new Headers(raw).set('Host', authority)
}

function plainReply(status: number, message: string): HttpReply {
  return {
    status,
    headers: new Headers(['Content-Type', 'application/json']),
    body: new WholeBody(Buffer.from(`{"message":"${message}"}`)),
  }
}

import { emptyBody } from '#http/body.ts'
import { HttpError } from '#http/errors.ts'
import { eventTimeMs } from '#http/event-time.ts'
import { Headers } from '#http/headers.ts'
import type { Body, BodySink, HttpReply } from '#http/message.ts'
import { checkStatus, discard, ownReply } from '#http/own-replies.ts'
import type { ServerContext } from '#http/server-connection.ts'
import { ServerRequest } from '#http/server-request.ts'
import { forbidsBody } from '#http/status.ts'
import { StreamingBody, type BodyOwner } from '#http/streaming-body.ts'
import { takesTrailers } from '#http/trailers.ts'
import type { Peer } from '#http/connection.ts'
import { errorCodes } from './frames.ts'
import { ReceiveWindow } from './receive-window.ts'
import type { RequestFields } from './request-fields.ts'
import type { TrailerFields } from './trailer-fields.ts'

/** What a stream asks of its connection. */
export interface StreamHost {
  readonly context: ServerContext
  readonly peer: Peer
  /** Writes the 100 interim answer. */
  writeContinue(stream: Http2Stream): void
  /** @throws Error when the reply cannot be written: then nothing of it is */
  writeHead(stream: Http2Stream, reply: HttpReply, ends: boolean): void
  /** Writes as much of what is pending as may be written now. */
  pump(stream: Http2Stream): void
  /** So many bytes of the request's body are done with: the client may send more. */
  credit(stream: Http2Stream, bytes: number): void
  /** Ends the stream at once. */
  reset(stream: Http2Stream, code: number): void
  /** The exchange is over on both sides. */
  forget(stream: Http2Stream): void
}

/** One request and its answer on an HTTP/2 connection. */
export class Http2Stream implements BodyOwner, BodySink {
  readonly id: number
  readonly #host: StreamHost
  /** Bytes of the answer that the client takes. */
  sendWindow: number
  /** For the request's body. */
  readonly receiveWindow: ReceiveWindow
  /** The client has sent all. */
  remoteEnded = false
  /** We have. */
  localEnded = false
  #gone = false

  #request: ServerRequest | undefined
  #requestBody: StreamingBody | undefined
  /** What Content-Length promises still; undefined when nothing. */
  #promised: number | undefined
  #expectsContinue = false
  /** Received, and not credited to the client yet. */
  #uncredited = 0
  /** Whether what arrives is credited at once. */
  flowing = false
  /** When the request's body last progressed. */
  #receivedMs = 0

  #reply: HttpReply | undefined
  #replyBody: Body | undefined
  #remaining = Infinity
  /** What waits for a window. */
  readonly #pending: Uint8Array[] = []
  #pendingOffset = 0
  pendingBytes = 0
  /** The answer's source has given all. */
  #sourceEnded = false
  trailers: Headers | undefined
  #sourcePaused = false
  #starting = false
  #bodyBytes = 0
  /** When the answer last progressed. */
  #sentMs = 0

  /** Windows in bytes. */
  constructor(id: number, host: StreamHost, sendWindow: number, receiveWindow: number) {
    this.id = id
    this.#host = host
    this.sendWindow = sendWindow
    this.receiveWindow = new ReceiveWindow(receiveWindow)
  }

  get method(): string {
    return this.#request?.method ?? 'GET'
  }

  // The request

  /** The head is here. @param ended no body follows */
  open(fields: RequestFields, ended: boolean): void {
    const found = fields.finish()
    if (fields.malformed !== undefined) {
      this.#host.context.log.debug('malformed HTTP/2 request', { problem: fields.malformed })
      this.#host.reset(this, errorCodes.protocol)
      return
    }
    const { context, peer } = this.#host
    this.#receivedMs = eventTimeMs()
    this.remoteEnded = ended
    this.#promised = fields.contentLength
    if (ended && (this.#promised ?? 0) > 0) {
      this.#host.reset(this, errorCodes.protocol)
      return
    }
    let body: Body = emptyBody
    if (!ended) {
      this.#requestBody = new StreamingBody(this, this.#promised, context.limits.unsentBytesMax)
      body = this.#requestBody
    }
    const refusal = fields.refusal
    const { target, host, headers } = found ?? { target: '/', host: '', headers: new Headers() }
    const request = new ServerRequest('2', fields.method ?? 'GET', target, headers, host, body, peer)
    this.#request = request
    if (refusal !== undefined) {
      context.refused(refusal, peer.address)
      this.#send(request, ownReply(refusal))
      return
    }
    this.#expectsContinue = fields.expectsContinue && !ended
    this.#hand(request)
  }

  #hand(request: ServerRequest): void {
    let reply: HttpReply | Promise<HttpReply>
    try {
      reply = this.#host.context.handler(request)
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

  /** A piece of the request's body. @param frameBytes what it took of the windows, padding included */
  received(chunk: Uint8Array, frameBytes: number, ended: boolean): void {
    this.#receivedMs = eventTimeMs()
    this.#expectsContinue = false
    if (this.#promised !== undefined && (this.#promised -= chunk.length) < 0) {
      this.#malformedBody('the body is longer than its Content-Length')
      return
    }
    this.#uncredited += frameBytes
    // Before the reader has it: it may answer at once.
    this.remoteEnded = ended
    const body = this.#requestBody
    body?.push(chunk)
    if (this.flowing || body === undefined) this.#credit()
    if (ended) this.ended(undefined)
  }

  /** The client has sent all. */
  ended(trailers: TrailerFields | undefined): void {
    this.remoteEnded = true
    if (this.#gone) return
    if (trailers?.malformed === true || (this.#promised ?? 0) > 0) {
      this.#malformedBody('the body is not as long as its Content-Length, or its trailers are malformed')
      return
    }
    const body = this.#requestBody
    this.#requestBody = undefined
    const raw = trailers?.raw ?? []
    body?.finish(raw.length > 0 ? new Headers(raw) : undefined)
    this.#settle()
  }

  #malformedBody(problem: string): void {
    const body = this.#requestBody
    this.#requestBody = undefined
    body?.fail(new HttpError('malformed', problem))
    this.#host.reset(this, errorCodes.protocol)
  }

  // BodyOwner: what the reader of the request's body wants

  bodyWanted(): void {
    if (this.#expectsContinue && this.#reply === undefined) this.#host.writeContinue(this)
    this.#expectsContinue = false
    this.#flow()
  }

  pauseBody(): void {
    this.flowing = false
  }

  resumeBody(): void {
    this.#flow()
  }

  bodyCancelled(): void {
    this.#requestBody = undefined
    this.#flow()
  }

  #flow(): void {
    this.flowing = true
    this.#receivedMs = eventTimeMs()
    this.#credit()
  }

  #credit(): void {
    const bytes = this.#uncredited
    if (bytes === 0 || this.#gone) return
    this.#uncredited = 0
    this.#host.credit(this, bytes)
  }

  // The answer

  #handlerFailed(request: ServerRequest, error: unknown): void {
    const { log } = this.#host.context
    if (request.aborted) {
      log.debug('handler gave up: the client is gone', { method: request.method, error })
      return
    }
    log.error('handler failed', { method: request.method, error })
    this.#send(request, ownReply(500, 'Internal server error'))
  }

  #send(request: ServerRequest, reply: HttpReply): void {
    if (this.#gone || this.#reply !== undefined) {
      discard(reply)
      return
    }
    const { status, body } = reply
    const bodiless = request.method === 'HEAD' || forbidsBody(status) || body.length === 0
    try {
      if (reply.upgrade !== undefined) throw new Error('an HTTP/2 stream cannot change its protocol')
      checkStatus(status)
      this.#host.writeHead(this, reply, bodiless)
    } catch (error) {
      discard(reply)
      this.#handlerFailed(request, error)
      return
    }
    this.#reply = reply
    this.#sentMs = eventTimeMs()
    if (bodiless) {
      body.cancel()
      this.finish()
      return
    }
    this.#replyBody = body
    this.#remaining = body.length ?? Infinity
    this.#starting = true
    try {
      body.start(this)
    } catch (error) {
      this.#break(error as Error)
    }
    this.#starting = false
    if (!this.#gone) this.#host.pump(this)
  }

  data(chunk: Uint8Array): void {
    if (this.#gone || chunk.length === 0) return
    this.#remaining -= chunk.length
    if (this.#remaining < 0) {
      this.#break(new Error('the body is longer than its length'))
      return
    }
    // What waited for its source until now did not wait for the client.
    if (this.pendingBytes === 0) this.#sentMs = eventTimeMs()
    this.#pending.push(chunk)
    this.pendingBytes += chunk.length
    if (!this.#starting) this.#host.pump(this)
  }

  end(trailers?: Headers): void {
    if (this.#gone) return
    if (this.#remaining > 0 && this.#remaining !== Infinity) {
      this.#break(new Error('the body is shorter than its length'))
      return
    }
    this.#sourceEnded = true
    if (trailers !== undefined && this.#request !== undefined && takesTrailers(this.#request.headers)) {
      this.trailers = trailers
    }
    if (!this.#starting) this.#host.pump(this)
  }

  fail(error: Error): void {
    if (!this.#gone) this.#break(error)
  }

  /** Whether everything that will be sent is pending, or was sent. */
  get sourceEnded(): boolean {
    return this.#sourceEnded
  }

  /** Takes up to `bytesMax` of the first pending piece. */
  take(bytesMax: number): Uint8Array {
    const piece = this.#pending[0] as Uint8Array
    const from = this.#pendingOffset
    const to = Math.min(piece.length, from + bytesMax)
    if (to === piece.length) {
      this.#pending.shift()
      this.#pendingOffset = 0
    } else this.#pendingOffset = to
    this.pendingBytes -= to - from
    this.#bodyBytes += to - from
    this.#sentMs = eventTimeMs()
    return from === 0 && to === piece.length ? piece : piece.subarray(from, to)
  }

  /** What is pending waits for the client: the source is to wait, too. */
  hold(): void {
    if (this.#sourcePaused || this.#replyBody === undefined || this.#sourceEnded) return
    this.#sourcePaused = true
    this.#replyBody.pause()
  }

  /** Nothing is pending. */
  release(): void {
    if (!this.#sourcePaused) return
    this.#sourcePaused = false
    this.#replyBody?.resume()
  }

  /** What is pending can never be sent. */
  starve(): void {
    this.#host.reset(this, errorCodes.cancel)
  }

  /** END_STREAM was written. */
  finish(): void {
    const reply = this.#reply as HttpReply
    this.localEnded = true
    this.#replyBody = undefined
    reply.onSent?.(this.#bodyBytes, true)
    const body = this.#requestBody
    if (!this.remoteEnded) {
      // Answered before the whole request was here: the rest is not wanted (RFC 9113 §8.1).
      this.#requestBody = undefined
      body?.fail(new HttpError('aborted', 'the request was answered before its body was read'))
      this.#host.reset(this, errorCodes.none)
    } else this.#settle()
  }

  /** Its source failed: the client learns it by a stream that breaks. */
  #break(error: Error): void {
    this.#host.context.log.debug('answer cut', { client: this.#host.peer.address, error })
    this.#host.reset(this, errorCodes.internal)
  }

  // Endings

  /** Called now and then: ends what has taken too long. */
  sweep(nowMs: number): void {
    const { bodyTimeoutMs, writeTimeoutMs } = this.#host.context.limits
    if (this.pendingBytes > 0 && nowMs - this.#sentMs > writeTimeoutMs) {
      this.#host.reset(this, errorCodes.cancel)
      return
    }
    const waiting = !this.remoteEnded && this.flowing && this.#requestBody !== undefined
    if (!waiting || nowMs - this.#receivedMs <= bodyTimeoutMs) return
    const body = this.#requestBody
    this.#requestBody = undefined
    body?.fail(new HttpError('idle-timeout', 'the request body stopped arriving'))
    const request = this.#request
    if (this.#gone || request === undefined) return
    if (this.#reply === undefined) {
      this.#host.context.refused(408, this.#host.peer.address)
      this.#send(request, ownReply(408))
    } else this.#host.reset(this, errorCodes.cancel)
  }

  #settle(): void {
    // A body whose last piece is just being read has its end yet to come.
    const whole = this.remoteEnded && this.#requestBody === undefined
    if (whole && this.localEnded) this.#host.forget(this)
  }

  /**
   * The stream is over before its time: everyone concerned is told once.
   * @returns bytes that the client sent and was not credited for
   */
  lose(): number {
    const request = this.#request
    const reply = this.#reply
    const source = this.#replyBody
    const body = this.#requestBody
    const sent = this.localEnded
    const uncredited = this.#uncredited
    this.#gone = true
    this.#uncredited = 0
    this.#replyBody = undefined
    this.#requestBody = undefined
    this.#pending.length = 0
    this.pendingBytes = 0
    source?.cancel()
    body?.fail(new HttpError('reset', 'the client went away'))
    if (!sent) {
      request?.abort()
      reply?.onSent?.(this.#bodyBytes, false)
    }
    return uncredited
  }
}

import { emptyBody, WholeBody } from './body.ts'
import { ChunkedDecoder, chunkSizeLine, LAST_CHUNK } from './chunked.ts'
import type { HttpClientRequest, HttpClientResponse } from './client.ts'
import { HttpError, type HttpFailure } from './errors.ts'
import { INCOMPLETE, MessageHead, parseResponseHead } from './head.ts'
import { Headers } from './headers.ts'
import type { HttpLimits } from './limits.ts'
import type { Body, BodySink } from './message.ts'
import { SocketWriter, type SocketOwner, type StreamSocket } from './socket.ts'
import { forbidsBody } from './status.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'
import { fieldLines, hasField } from './write-head.ts'

/** What a connection asks of its pool. */
export interface ConnectionPool {
  readonly limits: HttpLimits
  /** The exchange ended cleanly: the connection may serve another request. */
  release(connection: ClientConnection): void
  /** The connection is gone. */
  forget(connection: ClientConnection): void
  /** A kept connection died before it answered anything: the request may be sent again. */
  resend(call: ClientCall): void
}

/** One request and whoever waits for its answer. */
export interface ClientCall {
  readonly request: HttpClientRequest
  /** `host` or `host:port`, for the Host field. */
  readonly authority: string
  resolve(response: HttpClientResponse): void
  reject(error: HttpError): void
  /** True once it was sent a second time. */
  repeated: boolean
}

type Reading =
  | 'idle' // no request under way: any byte is out of place
  | 'head'
  | 'length'
  | 'chunked'
  | 'until-close'
  | 'closed'

const NO_BYTES = Buffer.alloc(0)

/** One connection to a backend: a request out, its answer in, one at a time. */
export class ClientConnection implements SocketOwner, BodySink, BodyOwner {
  readonly #pool: ConnectionPool
  readonly key: string
  /** Whether the backend's certificate must be valid. */
  readonly verifies: boolean
  readonly openedMs: number = Date.now()
  /** When it may last be taken from the pool. */
  reusableUntilMs = 0
  #socket: StreamSocket | undefined
  #writer: SocketWriter | undefined

  #call: ClientCall | undefined
  #reading: Reading = 'idle'
  #pending: Buffer = NO_BYTES
  /** The answer's head was handed up; its body may still be arriving. */
  #answered = false
  #anyBytes = false
  #used = false
  #reusable = false
  #remaining = 0
  #chunks: ChunkedDecoder | undefined
  #body: StreamingBody | undefined
  #bodyPaused = false

  #sending: Body | undefined
  #sendingChunked = false
  #sendingRemaining = -1
  #sendingPaused = false

  /** Date.now() past which the sweep ends the exchange; 0: no deadline. */
  #deadlineMs = 0
  keepAliveHintMs: number | undefined

  constructor(pool: ConnectionPool, key: string, verifies: boolean) {
    this.#pool = pool
    this.key = key
    this.verifies = verifies
  }

  get alive(): boolean {
    return this.#reading !== 'closed'
  }

  /** Takes a call; it is sent now, or once the connection is open. */
  begin(call: ClientCall): void {
    this.#call = call
    this.#answered = false
    this.#anyBytes = false
    this.#reading = 'head'
    this.#deadlineMs = Date.now() + call.request.timeoutMs
    if (this.#writer !== undefined) this.#send(call)
    call.request.onCancel?.(() => {
      if (this.#call === call) this.#abort(new HttpError('aborted', 'the request was cancelled'))
    })
  }

  /** The socket is connected (and its TLS handshake done). */
  opened(socket: StreamSocket): void {
    if (this.#reading === 'closed') {
      socket.terminate()
      return
    }
    this.#socket = socket
    this.#writer = new SocketWriter(socket)
    if (this.#call !== undefined) this.#send(this.#call)
  }

  /** It could not be opened. */
  refused(error: HttpError): void {
    this.#lose(error)
  }

  /** Called now and then: ends what takes too long. */
  sweep(nowMs: number): void {
    if (this.#reading === 'idle') {
      if (nowMs > this.reusableUntilMs) this.terminate()
      return
    }
    if (this.#deadlineMs === 0 || nowMs <= this.#deadlineMs) return
    const failure: HttpFailure =
      this.#writer === undefined ? 'connect-timeout' : this.#answered ? 'idle-timeout' : 'first-byte-timeout'
    this.#abort(new HttpError(failure, `no progress within ${this.#call?.request.timeoutMs ?? 0} ms`))
  }

  terminate(): void {
    this.#lose(new HttpError('aborted', 'the client is closing'))
  }

  // Sending

  #send(call: ClientCall): void {
    const { request } = call
    const writer = this.#writer as SocketWriter
    let head: string
    try {
      head = this.#requestHead(call)
    } catch (error) {
      this.#abort(new HttpError('malformed', (error as Error).message))
      return
    }
    this.#sending = request.body
    writer.cork()
    writer.writeText(head)
    request.body.start(this)
    writer.uncork()
    this.#throttle()
  }

  #requestHead({ request, authority }: ClientCall): string {
    const { method, target, headers, body } = request
    if (!METHOD.test(method) || !TARGET.test(target)) throw new Error(`cannot send ${method} ${target}`)
    const host = hasField(headers.raw, 'host') ? '' : `Host: ${authority}\r\n`
    let framing = ''
    this.#sendingChunked = false
    this.#sendingRemaining = -1
    if (body.length === undefined) {
      this.#sendingChunked = true
      framing = 'Transfer-Encoding: chunked\r\n'
    } else {
      this.#sendingRemaining = body.length
      // A length of zero says something only where a body is usual (RFC 9110 §8.6).
      if (body.length > 0 || !BODILESS.has(method)) framing = `Content-Length: ${body.length}\r\n`
    }
    return `${method} ${target} HTTP/1.1\r\n${host}${fieldLines(headers.raw)}${framing}\r\n`
  }

  data(chunk: Uint8Array): void {
    const writer = this.#writer
    if (this.#sending === undefined || writer === undefined || chunk.length === 0) return
    if (this.#sendingChunked) {
      writer.writeText(chunkSizeLine(chunk.length))
      writer.write(chunk)
      writer.writeText('\r\n')
    } else {
      this.#sendingRemaining -= chunk.length
      if (this.#sendingRemaining < 0)
        return this.#abort(new HttpError('malformed', 'body longer than its length'))
      writer.write(chunk)
    }
    if (!this.#answered) this.#deadlineMs = Date.now() + (this.#call?.request.timeoutMs ?? 0)
    this.#throttle()
  }

  end(): void {
    if (this.#sending === undefined) return
    if (this.#sendingRemaining > 0)
      return this.#abort(new HttpError('malformed', 'body shorter than its length'))
    if (this.#sendingChunked) this.#writer?.writeText(LAST_CHUNK)
    this.#sending = undefined
  }

  fail(error: Error): void {
    if (this.#sending === undefined) return
    this.#sending = undefined
    this.#abort(
      error instanceof HttpError ? error : new HttpError('aborted', error.message, { cause: error }),
    )
  }

  #throttle(): void {
    if (this.#sending === undefined || this.#sendingPaused) return
    if ((this.#writer?.unsent ?? 0) <= this.#pool.limits.unsentBytesMax) return
    this.#sendingPaused = true
    this.#sending.pause()
  }

  // Socket events

  drained(): void {
    if (this.#writer?.drain() !== true || !this.#sendingPaused) return
    this.#sendingPaused = false
    this.#sending?.resume()
  }

  received(bytes: Buffer): void {
    if (this.#reading === 'closed') return
    if (this.#reading === 'idle') {
      // An answer that nobody asked for: whatever follows on this connection cannot be trusted.
      this.terminate()
      return
    }
    this.#anyBytes = true
    if (this.#answered) this.#deadlineMs = Date.now() + (this.#call?.request.timeoutMs ?? 0)
    if (this.#reading === 'head') this.#readHead(bytes)
    else this.#readBody(bytes, 0)
  }

  ended(): void {
    if (this.#reading === 'until-close') {
      const body = this.#body
      this.#complete(false)
      body?.finish()
    } else {
      this.#lose(new HttpError('reset', 'the backend closed the connection'))
    }
  }

  closed(): void {
    if (this.#reading === 'until-close') this.ended()
    else this.#lose(new HttpError('reset', 'the connection to the backend was lost'))
  }

  // Reading the answer

  #readHead(bytes: Buffer): void {
    if (this.#pending.length > 0) {
      bytes = Buffer.concat([this.#pending, bytes])
      this.#pending = NO_BYTES
    }
    const { limits } = this.#pool
    const headBytesMax = RESPONSE_HEAD_BYTES_MAX
    let at = 0
    for (;;) {
      const text = bytes.toString('latin1', at, Math.min(bytes.length, at + headBytesMax))
      const head = new MessageHead()
      const result = parseResponseHead(head, text, limits)
      if (result === INCOMPLETE) {
        if (text.length >= headBytesMax) {
          this.#abort(new HttpError('too-large', `answer head larger than ${headBytesMax} bytes`))
        } else this.#pending = bytes.subarray(at)
        return
      }
      if (result < 0 || head.status === 101) {
        this.#abort(new HttpError('malformed', 'the backend answered something that is not HTTP/1.1'))
        return
      }
      at += result
      if (head.status >= 200) {
        this.#begun(head, bytes, at)
        return
      }
      // An interim answer; the final one follows.
      if (at >= bytes.length) return
    }
  }

  #begun(head: MessageHead, bytes: Buffer, at: number): void {
    const call = this.#call as ClientCall
    this.#reusable =
      head.minor === 1 ? !head.connectionClose : head.connectionKeepAlive && !head.connectionClose
    this.keepAliveHintMs = keepAliveHint(head.raw)
    this.#answered = true
    let body: Body = emptyBody
    if (call.request.method === 'HEAD' || forbidsBody(head.status)) {
      this.#complete(at === bytes.length)
    } else if (head.chunked) {
      this.#chunks = new ChunkedDecoder()
      body = this.#streaming('chunked', undefined)
      this.#readBody(bytes, at)
    } else if (head.contentLength >= 0) {
      const here = bytes.length - at
      if (here >= head.contentLength) {
        if (head.contentLength > 0) body = new WholeBody(bytes.subarray(at, at + head.contentLength))
        this.#complete(here === head.contentLength)
      } else {
        this.#remaining = head.contentLength
        body = this.#streaming('length', head.contentLength)
        this.#readBody(bytes, at)
      }
    } else {
      body = this.#streaming('until-close', undefined)
      this.#readBody(bytes, at)
    }
    call.resolve({
      status: head.status,
      reason: head.reason,
      headers: new Headers(head.raw),
      version: head.minor === 1 ? '1.1' : '1.0',
      body,
    })
  }

  #streaming(reading: Reading, length: number | undefined): StreamingBody {
    this.#reading = reading
    this.#body = new StreamingBody(this, length, this.#pool.limits.unsentBytesMax)
    return this.#body
  }

  #readBody(bytes: Buffer, at: number): void {
    const body = this.#body
    if (body === undefined || at >= bytes.length) return
    if (this.#reading === 'chunked') {
      const chunks = this.#chunks as ChunkedDecoder
      const next = chunks.decode(bytes, at, (start, end) => body.push(bytes.subarray(start, end)))
      if (next < 0) {
        this.#abort(new HttpError('malformed', 'the answer is not well-formed chunked coding'))
      } else if (chunks.done) {
        this.#complete(next === bytes.length)
        body.finish()
      }
    } else if (this.#reading === 'length') {
      const end = Math.min(bytes.length, at + this.#remaining)
      this.#remaining -= end - at
      const complete = this.#remaining === 0
      body.push(bytes.subarray(at, end))
      if (!complete || this.#body !== body) return
      this.#complete(end === bytes.length)
      body.finish()
    } else {
      body.push(bytes.subarray(at))
    }
  }

  /** The answer is here whole. @param clean nothing came after it */
  #complete(clean: boolean): void {
    const reusable = this.#reusable && clean && this.#sending === undefined && this.#writer?.unsent === 0
    this.#sending?.cancel()
    this.#sending = undefined
    this.#call = undefined
    this.#body = undefined
    this.#chunks = undefined
    this.#deadlineMs = 0
    this.#used = true
    if (this.#bodyPaused) this.resumeBody()
    if (reusable) {
      this.#reading = 'idle'
      this.#pool.release(this)
    } else this.#drop()
  }

  // BodyOwner: what the reader of the answer wants

  bodyWanted(): void {}

  pauseBody(): void {
    if (this.#bodyPaused) return
    this.#bodyPaused = true
    // A slow reader is no reason to give up on the backend.
    this.#deadlineMs = 0
    this.#socket?.pause()
  }

  resumeBody(): void {
    if (!this.#bodyPaused) return
    this.#bodyPaused = false
    if (this.#call !== undefined) this.#deadlineMs = Date.now() + this.#call.request.timeoutMs
    this.#socket?.resume()
  }

  bodyCancelled(): void {
    if (this.#body !== undefined) this.#abort(new HttpError('aborted', 'the answer was not wanted'))
  }

  // Endings

  /** Our side gives up the exchange. */
  #abort(error: HttpError): void {
    this.#anyBytes = true // never sent again
    this.#lose(error)
  }

  #lose(error: HttpError): void {
    if (this.#reading === 'closed') return
    const call = this.#call
    const body = this.#body
    const sending = this.#sending
    const stale = this.#used && !this.#anyBytes
    this.#call = undefined
    this.#body = undefined
    this.#sending = undefined
    this.#drop()
    if (call !== undefined && !this.#answered && stale && canRepeat(call)) {
      call.repeated = true
      this.#pool.resend(call)
      return
    }
    sending?.cancel()
    if (body !== undefined) body.fail(error)
    else if (call !== undefined && !this.#answered) call.reject(error)
  }

  #drop(): void {
    this.#reading = 'closed'
    this.#writer?.abandon()
    this.#socket?.terminate()
    this.#pool.forget(this)
  }
}

/** Heads of answers may be larger than those of requests: backends set long cookies and policies. */
const RESPONSE_HEAD_BYTES_MAX = 64 * 1024
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const TARGET = /^(?:\/[\x21-\x7e]*|\*)$/
/** Methods whose requests usually have no body. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'])
/** RFC 9110 §9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Whether a request that met a dead connection may be sent once more: it changes nothing twice, and is here whole. */
function canRepeat({ request, repeated }: ClientCall): boolean {
  return !repeated && IDEMPOTENT.has(request.method) && request.body instanceof WholeBody
}

/** `Keep-Alive: timeout=5`, in milliseconds. */
function keepAliveHint(raw: readonly string[]): number | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    if ((raw[i] as string).length !== 10 || (raw[i] as string).toLowerCase() !== 'keep-alive') continue
    const seconds = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(raw[i + 1] as string)?.[1]
    return seconds === undefined ? undefined : Number(seconds) * 1000
  }
  return undefined
}

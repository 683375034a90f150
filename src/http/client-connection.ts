import { target as visible } from './characters.ts'
import { AbsentBody, emptyBody, WholeBody } from './body.ts'
import { BodyReader } from './body-reader.ts'
import type { HttpClientRequest, HttpClientResponse, HttpTimeouts } from './client.ts'
import { CountedBody } from './counted-body.ts'
import type { Dial, Dialer } from './dial.ts'
import { BodyTooLarge, HttpError } from './errors.ts'
import { eventTimeMs, readEventTime } from './event-time.ts'
import { headersOf, INCOMPLETE, MessageHead, parseResponseHead, TOO_LARGE } from './head.ts'
import type { Headers } from './headers.ts'
import { HeldBody } from './held-body.ts'
import type { HttpLimits } from './limits.ts'
import type { Body } from './message.ts'
import { OutgoingMessage, type MessageOwner } from './outgoing-message.ts'
import type { StreamSocket } from './socket.ts'
import { SocketWriter } from './socket-writer.ts'
import { forbidsBody } from './status.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'
import { isToken } from './write-head.ts'

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
  startedMs: number
  /** Since when it has been looking for a connection: the connect deadline's start. */
  seekingMs: number
  resolve(response: HttpClientResponse): void
  reject(error: HttpError): void
  /** True once it was sent a second time. */
  repeated: boolean
  /** To be called when the exchange has ended, unless `reject` is. */
  readonly over: (() => void) | undefined
}

type Reading =
  | 'idle' // no request under way: any byte is out of place
  | 'head'
  | 'body'
  | 'closed'

/** One connection to a backend: a request out, its answer in, one at a time. */
export class ClientConnection implements Dialer, MessageOwner, BodyOwner {
  readonly #pool: ConnectionPool
  readonly openedMs: number = eventTimeMs()
  /** When it may last be taken from the pool. */
  reusableUntilMs = 0
  /** How long the backend says it keeps idle connections. */
  keepAliveHintMs: number | undefined

  #dial: Dial | undefined
  #socket: StreamSocket | undefined
  #writer: SocketWriter | undefined
  #outgoing: OutgoingMessage | undefined

  #call: ClientCall | undefined
  /** True once an exchange was completed on it. */
  #used = false
  /** Any byte of the present answer was received. */
  #anyBytes = false
  #touchedMs = 0
  /** Bytes of the request's body that were sent when the sweep last looked. */
  #sentBytes = 0
  /** A body that waits for leave to be sent. */
  #held: HeldBody | undefined

  #reading: Reading = 'idle'
  #pending: Buffer = NO_BYTES
  #interims = 0
  #reusable = false
  #untilClose = false
  readonly #bodyReader = new BodyReader()
  #body: StreamingBody | undefined
  #bodyPaused = false

  constructor(pool: ConnectionPool) {
    this.#pool = pool
  }

  get alive(): boolean {
    return this.#reading !== 'closed'
  }

  /** Takes a call; it is sent now, or once the connection is open. */
  begin(call: ClientCall): void {
    this.#call = call
    this.#anyBytes = false
    this.#interims = 0
    this.#reading = 'head'
    this.#touchedMs = this.#socket === undefined ? call.seekingMs : eventTimeMs()
    this.#sentBytes = 0
    call.request.onCancel?.(() => {
      if (this.#call === call) this.#abort(new HttpError('aborted', 'the request was cancelled'))
    })
    if (this.#outgoing !== undefined && this.#call === call) this.#send(call)
  }

  // Dialing

  /** Begins to connect. */
  dial(dial: Dial): void {
    this.#dial = dial
    dial.start()
  }

  opened(socket: StreamSocket): void {
    if (this.#reading === 'closed') {
      socket.terminate()
      return
    }
    this.#socket = socket
    this.#touchedMs = readEventTime()
    this.#writer = new SocketWriter(socket, () => this.#gone())
    this.#outgoing = new OutgoingMessage(this.#writer, this.#pool.limits.unsentBytesMax, this)
    if (this.#call !== undefined) this.#send(this.#call)
  }

  refused(error: HttpError): void {
    this.#lose(error)
  }

  /** Called now and then: ends what takes too long. */
  sweep(nowMs: number): void {
    const call = this.#call
    if (this.#reading === 'idle' && nowMs > this.reusableUntilMs) this.retire()
    if (call === undefined) return
    const sentBytes = this.#outgoing?.bodyBytes ?? 0
    if (sentBytes !== this.#sentBytes) {
      this.#sentBytes = sentBytes
      this.#touchedMs = nowMs
    }
    const phase = this.#phase()
    const { timeoutMs, timeouts, expectContinueMs } = call.request
    if (this.#held?.waits === true && nowMs - this.#touchedMs > (expectContinueMs ?? 0)) this.#held.proceed()
    const limitMs = timeouts?.[phase] ?? timeoutMs
    const totalMs = timeouts?.totalMs ?? Infinity
    // A slow reader is no reason to give up on the backend.
    const late = !this.#bodyPaused && nowMs - this.#touchedMs > limitMs
    if (!late && nowMs - call.startedMs <= totalMs) return
    const [failure, what] = PHASES[phase]
    this.#abort(new HttpError(failure, `${what} within ${late ? limitMs : totalMs} ms`))
  }

  #phase(): Phase {
    if (this.#socket === undefined) return 'connectMs'
    return this.#reading === 'head' ? 'firstByteMs' : 'idleMs'
  }

  /** Ends it although nothing is wrong with it: its time has come. */
  retire(): void {
    this.#drop('end')
  }

  /** Drops it with whatever is under way. */
  terminate(): void {
    this.#abort(new HttpError('aborted', 'the client is closing'))
  }

  // Sending

  #send(call: ClientCall): void {
    const { request } = call
    const writer = this.#writer as SocketWriter
    const outgoing = this.#outgoing as OutgoingMessage
    writer.forgetAccepted()
    writer.corkMessage()
    try {
      writeRequestHead(writer, call)
    } catch (error) {
      writer.uncork()
      this.#abort(new HttpError('malformed', (error as Error).message))
      return
    }
    this.#held = request.expectContinueMs === undefined ? undefined : new HeldBody(request.body)
    outgoing.begin(this.#held ?? request.body, request.body.length === undefined ? 'chunked' : 'length')
    if (writer.dead) this.#gone()
  }

  #gone(): void {
    this.#lose(new HttpError('reset', 'the connection to the backend was lost'))
  }

  /** A backend may not ask for them; what it does not want it ignores (RFC 9110 §6.5). */
  readonly takesTrailers = true

  messageSent(): void {
    // The answer may have come first, and waited for this to release the connection; nothing else does.
    if (this.#reading === 'head') this.#touchedMs = eventTimeMs()
  }

  messageBroken(error: Error): void {
    this.#abort(
      error instanceof HttpError ? error : new HttpError('aborted', error.message, { cause: error }),
    )
  }

  // Socket events

  drained(): void {
    readEventTime()
    if (this.#writer?.drain() === true) this.#outgoing?.drained()
  }

  received(bytes: Buffer): void {
    readEventTime()
    if (this.#reading === 'closed') return
    if (this.#reading === 'idle') {
      // An answer that nobody asked for: whatever follows on this connection cannot be trusted.
      this.#drop('terminate')
      return
    }
    this.#anyBytes = true
    if (this.#reading === 'head') {
      this.#readHead(bytes)
    } else {
      this.#touchedMs = eventTimeMs()
      this.#readBody(bytes, 0)
    }
  }

  ended(): void {
    if (this.#reading === 'body' && this.#untilClose) this.#complete(false)
    else this.#lose(new HttpError('reset', 'the backend closed the connection'))
  }

  closed(): void {
    this.#gone()
  }

  // Reading the answer

  #readHead(received: Buffer): void {
    const bytes = this.#pending.length === 0 ? received : Buffer.concat([this.#pending, received])
    this.#pending = NO_BYTES
    const { limits } = this.#pool
    const headBytesMax = limits.requestLineBytesMax + limits.headerBytesMax
    let at = 0
    for (;;) {
      const head = presentHead.reset()
      const end = Math.min(bytes.length, at + headBytesMax)
      const result = parseResponseHead(head, bytes, at, end, limits)
      const tooLarge = result === INCOMPLETE && bytes.length - at >= headBytesMax
      if (result === TOO_LARGE || tooLarge) {
        this.#abort(new HttpError('too-large', 'the head of the answer is too large'))
        return
      }
      if (result === INCOMPLETE) {
        this.#pending = bytes.subarray(at)
        return
      }
      const interim = head.status < 200
      if (result < 0 || head.status === 101 || (interim && ++this.#interims > INTERIMS_MAX)) {
        this.#abort(new HttpError('malformed', 'the backend did not answer in well-formed HTTP/1.1'))
        return
      }
      at = result
      if (!interim) {
        this.#answered(head, bytes, at)
        return
      }
      if (head.status === 100) this.#held?.proceed()
      this.#call?.request.onInterim?.(head.status, headersOf(head))
      // Either may have ended the exchange.
      if (this.#reading !== 'head') return
      if (at === bytes.length) return
    }
  }

  /** The final answer's head is here: makes the response with what is here of its body and hands it up. */
  #answered(head: MessageHead, bytes: Buffer, at: number): void {
    const call = this.#call as ClientCall
    const { contentLength, minor, reason, status } = head
    this.#reusable = minor === 1 ? !head.connectionClose : head.connectionKeepAlive && !head.connectionClose
    const bytesMax = call.request.responseBodyBytesMax
    const headers = headersOf(head)
    this.keepAliveHintMs = keepAliveHint(headers)
    this.#touchedMs = eventTimeMs()
    this.#reading = 'body'
    this.#untilClose = false
    let body: Body
    if (call.request.method === 'HEAD' || forbidsBody(status)) {
      body = new AbsentBody(contentLength === -1 ? undefined : contentLength)
      this.#complete(at === bytes.length)
    } else if (bytesMax !== undefined && contentLength > bytesMax) {
      this.#abort(new BodyTooLarge(bytesMax))
      return
    } else if (!head.chunked && contentLength >= 0 && contentLength <= bytes.length - at) {
      const next = at + contentLength
      body = contentLength === 0 ? emptyBody : new WholeBody(bytes, at, next)
      this.#complete(next === bytes.length)
    } else {
      const length = contentLength === -1 ? undefined : contentLength
      const { unsentBytesMax } = this.#pool.limits
      body = this.#body =
        bytesMax === undefined || length !== undefined
          ? new StreamingBody(this, length, unsentBytesMax)
          : new CountedBody(this, unsentBytesMax, bytesMax, (error) => this.#abort(error))
      this.#untilClose = !head.chunked && length === undefined
      if (head.chunked) this.#bodyReader.beginChunked()
      else this.#bodyReader.beginLength(length ?? Infinity)
      this.#readBody(bytes, at)
    }
    call.resolve({
      status,
      reason,
      headers,
      version: minor === 1 ? '1.1' : '1.0',
      body,
    })
  }

  #readBody(bytes: Buffer, at: number): void {
    const body = this.#body
    const next = this.#bodyReader.read(bytes, at, body)
    if (next < 0) {
      this.#abort(new HttpError('malformed', 'the answer is not well-formed chunked coding'))
    } else if (this.#bodyReader.done && this.#body === body) {
      this.#complete(next === bytes.length)
    }
  }

  /** The answer is here whole. @param clean nothing came after it */
  #complete(clean: boolean): void {
    const call = this.#call
    const body = this.#body
    const { trailers } = this.#bodyReader
    // A request that is not sent whole by now is not wanted, and leaves the connection in its middle.
    const reusable = this.#reusable && clean && this.#outgoing?.active === false
    this.#call = undefined
    this.#body = undefined
    this.#used = true
    this.resumeBody()
    this.#outgoing?.cancel()
    if (reusable) {
      this.#reading = 'idle'
      this.#pool.release(this)
    } else this.#drop('end')
    call?.over?.()
    body?.finish(trailers)
  }

  // BodyOwner: what the reader of the answer wants

  bodyWanted(): void {}

  pauseBody(): void {
    if (this.#bodyPaused) return
    this.#bodyPaused = true
    this.#socket?.pause()
  }

  resumeBody(): void {
    if (!this.#bodyPaused) return
    this.#bodyPaused = false
    this.#touchedMs = eventTimeMs()
    this.#socket?.resume()
  }

  bodyCancelled(): void {
    if (this.#body !== undefined) this.#abort(new HttpError('aborted', 'the answer was not wanted'))
  }

  // Endings

  /** Our side gives up the exchange. */
  #abort(error: HttpError): void {
    this.#end(error, false)
  }

  /** The connection is lost, and with it the exchange, unless that may be tried again. */
  #lose(error: HttpError): void {
    this.#end(error, this.#used && !this.#anyBytes)
  }

  /** @param stale whether it was a kept connection, perhaps closed by the backend before our request came */
  #end(error: HttpError, stale: boolean): void {
    if (this.#reading === 'closed') return
    const call = this.#call
    const body = this.#body
    const answered = this.#reading === 'body'
    const repeatable = stale && call !== undefined && this.#canRepeat(call)
    this.#call = undefined
    this.#body = undefined
    this.#outgoing?.cancel()
    this.#drop('terminate')
    if (answered) {
      body?.fail(error)
      // Its head may not have been handed up yet.
      call?.reject(error)
    } else if (repeatable) {
      this.#pool.resend(call)
    } else {
      call?.reject(error)
    }
  }

  /**
   * Whether a request that met a dead connection may be sent once more: it is here whole, and either changes nothing
   * twice or never left (RFC 9110 §9.2.2).
   */
  #canRepeat({ request, repeated }: ClientCall): boolean {
    if (repeated || !(request.body instanceof WholeBody)) return false
    return IDEMPOTENT.has(request.method) || this.#writer?.accepted === false
  }

  #drop(how: 'end' | 'terminate'): void {
    this.#reading = 'closed'
    this.#writer?.abandon()
    if (this.#socket === undefined) this.#dial?.cancel()
    else if (how === 'end') this.#socket.end()
    else this.#socket.terminate()
    this.#pool.forget(this)
  }
}

type Phase = Exclude<keyof HttpTimeouts, 'totalMs'>

const PHASES = {
  connectMs: ['connect-timeout', 'no connection to the backend'],
  firstByteMs: ['first-byte-timeout', 'no answer from the backend'],
  idleMs: ['idle-timeout', 'no progress of the answer'],
} as const

const NO_BYTES = Buffer.alloc(0)
/** A head is parsed and used in one go: one object serves them all. */
const presentHead = new MessageHead()
/** Interim (1xx) answers that may come before the final one. */
const INTERIMS_MAX = 16
/** Methods whose requests usually have no body. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'])
/** RFC 9110 §9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** @throws Error saying what cannot be sent: then nothing is written */
function writeRequestHead(writer: SocketWriter, { request, authority }: ClientCall): void {
  const { method, target, headers, body, expectContinueMs } = request
  if (!isToken(method)) throw new Error(`method ${JSON.stringify(method)} is not a token`)
  if (!isTarget(target)) throw new Error(`target ${JSON.stringify(target)} is not a path`)
  const cork = writer.compose(
    method.length + target.length + authority.length + headers.bytesMax + OWN_FIELDS_BYTES_MAX,
  )
  const mark = cork.length
  cork.text(method)
  cork.text(' ')
  cork.text(target)
  cork.text(' HTTP/1.1\r\n')
  if (!headers.has('host')) {
    cork.text('Host: ')
    cork.text(authority)
    cork.text('\r\n')
  }
  try {
    headers.writeTo(cork)
  } catch (error) {
    cork.length = mark
    throw error
  }
  if (body.length === undefined) {
    cork.text('Transfer-Encoding: chunked\r\n')
  } else if (body.length > 0 || !BODILESS.has(method)) {
    // A length of zero says something only where a body is usual (RFC 9110 §8.6).
    cork.text('Content-Length: ')
    cork.number(body.length)
    cork.text('\r\n')
  }
  if (expectContinueMs !== undefined && body.length !== 0) cork.text('Expect: 100-continue\r\n')
  cork.text('\r\n')
  writer.composed(cork)
}

/** Room for the request line's end, Host and framing. */
const OWN_FIELDS_BYTES_MAX = 128

/** Path and query in visible ASCII, or `*`. */
function isTarget(text: string): boolean {
  if (text.charCodeAt(0) !== 47) return text === '*'
  for (let i = 1; i < text.length; i++) if (visible[text.charCodeAt(i)] !== 1) return false
  return true
}

/** `Keep-Alive: timeout=5`, in milliseconds. */
function keepAliveHint(headers: Headers): number | undefined {
  const value = headers.get('keep-alive')
  const seconds = value === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

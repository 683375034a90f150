import { collectBytes } from '#http/collect-bytes.ts'
import type { Headers } from '#http/headers.ts'
import type { Body, BodySink } from '#http/message.ts'
import type { CodingStream } from './codings.ts'

/** What is done with a body's bytes on their way. */
export interface Transformation {
  /** Called when the reader starts. */
  stream(): CodingStream
  /** Whether a body of no bytes stays as it is. */
  readonly nothingIsNothing?: boolean
  /** Told of all that goes in. */
  consumed?(bytes: Uint8Array): void
  /** Told of all that comes out. @throws Error to end the body with */
  produced?(bytes: Uint8Array): void
  /** The stream is at its end. @param left whether bytes came after that @throws Error when that is not right */
  finished?(left: boolean): void
  /** What the reader is told when the stream fails. */
  failure(cause: unknown): Error
}

/**
 * A body put through a stream of node:zlib, in another thread. Bytes that arrive while it works are gathered and go
 * in together; those that arrive alone come out at once. The source waits for the stream, and the stream for the
 * reader.
 */
export class TransformedBody implements Body {
  readonly length = undefined
  readonly #source: Body
  readonly #transformation: Transformation
  #stream: CodingStream | undefined
  #sink: BodySink | undefined
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #bytesIn = 0
  #working = false
  #sourcePaused = false
  #sourceEnded = false
  #over = false
  #trailers: Headers | undefined

  constructor(source: Body, transformation: Transformation) {
    this.#source = source
    this.#transformation = transformation
  }

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new Error('a body has one reader')
    this.#sink = sink
    const stream = this.#transformation.stream()
    this.#stream = stream
    stream.on('data', (chunk: Uint8Array) => this.#produced(chunk))
    stream.on('end', () => this.#finished())
    stream.on('error', (error) => this.#fail(this.#transformation.failure(error), true))
    this.#source.start({
      data: (chunk) => this.#take(chunk),
      end: (trailers) => {
        if (this.#over) return
        this.#trailers = trailers
        this.#sourceEnded = true
        if (!this.#working) this.#endStream()
      },
      fail: (error) => this.#fail(error, false),
    })
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  cancel(): void {
    if (this.#over) return
    this.#close()
    this.#source.cancel()
  }

  bytes(bytesMax: number): Promise<Uint8Array> {
    return collectBytes(this, bytesMax)
  }

  #take(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (!this.#working) this.#work()
    else if (this.#waitingBytes > WAITING_BYTES_MAX && !this.#sourcePaused) {
      this.#sourcePaused = true
      this.#source.pause()
    }
  }

  #work(): void {
    const chunk = this.#waiting.length === 1 ? (this.#waiting[0] as Uint8Array) : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#working = true
    this.#bytesIn += chunk.length
    this.#transformation.consumed?.(chunk)
    this.#stream?.write(chunk, (error) => {
      // An `error` event follows.
      if (error === null || error === undefined) this.#worked()
    })
    if (!this.#sourcePaused) return
    this.#sourcePaused = false
    this.#source.resume()
  }

  #worked(): void {
    this.#working = false
    if (this.#over) return
    if (this.#waiting.length > 0) this.#work()
    else if (this.#sourceEnded) this.#endStream()
  }

  #endStream(): void {
    if (this.#bytesIn > 0 || this.#transformation.nothingIsNothing !== true) this.#stream?.end()
    else this.#end()
  }

  #produced(chunk: Uint8Array): void {
    if (this.#over) return
    try {
      this.#transformation.produced?.(chunk)
    } catch (error) {
      this.#fail(error as Error, true)
      return
    }
    this.#sink?.data(chunk)
  }

  #finished(): void {
    if (this.#over) return
    const { bytesWritten = 0 } = this.#stream ?? {}
    const left = !this.#sourceEnded || this.#waiting.length > 0 || bytesWritten < this.#bytesIn
    try {
      this.#transformation.finished?.(left)
    } catch (error) {
      this.#fail(error as Error, !this.#sourceEnded)
      return
    }
    this.#end()
  }

  #end(): void {
    this.#close()
    this.#sink?.end(this.#trailers)
  }

  #fail(error: Error, ours: boolean): void {
    if (this.#over) return
    this.#close()
    if (ours) this.#source.cancel()
    this.#sink?.fail(error)
  }

  #close(): void {
    this.#over = true
    this.#waiting = []
    this.#stream?.destroy()
  }
}

/** Bytes that wait for the stream before the source is asked to pause. */
const WAITING_BYTES_MAX = 64 * 1024

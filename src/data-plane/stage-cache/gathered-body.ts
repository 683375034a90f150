import { WholeBody } from '#http/body.ts'
import { collectBytes } from '#http/collect-bytes.ts'
import type { Body, BodySink } from '#http/message.ts'

/** What became of a body that is to be kept: the whole of it, or one that goes on as it comes. */
export type Gathered = { readonly whole: Uint8Array } | { readonly passing: Body }

/**
 * Reads a body as fast as it comes, whoever reads it afterwards: others may be waiting for it. One that is larger than
 * `bytesMax`, or is not here within `withinMs`, goes on to its reader.
 * @returns rejects when the source fails
 */
export async function gather(body: Body, bytesMax: number, withinMs: number): Promise<Gathered> {
  if (body.length !== undefined && body.length > bytesMax) return { passing: body }
  // A copy: what it is a part of may be much larger.
  if (body instanceof WholeBody) return { whole: body.bytes(bytesMax).slice() }
  return new Promise((resolve, reject) => new GatheredBody(body, bytesMax, withinMs, resolve, reject).begin())
}

class GatheredBody implements Body {
  readonly #source: Body
  readonly #bytesMax: number
  readonly #withinMs: number
  readonly #resolve: (gathered: Gathered) => void
  readonly #reject: (error: Error) => void
  #chunks: Uint8Array[] = []
  #bytes = 0
  #timer: Timer | undefined
  #passing = false
  #paused = false
  #sink: BodySink | undefined
  /** How it ended before anyone read it. */
  #end: ((sink: BodySink) => void) | undefined

  constructor(
    source: Body,
    bytesMax: number,
    withinMs: number,
    resolve: (gathered: Gathered) => void,
    reject: (error: Error) => void,
  ) {
    this.#source = source
    this.#bytesMax = bytesMax
    this.#withinMs = Math.min(withinMs, 0x7fffffff)
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    this.#timer = setTimeout(() => this.#pass(), this.#withinMs)
    this.#source.start({
      data: (chunk) => this.#data(chunk),
      end: (trailers) =>
        this.#ended(
          () => this.#resolve(this.#whole()),
          (sink) => sink.end(trailers),
        ),
      fail: (error) =>
        this.#ended(
          () => this.#reject(error),
          (sink) => sink.fail(error),
        ),
    })
  }

  get length(): number | undefined {
    return this.#source.length
  }

  start(sink: BodySink): void {
    this.#sink = sink
    const chunks = this.#chunks
    this.#chunks = []
    for (const chunk of chunks) sink.data(chunk)
    if (this.#end !== undefined) this.#end(sink)
    else if (!this.#paused) this.#source.resume()
  }

  pause(): void {
    this.#paused = true
    this.#source.pause()
  }

  resume(): void {
    this.#paused = false
    this.#source.resume()
  }

  cancel(): void {
    this.#source.cancel()
  }

  bytes(bytesMax: number): Promise<Uint8Array> {
    return collectBytes(this, bytesMax)
  }

  #data(chunk: Uint8Array): void {
    if (this.#sink !== undefined) {
      this.#sink.data(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) this.#pass()
  }

  #pass(): void {
    if (this.#passing) return
    this.#passing = true
    clearTimeout(this.#timer)
    this.#source.pause()
    this.#resolve({ passing: this })
  }

  #ended(gathered: () => void, passed: (sink: BodySink) => void): void {
    clearTimeout(this.#timer)
    if (!this.#passing) gathered()
    else if (this.#sink !== undefined) passed(this.#sink)
    else this.#end = passed
  }

  #whole(): Gathered {
    return { whole: new Uint8Array(Buffer.concat(this.#chunks)) }
  }
}

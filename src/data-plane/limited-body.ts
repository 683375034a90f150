import { BodyTooLarge } from '#http/errors.ts'
import type { Body, BodySink } from '#http/message.ts'

/**
 * A streaming body of unknown length that fails once it has given more than `bytesMax`. Trailers end here: API Gateway
 * passes none on, and a backend that merged them into the headers would take what no mapping has let through.
 */
export class LimitedBody implements Body {
  readonly #source: Body
  readonly #bytesMax: number
  #bytes = 0
  #exceeded = false

  constructor(source: Body, bytesMax: number) {
    this.#source = source
    this.#bytesMax = bytesMax
  }

  get length(): number | undefined {
    return this.#source.length
  }

  start(sink: BodySink): void {
    this.#source.start({
      data: (chunk) => {
        if (this.#exceeded) return
        this.#bytes += chunk.length
        if (this.#bytes <= this.#bytesMax) {
          sink.data(chunk)
          return
        }
        this.#exceeded = true
        this.#source.cancel()
        sink.fail(new BodyTooLarge(this.#bytesMax))
      },
      end: () => {
        if (!this.#exceeded) sink.end()
      },
      fail: (error) => {
        if (!this.#exceeded) sink.fail(error)
      },
    })
  }

  pause(): void {
    this.#source.pause()
  }

  resume(): void {
    this.#source.resume()
  }

  cancel(): void {
    this.#source.cancel()
  }

  bytes(bytesMax: number): Uint8Array | Promise<Uint8Array> {
    return this.#source.bytes(Math.min(bytesMax, this.#bytesMax))
  }
}

import type { Body, BodySink } from '#http/message.ts'

/** A body that tells when it is over: read to its end, failed, or not wanted any more. */
export class EndedBody implements Body {
  readonly #source: Body
  readonly #ended: () => void

  constructor(source: Body, ended: () => void) {
    this.#source = source
    this.#ended = ended
  }

  get length(): number | undefined {
    return this.#source.length
  }

  start(sink: BodySink): void {
    this.#source.start({
      data: (chunk) => sink.data(chunk),
      end: (trailers) => {
        this.#ended()
        sink.end(trailers)
      },
      fail: (error) => {
        this.#ended()
        sink.fail(error)
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
    this.#ended()
    this.#source.cancel()
  }

  bytes(bytesMax: number): Uint8Array | Promise<Uint8Array> {
    let bytes: Uint8Array | Promise<Uint8Array>
    try {
      bytes = this.#source.bytes(bytesMax)
    } catch (error) {
      this.#ended()
      throw error
    }
    if (bytes instanceof Promise) return bytes.finally(this.#ended)
    this.#ended()
    return bytes
  }
}

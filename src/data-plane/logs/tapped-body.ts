import { WholeBody } from '#http/body.ts'
import type { Body, BodySink } from '#http/message.ts'

/** A body that goes on as it comes, and whose beginning is kept for a log. */
export class TappedBody implements Body {
  readonly #source: Body
  readonly #kept: Uint8Array[] = []
  #room: number

  private constructor(source: Body, bytesMax: number) {
    this.#source = source
    this.#room = bytesMax
  }

  /** @returns what goes on in the body's place, and how its first `bytesMax` bytes are read once they have passed */
  static on(body: Body, bytesMax: number): { body: Body; bytes: Uint8Array | (() => Uint8Array) } {
    if (body instanceof WholeBody) return { body, bytes: body.bytes(Infinity).slice(0, bytesMax) }
    const tapped = new TappedBody(body, bytesMax)
    return { body: tapped, bytes: () => Buffer.concat(tapped.#kept) }
  }

  get length(): number | undefined {
    return this.#source.length
  }

  start(sink: BodySink): void {
    this.#source.start({
      data: (chunk) => {
        this.#keep(chunk)
        sink.data(chunk)
      },
      end: (trailers) => sink.end(trailers),
      fail: (error) => sink.fail(error),
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
    const bytes = this.#source.bytes(bytesMax)
    if (bytes instanceof Uint8Array) return this.#keep(bytes)
    return bytes.then((whole) => this.#keep(whole))
  }

  #keep(chunk: Uint8Array): Uint8Array {
    if (this.#room > 0) {
      // A copy: a slice of a large chunk would hold all of it.
      const kept = chunk.slice(0, this.#room)
      this.#kept.push(kept)
      this.#room -= kept.length
    }
    return chunk
  }
}

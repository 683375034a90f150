import { ChunkedDecoder } from './chunked.ts'
import type { Headers } from './headers.ts'
import type { StreamingBody } from './streaming-body.ts'

/** Finds the body of a message, and its end, among the bytes of a connection (RFC 9112 §6.3). */
export class BodyReader {
  #chunks: ChunkedDecoder | undefined
  #chunked = false
  #remaining = 0

  /** Bytes still to come, when the length was told; Infinity when it was not. */
  get remaining(): number {
    return this.#chunked && !this.done ? Infinity : this.#remaining
  }

  /** What followed the body, once that is done. */
  get trailers(): Headers | undefined {
    return this.#chunked ? this.#chunks?.trailers : undefined
  }

  /** True once the last byte was read. */
  get done(): boolean {
    return this.#chunked ? (this.#chunks as ChunkedDecoder).done : this.#remaining === 0
  }

  /** @param length Infinity for a body that ends with the connection */
  beginLength(length: number): void {
    this.#chunked = false
    this.#remaining = length
  }

  beginChunked(): void {
    this.#chunked = true
    this.#remaining = 0
    this.#chunks ??= new ChunkedDecoder()
    this.#chunks.reset()
  }

  /**
   * Gives `body` what `bytes` hold of it from `at` on; what nobody reads is dropped.
   * @returns the index after the last byte used (the rest belongs to the next message), or -1 when malformed
   */
  read(bytes: Uint8Array, at: number, body: StreamingBody | undefined): number {
    if (this.#chunked) return (this.#chunks as ChunkedDecoder).decode(bytes, at, body)
    const end = Math.min(bytes.length, at + this.#remaining)
    this.#remaining -= end - at
    if (end > at) body?.push(bytes.subarray(at, end))
    return end
  }
}

import { eventTimeMs } from '#http/event-time.ts'
import { errorCodes, Http2ConnectionError } from './frames.ts'
import type { Http2Limits } from './limits.ts'

/** A header block that CONTINUATION frames go on with (RFC 9113 §6.10). */
export class PartialBlock {
  readonly stream: number
  /** Whether it opens that stream. */
  readonly opens: boolean
  /** Whether nothing follows it there. */
  readonly ended: boolean
  readonly startedMs: number = eventTimeMs()
  readonly #limits: Http2Limits
  readonly #parts: Buffer[]
  #bytes: number

  constructor(stream: number, opens: boolean, ended: boolean, first: Buffer, limits: Http2Limits) {
    this.stream = stream
    this.opens = opens
    this.ended = ended
    this.#parts = [first]
    this.#bytes = first.length
    this.#limits = limits
  }

  /** @throws Http2ConnectionError past the limits, which a flood meets before anything is decoded (VU#421644) */
  add(part: Buffer): void {
    this.#bytes += part.length
    this.#parts.push(part)
    const { continuationsMax, headerBlockBytesMax } = this.#limits
    if (this.#bytes > headerBlockBytesMax || this.#parts.length > continuationsMax + 1) {
      throw new Http2ConnectionError(errorCodes.enhanceYourCalm, 'a header block without end')
    }
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

import { BodyTooLarge } from './errors.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'

/** A body of unknown length that is given up once it is larger than wanted. */
export class CountedBody extends StreamingBody {
  readonly #bytesMax: number
  readonly #passed: (error: BodyTooLarge) => void
  #bytes = 0

  /** @param passed told that the limit was passed: to fail the body, and to feed it no more */
  constructor(
    owner: BodyOwner,
    heldBytesMax: number,
    bytesMax: number,
    passed: (error: BodyTooLarge) => void,
  ) {
    super(owner, undefined, heldBytesMax)
    this.#bytesMax = bytesMax
    this.#passed = passed
  }

  override push(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes <= this.#bytesMax) super.push(chunk)
    else this.#passed(new BodyTooLarge(this.#bytesMax))
  }
}

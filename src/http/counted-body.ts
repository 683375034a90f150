import { BodyTooLarge } from './errors.ts'
import { StreamingBody, type BodyOwner } from './streaming-body.ts'

/** A body of unknown length that fails once it is larger than wanted. */
export class CountedBody extends StreamingBody {
  readonly #owner: BodyOwner
  readonly #bytesMax: number
  #bytes = 0

  constructor(owner: BodyOwner, bytesMax: number, heldBytesMax: number) {
    super(owner, undefined, heldBytesMax)
    this.#owner = owner
    this.#bytesMax = bytesMax
  }

  override push(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes <= this.#bytesMax) {
      super.push(chunk)
      return
    }
    this.fail(new BodyTooLarge(this.#bytesMax))
    this.#owner.bodyCancelled()
  }
}

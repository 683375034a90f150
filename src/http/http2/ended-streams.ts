/**
 * The streams that were over last. Of those that we ended before the client did, frames may still be under way: they are
 * no fault of its (RFC 9113 §5.1, "closed").
 */
export class EndedStreams {
  /** By stream: bytes of DATA that may be under way; DONE when the client has ended it, too. */
  readonly #late = new Map<number, number>()

  /** @param lateBytes DATA that may still come; undefined when the client has ended the stream, too */
  add(id: number, lateBytes: number | undefined): void {
    if (this.#late.size === KEPT_MAX) this.#late.delete(this.#late.keys().next().value as number)
    this.#late.set(id, lateBytes ?? DONE)
  }

  /** Whether the stream is known to be over. */
  has(id: number): boolean {
    return this.#late.has(id)
  }

  /** @returns false unless so much DATA may have been under way */
  takeLate(id: number, bytes: number): boolean {
    const left = this.#late.get(id) ?? DONE
    if (bytes > left) return false
    this.#late.set(id, left - bytes)
    return true
  }

  /** The client is done with the stream, too. @returns false when it was before */
  finish(id: number): boolean {
    if ((this.#late.get(id) ?? DONE) === DONE) return false
    this.#late.set(id, DONE)
    return true
  }
}

const DONE = -1
/** As many as may end within a round trip. */
const KEPT_MAX = 512

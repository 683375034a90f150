/**
 * The streams that were over last. Of those that we ended before the client did, frames may still be under way: they are
 * no fault of its (RFC 9113 §5.1, "closed").
 */
export class EndedStreams {
  /** By place, a stream; 0 for none. Made when one has ended: most connections are idle. */
  #ids = NONE
  /** By place: bytes of DATA that may be under way; DONE when the client has ended the stream, too. */
  #late = NONE

  /** @param lateBytes DATA that may still come; undefined when the client has ended the stream, too */
  add(id: number, lateBytes: number | undefined): void {
    if (this.#ids === NONE) {
      this.#ids = new Int32Array(PLACES)
      this.#late = new Int32Array(PLACES)
    }
    const place = placeOf(id)
    this.#ids[place] = id
    this.#late[place] = lateBytes ?? DONE
  }

  /** Whether the stream is known to be over. */
  has(id: number): boolean {
    return this.#ids[placeOf(id)] === id
  }

  /** @returns false unless so much DATA may have been under way */
  takeLate(id: number, bytes: number): boolean {
    const left = this.#left(id)
    if (bytes > left) return false
    this.#late[placeOf(id)] = left - bytes
    return true
  }

  /** The client is done with the stream, too. @returns false when it was before */
  finish(id: number): boolean {
    if (this.#left(id) === DONE) return false
    this.#late[placeOf(id)] = DONE
    return true
  }

  #left(id: number): number {
    return this.has(id) ? (this.#late[placeOf(id)] as number) : DONE
  }
}

/** A client's streams have odd numbers, one after the other: each takes the place of one that was over long before. */
function placeOf(id: number): number {
  return (id >> 1) & (PLACES - 1)
}

const DONE = -1
const NONE = new Int32Array(0)
/** As many as may end within a round trip; a power of two. */
const PLACES = 256

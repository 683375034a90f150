/**
 * Bytes gathered piece by piece into one block, at most twice as large as what is in it: many small pieces must not
 * cost an object each.
 */
export class ByteQueue {
  #bytes: Buffer = NO_BYTES
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Copies `source` from `start` to `end` to the end of the queue. */
  append(source: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2, BLOCK_BYTES_MIN))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.#length)
    this.#length = length
  }

  /** Everything gathered, the caller's own from now on; the queue is empty again. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = NO_BYTES
    this.#length = 0
    return bytes
  }
}

const NO_BYTES = Buffer.alloc(0)
const BLOCK_BYTES_MIN = 128

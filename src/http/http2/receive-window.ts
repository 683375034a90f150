/** What a peer may send before it is told that it may send more (RFC 9113 §5.2): of one stream, or of a connection. */
export class ReceiveWindow {
  readonly #size: number
  /** What the peer may still send. */
  #left: number
  /** Consumed, and the peer was not told yet. */
  #consumed = 0

  /** @param size bytes */
  constructor(size: number) {
    this.#size = size
    this.#left = size
  }

  get left(): number {
    return this.#left
  }

  /** So much arrived. @returns false when it was more than was allowed */
  take(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }

  /**
   * So much of it is done with.
   * @returns how much more the peer is to be told that it may send: not every little, yet before it has to wait
   */
  give(bytes: number): number {
    this.#consumed += bytes
    const consumed = this.#consumed
    if (consumed === 0 || (consumed < this.#size / 4 && consumed < this.#left)) return 0
    this.#consumed = 0
    this.#left += consumed
    return consumed
  }
}

import type { Socket as BunSocket } from 'bun'

/**
 * The little that the engine asks of a stream socket: another runtime needs only this, and the four events of
 * `SocketOwner`.
 */
export interface StreamSocket {
  /** Bytes accepted, perhaps fewer than given; negative when the socket is gone. */
  write(bytes: Uint8Array, offset: number, length: number): number
  pause(): void
  resume(): void
  /** Sends FIN and goes on reading: what the peer still sends must not turn into a reset that loses our answer. */
  finish(): void
  /** Sends FIN and closes. */
  end(): void
  /** Drops the connection at once. */
  terminate(): void
  /** From now on `owner` is told what happens. */
  own(owner: SocketOwner): void
}

/** What a socket tells its owner. */
export interface SocketOwner {
  received(bytes: Buffer): void
  /** The kernel takes bytes again. */
  drained(): void
  /** The peer will send no more. */
  ended(): void
  /** The connection is gone; nothing follows. */
  closed(): void
}

/** The engine's view of a Bun socket. */
export class BunStreamSocket implements StreamSocket {
  readonly #socket: BunSocket<SocketOwner>

  constructor(socket: BunSocket<SocketOwner>) {
    this.#socket = socket
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    return this.#socket.write(bytes, offset, length)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  finish(): void {
    this.#socket.shutdown()
  }

  end(): void {
    this.#socket.end()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  own(owner: SocketOwner): void {
    this.#socket.data = owner
  }
}

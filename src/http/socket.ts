import type { Socket as BunSocket } from 'bun'

/**
 * The little that the engine asks of a stream socket: another runtime needs only this, and the four events
 * (`received`, `drained`, `ended`, `closed`) delivered to the owner.
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
export function streamSocket(socket: BunSocket<SocketOwner>): StreamSocket {
  return {
    write: (bytes, offset, length) => socket.write(bytes, offset, length),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    finish: () => void socket.shutdown(),
    end: () => void socket.end(),
    terminate: () => void socket.terminate(),
  }
}

/** Writes in order, keeps what the kernel does not take yet, and gathers small writes into one where it is asked to. */
export class SocketWriter {
  readonly #socket: StreamSocket
  /** What the kernel has not taken yet; our own copies. */
  #backlog: Uint8Array[] = []
  #backlogOffset = 0
  #unsent = 0
  #cork: Cork | undefined
  #dead = false

  constructor(socket: StreamSocket) {
    this.#socket = socket
  }

  /** Bytes that the kernel has not taken yet. */
  get unsent(): number {
    return this.#unsent
  }

  /** Gathers what is written from now on until `uncork`, as long as it fits a scratch buffer. */
  cork(): void {
    this.#cork ??= corks.pop() ?? { bytes: Buffer.allocUnsafeSlow(CORK_BYTES), length: 0 }
  }

  uncork(): void {
    const cork = this.#cork
    if (cork === undefined) return
    this.#cork = undefined
    const { length } = cork
    cork.length = 0
    if (length > 0) this.#send(cork.bytes, 0, length)
    corks.push(cork)
  }

  writeText(latin1: string): void {
    const cork = this.#cork
    if (cork !== undefined && cork.length + latin1.length <= CORK_BYTES) {
      cork.length += cork.bytes.write(latin1, cork.length, 'latin1')
    } else {
      this.write(Buffer.from(latin1, 'latin1'))
    }
  }

  write(bytes: Uint8Array): void {
    const cork = this.#cork
    if (cork === undefined) {
      this.#send(bytes, 0, bytes.length)
    } else if (cork.length + bytes.length <= CORK_BYTES) {
      cork.bytes.set(bytes, cork.length)
      cork.length += bytes.length
    } else {
      this.uncork()
      this.#send(bytes, 0, bytes.length)
      this.cork()
    }
  }

  /** The kernel takes bytes again: sends on. True when nothing is left. */
  drain(): boolean {
    while (this.#backlog.length > 0) {
      const bytes = this.#backlog[0] as Uint8Array
      const left = bytes.length - this.#backlogOffset
      const taken = this.#dead ? -1 : this.#socket.write(bytes, this.#backlogOffset, left)
      if (taken < 0) {
        this.abandon()
        return true
      }
      this.#unsent -= taken
      if (taken < left) {
        this.#backlogOffset += taken
        return false
      }
      this.#backlog.shift()
      this.#backlogOffset = 0
    }
    return true
  }

  /** The connection is gone: forgets what was not sent. */
  abandon(): void {
    this.#dead = true
    this.#backlog = []
    this.#backlogOffset = 0
    this.#unsent = 0
  }

  #send(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#dead || length === 0) return
    let taken = 0
    if (this.#unsent === 0) {
      taken = this.#socket.write(bytes, offset, length)
      if (taken === length) return
      if (taken < 0) return this.abandon()
    }
    this.#backlog.push(bytes.slice(offset + taken, offset + length))
    this.#unsent += length - taken
  }
}

interface Cork {
  readonly bytes: Buffer
  length: number
}

/** Holds a head and a body of ordinary size: one write a message. */
const CORK_BYTES = 64 * 1024
/** Scratch buffers not in use; as many as were ever corked at once, which is few: nothing is awaited while corked. */
const corks: Cork[] = []

import { Cork } from './cork.ts'
import type { StreamSocket } from './socket.ts'

/** Writes in order, keeps what the kernel does not take yet, and gathers small writes into one where it is asked to. */
export class SocketWriter {
  readonly #socket: StreamSocket
  /** What the kernel has not taken yet. */
  #backlog: Uint8Array[] = []
  #backlogOffset = 0
  #unsent = 0
  #accepted = false
  #dead = false
  #cork: Cork | undefined

  constructor(socket: StreamSocket) {
    this.#socket = socket
  }

  /** Bytes that the kernel has not taken yet. */
  get unsent(): number {
    return this.#unsent
  }

  /** True once the kernel took anything since the last `forgetAccepted`. */
  get accepted(): boolean {
    return this.#accepted
  }

  /** True when the socket takes nothing any more. */
  get dead(): boolean {
    return this.#dead
  }

  forgetAccepted(): void {
    this.#accepted = false
  }

  /**
   * Gathers what is written from now on until `uncork`, as long as it fits a scratch buffer.
   * @returns false when it was being gathered already: the outer caller uncorks
   */
  cork(): boolean {
    if (this.#cork !== undefined) return false
    this.#cork = corks.pop() ?? new Cork(CORK_BYTES)
    return true
  }

  uncork(): void {
    const cork = this.#cork
    if (cork === undefined) return
    this.#cork = undefined
    this.#flush(cork)
    if (corks.length < CORKS_KEPT_MAX) corks.push(cork)
  }

  /**
   * The scratch buffer, with room for `size` bytes more; the writer is corked. What goes beyond the usual gets a buffer
   * of its own. When all is written, `composed` must be told.
   */
  compose(size: number): Cork {
    const cork = this.#cork as Cork
    if (size <= cork.room) return cork
    this.#flush(cork)
    return size <= CORK_BYTES ? cork : new Cork(size)
  }

  /** @param cork what `compose` gave */
  composed(cork: Cork): void {
    if (cork !== this.#cork) this.#send(cork.bytes, cork.length, true)
  }

  /** @param text latin1 */
  writeText(text: string): void {
    const cork = this.#cork
    if (cork === undefined || text.length > CORK_BYTES) {
      this.write(Buffer.from(text, 'latin1'))
      return
    }
    if (text.length > cork.room) this.#flush(cork)
    cork.text(text)
  }

  /** @param bytes must stay unchanged: what the kernel does not take is kept, not copied */
  write(bytes: Uint8Array): void {
    this.writePart(bytes, 0, bytes.length)
  }

  /** Writes what `bytes` hold from `from` to `to`, on the terms of `write`. */
  writePart(bytes: Uint8Array, from: number, to: number): void {
    const cork = this.#cork
    const length = to - from
    if (cork !== undefined) {
      if (length <= cork.room) {
        cork.copy(bytes, from, to)
        return
      }
      this.#flush(cork)
    }
    this.#send(length === bytes.length ? bytes : bytes.subarray(from, to), length, false)
  }

  /** The kernel takes bytes again: sends on. True when nothing is left. */
  drain(): boolean {
    while (this.#backlog.length > 0) {
      const bytes = this.#backlog[0] as Uint8Array
      const left = bytes.length - this.#backlogOffset
      const taken = this.#socket.write(bytes, this.#backlogOffset, left)
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

  #flush(cork: Cork): void {
    const { length } = cork
    cork.length = 0
    this.#send(cork.bytes, length, true)
  }

  /** @param reused the bytes will be overwritten: what is kept of them must be a copy */
  #send(bytes: Uint8Array, length: number, reused: boolean): void {
    if (this.#dead || length === 0) return
    let taken = 0
    if (this.#unsent === 0) {
      taken = this.#socket.write(bytes, 0, length)
      if (taken < 0) {
        this.abandon()
        return
      }
      if (taken > 0) this.#accepted = true
      if (taken === length) return
    }
    const rest = bytes.subarray(taken, length)
    // Not `slice`: that of a Buffer shares its memory.
    this.#backlog.push(reused ? Buffer.from(rest) : rest)
    this.#unsent += length - taken
  }
}

/** Holds a head and a body of ordinary size: one write a message. */
const CORK_BYTES = 64 * 1024
/** Scratch buffers not in use. HTTP/1.1 has one corked at a time; HTTP/2 connections have until the turn's end. */
const corks: Cork[] = []
const CORKS_KEPT_MAX = 16

import { Cork } from './cork.ts'
import { CORK_BYTES, Outbox, type Sender } from './outbox.ts'
import type { StreamSocket } from './socket.ts'

/** Writes in order, keeps what the kernel does not take yet, and gathers small writes into one where it is asked to. */
export class SocketWriter implements Sender {
  readonly #socket: StreamSocket
  readonly #lost: (() => void) | undefined
  /** What the kernel has not taken yet. */
  #backlog: Uint8Array[] = []
  #backlogOffset = 0
  #unsent = 0
  #accepted = false
  #dead = false
  #cork: Cork | undefined
  /** Where in the cork ours begins. */
  #from = 0
  /** What waits in the outbox: nothing where both are the same. */
  #deferredFrom = 0
  #deferredTo = 0

  /** @param lost called when what waited for the turn's end found the socket gone */
  constructor(socket: StreamSocket, lost?: () => void) {
    this.#socket = socket
    this.#lost = lost
  }

  /** Bytes that the kernel did not take when they were sent. What waits for the turn's end is not among them. */
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
    this.#from = 0
    return true
  }

  /** Gathers a message that may wait for the turn's end. To be uncorked before anything is awaited. */
  corkMessage(): void {
    const cork = outbox.lend()
    if (cork === undefined) {
      this.cork()
      return
    }
    this.#cork = cork
    this.#from = cork.length
  }

  /** Sends what was gathered. */
  uncork(): void {
    const cork = this.#cork
    if (cork === undefined) return
    this.#flush(cork)
    this.#giveBack(cork)
  }

  /** What was gathered is a whole message: leaves it in the outbox if it is there, else sends it. */
  uncorkMessage(): void {
    const cork = this.#cork
    if (cork === undefined) return
    const from = this.#from
    const to = cork.length
    if (!outbox.owns(cork) || to - from > DEFERRED_BYTES_MAX || this.#unsent > 0 || this.#dead) {
      this.uncork()
      return
    }
    this.#giveBack(cork)
    if (this.#deferredTo === from && this.#deferredFrom < from) {
      // The answer to the next of pipelined requests.
      this.#deferredTo = to
      return
    }
    this.sendDeferred()
    this.#deferredFrom = from
    this.#deferredTo = to
    outbox.defer(this)
  }

  sendDeferred(): void {
    const from = this.#deferredFrom
    const length = this.#deferredTo - from
    if (length === 0) return
    this.#deferredTo = from
    this.#send(outbox.bytes, from, length, true)
    if (this.#dead) this.#lost?.()
  }

  /**
   * The scratch buffer, with room for `size` bytes more; the writer is corked. What goes beyond the usual gets a buffer
   * of its own. When all is written, `composed` must be told.
   */
  compose(size: number): Cork {
    const cork = this.#cork as Cork
    if (size <= this.#room(cork)) return cork
    this.#flush(cork)
    return size <= CORK_BYTES ? cork : new Cork(size)
  }

  /** @param cork what `compose` gave */
  composed(cork: Cork): void {
    if (cork !== this.#cork) this.#send(cork.bytes, 0, cork.length, true)
  }

  /** @param text latin1 */
  writeText(text: string): void {
    const cork = this.#cork
    if (cork === undefined || text.length > CORK_BYTES) {
      this.write(Buffer.from(text, 'latin1'))
      return
    }
    if (text.length > this.#room(cork)) this.#flush(cork)
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
      if (length <= this.#room(cork)) {
        cork.copy(bytes, from, to)
        return
      }
      this.#flush(cork)
    }
    this.#send(bytes, from, length, false)
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
    this.#deferredTo = this.#deferredFrom
  }

  #room(cork: Cork): number {
    return CORK_BYTES - (cork.length - this.#from)
  }

  #flush(cork: Cork): void {
    const from = this.#from
    const length = cork.length - from
    cork.length = from
    this.#send(cork.bytes, from, length, true)
  }

  #giveBack(cork: Cork): void {
    this.#cork = undefined
    if (outbox.owns(cork)) outbox.takeBack()
    else if (corks.length < CORKS_KEPT_MAX) corks.push(cork)
  }

  /** @param reused the bytes will be overwritten: what is kept of them must be a copy */
  #send(bytes: Uint8Array, from: number, length: number, reused: boolean): void {
    this.sendDeferred()
    if (this.#dead || length === 0) return
    let taken = 0
    if (this.#unsent === 0) {
      taken = this.#socket.write(bytes, from, length)
      if (taken < 0) {
        this.abandon()
        return
      }
      if (taken > 0) this.#accepted = true
      if (taken === length) return
    }
    const rest = bytes.subarray(from + taken, from + length)
    // Not `slice`: that of a Buffer shares its memory.
    this.#backlog.push(reused ? Buffer.from(rest) : rest)
    this.#unsent += length - taken
  }
}

const outbox = new Outbox()
/** More than this is worth a waking of its own. */
const DEFERRED_BYTES_MAX = 16 * 1024
/** Scratch buffers not in use. HTTP/2 connections have one corked until all that was read is. */
const corks: Cork[] = []
const CORKS_KEPT_MAX = 16

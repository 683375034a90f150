import { collectBytes } from './collect-bytes.ts'
import { BodyTooLarge, HttpError } from './errors.ts'
import type { Headers } from './headers.ts'
import type { Body, BodySink } from './message.ts'

/** Whoever feeds a streaming body: told what its reader wants. */
export interface BodyOwner {
  /** The reader has begun. */
  bodyWanted(): void
  pauseBody(): void
  resumeBody(): void
  /** The reader wants no more. */
  bodyCancelled(): void
}

/** A body that arrives piece by piece. What comes before its reader starts, or while paused, is held. */
export class StreamingBody implements Body {
  readonly length: number | undefined
  readonly #owner: BodyOwner
  readonly #heldBytesMax: number
  #held: Uint8Array[] = []
  #heldCost = 0
  #sink: BodySink | undefined
  #state: 'open' | 'ended' | 'failed' | 'cancelled' = 'open'
  /** The reader knows that the body is over. */
  #told = false
  #paused = false
  #ownerPaused = false
  #error: Error | undefined
  #trailers: Headers | undefined

  /** @param heldBytesMax the owner is asked to pause when more is held */
  constructor(owner: BodyOwner, length: number | undefined, heldBytesMax: number) {
    this.#owner = owner
    this.length = length
    this.#heldBytesMax = heldBytesMax
  }

  // The feeding side

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open' || chunk.length === 0) return
    if (this.#sink !== undefined && !this.#paused && this.#held.length === 0) {
      this.#sink.data(chunk)
      return
    }
    this.#held.push(chunk)
    this.#heldCost += chunk.length + PIECE_BYTES
    if (this.#heldCost > this.#heldBytesMax) this.#pauseOwner()
  }

  finish(trailers?: Headers): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#trailers = trailers
    if (this.#held.length === 0) this.#tellEnd()
  }

  fail(error: Error): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#error = error
    if (this.#held.length === 0) this.#tellEnd()
  }

  // The reading side

  start(sink: BodySink): void {
    if (this.#sink !== undefined) throw new Error('a body has one reader')
    this.#sink = sink
    if (this.#state === 'open') this.#owner.bodyWanted()
    this.#deliver()
  }

  pause(): void {
    this.#paused = true
    if (this.#state === 'open') this.#pauseOwner()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#deliver()
  }

  cancel(): void {
    if (this.#state === 'cancelled') return
    const open = this.#state === 'open'
    this.#state = 'cancelled'
    this.#held = []
    if (open) this.#owner.bodyCancelled()
  }

  bytes(bytesMax: number): Uint8Array | Promise<Uint8Array> {
    if (this.length !== undefined && this.length > bytesMax) {
      this.cancel()
      throw new BodyTooLarge(bytesMax)
    }
    if (this.#state === 'ended' && this.#sink === undefined) return this.#heldWhole(bytesMax)
    if (this.#state === 'cancelled') throw new HttpError('aborted', 'the body was cancelled')
    return collectBytes(this, bytesMax)
  }

  #heldWhole(bytesMax: number): Uint8Array {
    const held = this.#held
    this.#held = []
    this.#sink = DISCARD
    const whole = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held)
    if (whole.length > bytesMax) throw new BodyTooLarge(bytesMax)
    return whole
  }

  /** Gives the reader what was held, then the end. A reader may pause, cancel or finish at each call. */
  #deliver(): void {
    const sink = this.#sink as BodySink
    while (this.#held.length > 0 && !this.#paused && this.#state !== 'cancelled') {
      const chunk = this.#held.shift() as Uint8Array
      this.#heldCost -= chunk.length + PIECE_BYTES
      sink.data(chunk)
    }
    if (this.#paused || this.#state === 'cancelled') return
    if (this.#state !== 'open') {
      this.#tellEnd()
    } else if (this.#ownerPaused) {
      this.#ownerPaused = false
      this.#owner.resumeBody()
    }
  }

  /** Tells the reader, once there is one, how the body ended: once. */
  #tellEnd(): void {
    const sink = this.#sink
    if (sink === undefined || this.#told) return
    this.#told = true
    if (this.#error === undefined) sink.end(this.#trailers)
    else sink.fail(this.#error)
  }

  #pauseOwner(): void {
    if (this.#ownerPaused) return
    this.#ownerPaused = true
    this.#owner.pauseBody()
  }
}

/** What holding a piece costs besides its bytes: many tiny ones must count for more than they hold. */
const PIECE_BYTES = 128
const DISCARD: BodySink = { data() {}, end() {}, fail() {} }

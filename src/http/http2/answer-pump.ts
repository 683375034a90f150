import { Headers } from '#http/headers.ts'
import { mayTrail } from '#http/trailers.ts'
import type { FrameWriter } from './frame-writer.ts'
import {
  errorCodes,
  FRAME_BYTES_MAX,
  Http2ConnectionError,
  INITIAL_WINDOW_BYTES,
  WINDOW_BYTES_MAX,
} from './frames.ts'
import type { Http2Stream } from './http2-stream.ts'

/** Writes the bodies of answers, as much as the client's windows and the socket take; whoever has to wait gets its turn. */
export class AnswerPump {
  readonly #writer: FrameWriter
  readonly #unsentBytesMax: number
  /** Told of each DATA frame that was not cut small by the client. */
  readonly #onData: () => void
  /** Those that have something pending which may not be written yet; whoever was served last is last. */
  readonly #waiting = new Set<Http2Stream>()
  #window = INITIAL_WINDOW_BYTES
  /** A window was opened: those that wait are to be served. */
  #wanted = false
  #shut = false
  #stopped = false

  /** @param unsentBytesMax what the kernel has not taken may come to so much, and a frame more */
  constructor(writer: FrameWriter, unsentBytesMax: number, onData: () => void) {
    this.#writer = writer
    this.#unsentBytesMax = unsentBytesMax
    this.#onData = onData
  }

  /** Writes what `stream` has pending. */
  pump(stream: Http2Stream): void {
    while (stream.pendingBytes > 0) {
      const window = Math.min(stream.sendWindow, this.#window, FRAME_BYTES_MAX)
      if (window <= 0 && this.#shut) {
        stream.starve()
        return
      }
      if (window <= 0 || this.#isFull) {
        this.#waiting.add(stream)
        stream.hold()
        return
      }
      const piece = stream.take(window)
      const last = stream.sourceEnded && stream.pendingBytes === 0 && stream.trailers === undefined
      stream.sendWindow -= piece.length
      this.#window -= piece.length
      this.#writer.data(stream.id, piece, last)
      if (piece.length < window || window >= SMALL_DATA_BYTES) this.#onData()
      if (last) {
        this.#waiting.delete(stream)
        stream.finish()
        return
      }
    }
    this.#waiting.delete(stream)
    if (!stream.sourceEnded) stream.release()
    else if (!stream.localEnded) this.#writeEnd(stream)
  }

  /** Serves those that wait, where a window was opened. */
  pumpWanted(): void {
    if (this.#wanted) this.pumpAll()
  }

  /** Serves those that wait in turn, as long as there is something to be served. */
  pumpAll(): void {
    this.#wanted = false
    for (const stream of Array.from(this.#waiting)) {
      if (this.#window <= 0 || this.#isFull) return
      // Whoever has to wait again comes back at the end.
      if (this.#waiting.delete(stream)) this.pump(stream)
    }
  }

  /** The client takes so much more of all streams together. @throws Http2ConnectionError beyond the largest window */
  open(bytes: number): void {
    this.#window += bytes
    if (this.#window > WINDOW_BYTES_MAX) {
      throw new Http2ConnectionError(errorCodes.flowControl, 'a window too large')
    }
    this.#wanted = true
  }

  /** The windows of streams were opened. */
  want(): void {
    this.#wanted = true
  }

  /** The client has ended its side: it can open no window any more, and whoever needs one is given up. */
  shut(): void {
    this.#shut = true
    for (const stream of Array.from(this.#waiting)) this.pump(stream)
  }

  /** Whether the stream waits for a window or the socket. */
  waits(stream: Http2Stream): boolean {
    return this.#waiting.has(stream)
  }

  forget(stream: Http2Stream): void {
    this.#waiting.delete(stream)
  }

  /** Nothing more is written. */
  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
  }

  get #isFull(): boolean {
    return this.#stopped || this.#writer.unsent > this.#unsentBytesMax
  }

  /** The end of a stream whose last DATA frame did not say it. */
  #writeEnd(stream: Http2Stream): void {
    const { id, trailers } = stream
    const raw = (trailers?.raw ?? []).filter((_, i, all) => mayTrail(all[i - (i % 2)] as string))
    try {
      if (raw.length > 0) this.#writer.trailers(id, new Headers(raw))
      else this.#writer.data(id, NO_BYTES, true)
    } catch (error) {
      stream.fail(error as Error)
      return
    }
    stream.finish()
  }
}

const NO_BYTES = Buffer.alloc(0)
/** Frames that a client has cut to less than this by its windows earn it nothing (CVE-2019-9511). */
const SMALL_DATA_BYTES = 256

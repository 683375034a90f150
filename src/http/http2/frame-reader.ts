import {
  errorCodes,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  frames,
  Http2ConnectionError,
  PREFACE,
} from './frames.ts'

/** Told of each frame; its payload is what `bytes` hold from `from` to `to`. */
export interface FrameSink {
  frame(type: number, flag: number, stream: number, bytes: Buffer, from: number, to: number): void
}

/** Cuts what a client sends into its preface and frames (RFC 9113 §3.4, §4.1). */
export class FrameReader {
  readonly #sink: FrameSink
  #prefaceSeen = false
  /** The beginning of a frame. */
  #pending: Buffer = NO_BYTES
  /** When that came. */
  #pendingMs = 0
  #stopped = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** @throws Http2ConnectionError, or what the sink throws */
  received(bytes: Buffer, nowMs: number): void {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const used = this.#read(all)
    if (used > 0 || this.#pending.length === 0) this.#pendingMs = nowMs
    this.#pending = used < all.length && !this.#stopped ? all.subarray(used) : NO_BYTES
  }

  /** No further frame is read. */
  stop(): void {
    this.#stopped = true
    this.#pending = NO_BYTES
  }

  /** When the frame began that is not here whole; undefined when there is none, or it is DATA, which has deadlines of its own. */
  get begunMs(): number | undefined {
    const begun = this.#pending.length > 0 && this.#pending[FRAME_TYPE_AT] !== frames.data
    return begun ? this.#pendingMs : undefined
  }

  /** @returns the index after the last whole frame */
  #read(bytes: Buffer): number {
    let at = 0
    if (!this.#prefaceSeen) {
      const length = Math.min(bytes.length, PREFACE.length)
      if (bytes.compare(PREFACE, 0, length, 0, length) !== 0) {
        throw new Http2ConnectionError(errorCodes.protocol, 'no HTTP/2 preface')
      }
      if (length < PREFACE.length) return 0
      this.#prefaceSeen = true
      at = PREFACE.length
    }
    while (bytes.length - at >= FRAME_HEADER_BYTES && !this.#stopped) {
      const length = bytes.readUIntBE(at, 3)
      if (length > FRAME_BYTES_MAX) throw new Http2ConnectionError(errorCodes.frameSize, 'a frame too large')
      const end = at + FRAME_HEADER_BYTES + length
      if (bytes.length < end) break
      const type = bytes[at + FRAME_TYPE_AT] as number
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff
      this.#sink.frame(type, bytes[at + 4] as number, stream, bytes, at + FRAME_HEADER_BYTES, end)
      at = end
    }
    return at
  }
}

const NO_BYTES = Buffer.alloc(0)
const FRAME_TYPE_AT = 3

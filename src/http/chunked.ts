import { CR, LF, SEMICOLON, fieldValue, token } from './characters.ts'
import { Headers } from './headers.ts'
import { mayTrail } from './trailers.ts'

type State =
  | 'size'
  | 'extension-start'
  | 'extension-name'
  | 'extension-value-start'
  | 'extension-value'
  | 'extension-quoted'
  | 'extension-escaped'
  | 'extension-end'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-lf'
  | 'end-lf'
  | 'done'

/** Where decoded data goes. */
export interface DataTarget {
  push(chunk: Uint8Array): void
}

const QUOTE = 34
const EQUALS = 61
const BACKSLASH = 92
const SIZE_DIGITS_MAX = 8
const EXTENSION_BYTES_MAX = 256
const TRAILER_BYTES_MAX = 8192
const TRAILER_COUNT_MAX = 50
const COLON = 58
/** Chunks up to this size are moved together; copying larger ones costs more than passing them on alone. */
const MERGED_BYTES_MAX = 4096

/** A strict, incremental decoder of the chunked coding (RFC 9112 §7.1). */
export class ChunkedDecoder {
  #state: State = 'size'
  #remaining = 0
  #digits = 0
  #extra = 0
  #trailerName = ''
  #trailerValue = ''
  #trailerCount = 0
  #trailers: Headers | undefined

  /** The fields after the body, without those that have no business there; undefined when there are none. */
  get trailers(): Headers | undefined {
    return this.#trailers
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /** Begins another body. */
  reset(): void {
    this.#state = 'size'
    this.#remaining = 0
    this.#digits = 0
    this.#extra = 0
    this.#trailerCount = 0
    this.#trailers = undefined
  }

  /**
   * Reads `bytes` from `at`, which may be overwritten; pushes the data to `body`.
   * @returns the index after the last byte used (the rest belongs to the next message), or -1 when malformed
   */
  decode(bytes: Uint8Array, at: number, body: DataTarget | undefined): number {
    const end = bytes.length
    // The run of data that is gathered, not pushed yet.
    let from = 0
    let to = 0
    while (at < end && this.#state !== 'done') {
      if (this.#state === 'data') {
        const taken = Math.min(this.#remaining, end - at)
        if (to > from && taken <= MERGED_BYTES_MAX) {
          // Over framing that was read already: many tiny chunks make one piece, not many.
          bytes.copyWithin(to, at, at + taken)
          to += taken
        } else {
          if (to > from) body?.push(bytes.subarray(from, to))
          from = at
          to = at + taken
        }
        at += taken
        this.#remaining -= taken
        if (this.#remaining === 0) this.#state = 'data-cr'
        continue
      }
      const next = this.#step(bytes[at++] as number)
      if (next === undefined) return -1
      this.#state = next
    }
    if (to > from) body?.push(bytes.subarray(from, to))
    return at
  }

  #step(byte: number): State | undefined {
    switch (this.#state) {
      case 'size':
        return this.#size(byte)
      case 'extension-start':
      case 'extension-name':
      case 'extension-value-start':
      case 'extension-value':
      case 'extension-quoted':
      case 'extension-escaped':
      case 'extension-end':
        return ++this.#extra <= EXTENSION_BYTES_MAX ? extension(this.#state, byte) : undefined
      case 'size-lf':
        if (byte !== LF) return undefined
        this.#digits = 0
        this.#extra = 0
        return this.#remaining === 0 ? 'trailer-start' : 'data'
      case 'data-cr':
        return byte === CR ? 'data-lf' : undefined
      case 'data-lf':
        return byte === LF ? 'size' : undefined
      case 'trailer-start':
        if (byte === CR) return 'end-lf'
        this.#trailerName = ''
        this.#trailerValue = ''
        return byte !== COLON && ++this.#trailerCount <= TRAILER_COUNT_MAX ? this.#nameByte(byte) : undefined
      case 'trailer-name':
        return this.#nameByte(byte)
      case 'trailer-value':
        if (byte === CR) return 'trailer-lf'
        if (fieldValue[byte] !== 1 || ++this.#extra > TRAILER_BYTES_MAX) return undefined
        this.#trailerValue += String.fromCharCode(byte)
        return 'trailer-value'
      case 'trailer-lf':
        return byte === LF ? this.#keepTrailer() : undefined
      case 'end-lf':
        return byte === LF ? 'done' : undefined
      case 'data':
      case 'done':
        return undefined
    }
  }

  #nameByte(byte: number): State | undefined {
    if (++this.#extra > TRAILER_BYTES_MAX) return undefined
    if (byte === COLON) return 'trailer-value'
    if (token[byte] !== 1) return undefined
    this.#trailerName += String.fromCharCode(byte)
    return 'trailer-name'
  }

  #keepTrailer(): State {
    if (mayTrail(this.#trailerName)) {
      this.#trailers ??= new Headers()
      this.#trailers.add(this.#trailerName, this.#trailerValue.replace(/^[ \t]+|[ \t]+$/g, ''))
    }
    return 'trailer-start'
  }

  #size(byte: number): State | undefined {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > SIZE_DIGITS_MAX) return undefined
      this.#remaining = this.#remaining * 16 + digit
      return 'size'
    }
    if (this.#digits === 0) return undefined
    if (byte === CR) return 'size-lf'
    return byte === SEMICOLON ? 'extension-start' : undefined
  }
}

/** The state after a byte of `;name=value` or `;name="value"` (RFC 9112 §7.1.1), which means nothing to us. */
function extension(state: State, byte: number): State | undefined {
  const inToken = token[byte] === 1
  switch (state) {
    case 'extension-start':
      return inToken ? 'extension-name' : undefined
    case 'extension-value-start':
      return byte === QUOTE ? 'extension-quoted' : inToken ? 'extension-value' : undefined
    case 'extension-quoted':
      if (byte === QUOTE) return 'extension-end'
      if (byte === BACKSLASH) return 'extension-escaped'
      return fieldValue[byte] === 1 ? 'extension-quoted' : undefined
    case 'extension-escaped':
      return fieldValue[byte] === 1 ? 'extension-quoted' : undefined
    default:
      if (byte === CR) return 'size-lf'
      if (byte === SEMICOLON) return 'extension-start'
      if (byte === EQUALS && state === 'extension-name') return 'extension-value-start'
      return inToken && state !== 'extension-end' ? state : undefined
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** The line before a chunk of data. */
export function chunkSizeLine(length: number): string {
  return `${length.toString(16)}\r\n`
}

/** The end of a chunked body. @param trailers field lines */
export function lastChunk(trailers: string): string {
  return `0\r\n${trailers}\r\n`
}

export const LAST_CHUNK: string = lastChunk('')

import { fieldValue, token } from './characters.ts'
import type { LatinBuffer } from './latin1.ts'

/** A scratch buffer in which small writes are gathered, so that a message leaves in one. Callers see to the room. */
export class Cork {
  readonly bytes: LatinBuffer
  length = 0

  /** @param size bytes */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size) as LatinBuffer
  }

  get room(): number {
    return this.bytes.length - this.length
  }

  /** @param text latin1 */
  text(text: string): void {
    const { bytes } = this
    const { length } = text
    if (length > TEXT_LOOPED_MAX) {
      this.length += bytes.latin1Write(text, this.length)
      return
    }
    let at = this.length
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i)
    this.length = at
  }

  /** Copies what `source` holds from `from` to `to`. */
  copy(source: Uint8Array, from: number, to: number): void {
    const { bytes } = this
    let at = this.length
    this.length += to - from
    if (to - from > BYTES_LOOPED_MAX) {
      // Unlike `set` it needs no view of the part.
      copy.call(source as Buffer, bytes, at, from, to)
      return
    }
    for (let i = from; i < to; i++) bytes[at++] = source[i] as number
  }

  /** CR and LF. */
  lineEnd(): void {
    this.bytes[this.length] = 13
    this.bytes[this.length + 1] = 10
    this.length += 2
  }

  /** A whole number, not negative, in decimal. */
  number(value: number): void {
    let digits = 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
    const end = this.length + digits
    let rest = value
    for (let at = end - 1; at >= this.length; at--) {
      this.bytes[at] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    this.length = end
  }

  /** @returns false when `name` is not a token: part of it may have been written */
  fieldName(name: string): boolean {
    return this.#checked(name, token) && name !== ''
  }

  /** @returns false when `value` could end its line, or is not latin1: part of it may have been written */
  fieldValue(value: string): boolean {
    return this.#checked(value, fieldValue)
  }

  #checked(text: string, allowed: Uint8Array): boolean {
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (allowed[code] !== 1) return false
      bytes[at++] = code
    }
    this.length = at
    return true
  }
}

/** Up to here a loop is cheaper than a call into the runtime. */
const TEXT_LOOPED_MAX = 32
const BYTES_LOOPED_MAX = 24
const { copy } = Buffer.prototype

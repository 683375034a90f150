import { CR, SPACE } from './characters.ts'
import type { Cork } from './cork.ts'
import { FIELD_NUMBERS, UNKNOWN_FIELD } from './field-names.ts'
import { latin1 } from './latin1.ts'
import { isOwnField } from './own-fields.ts'

/** Places in `HeaderBlock.lines`, from the start of a line's five. */
export const NAME_START = 0
export const NAME_END = 1
export const VALUE_START = 2
export const VALUE_END = 3
/** The number of the name (field-names.ts). */
export const NUMBER = 4
export const LINE_SIZE = 5

/** The lines of a `Headers` while no texts have been made of them. */
export interface HeaderSource {
  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined
  has(name: string): boolean
  getAll(name: string): string[]
  /** name, value, name, value … */
  texts(): string[]
  /** No more bytes than this come of `writeTo`. */
  readonly bytesMax: number
  /**
   * Writes the lines without those that are the engine's own.
   * @throws Error naming the field that cannot be written
   */
  writeTo(cork: Cork): void
}

/** The header lines of a message as they were received: checked, and found again without a text being made of any. */
export class HeaderBlock implements HeaderSource {
  readonly bytes: Buffer
  /** Five numbers a line. */
  readonly lines: Int32Array

  constructor(bytes: Buffer, lines: Int32Array) {
    this.bytes = bytes
    this.lines = lines
  }

  get(name: string): string | undefined {
    const { lines } = this
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (this.isNamed(i, name)) return this.value(i)
    return undefined
  }

  has(name: string): boolean {
    const { lines } = this
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (this.isNamed(i, name)) return true
    return false
  }

  getAll(name: string): string[] {
    const { lines } = this
    const values: string[] = []
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (this.isNamed(i, name)) values.push(this.value(i))
    return values
  }

  /** The same for a name whose number is known. */
  hasField(number: number): boolean {
    const { lines } = this
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (lines[i + NUMBER] === number) return true
    return false
  }

  /** The place in `lines` of the only line of that name; -1 where there is none, or there are several. */
  only(name: string): number {
    const { lines } = this
    let found = -1
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      if (!this.isNamed(i, name)) continue
      if (found !== -1) return -1
      found = i
    }
    return found
  }

  texts(): string[] {
    const { lines } = this
    const texts: string[] = []
    for (let i = 0; i < lines.length; i += LINE_SIZE) texts.push(this.name(i), this.value(i))
    return texts
  }

  /** Whether a name occurs more than once. */
  get repeats(): boolean {
    const { lines } = this
    seen.fill(0)
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      const number = lines[i + NUMBER] as number
      if (number === UNKNOWN_FIELD) {
        for (let j = 0; j < i; j += LINE_SIZE) if (this.#sameNames(i, j)) return true
      } else if (seen[number] === 1) return true
      else seen[number] = 1
    }
    return false
  }

  get bytesMax(): number {
    const { lines } = this
    if (lines.length === 0) return 0
    const first = lines[NAME_START] as number
    const last = lines[lines.length - LINE_SIZE + VALUE_END] as number
    // A line that came without the space after its colon gets one.
    return last - first + 2 + lines.length / LINE_SIZE
  }

  /** Lines that came as we would write them are copied, as many at once as stand together. */
  writeTo(cork: Cork): void {
    const { bytes, lines } = this
    let from = 0
    let to = 0
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      if (isOwnField[lines[i + NUMBER] as number] === 1) continue
      const start = lines[i + NAME_START] as number
      if (start !== to) {
        if (to > from) cork.copy(bytes, from, to)
        from = start
      }
      if (this.isPlain(i)) {
        to = (lines[i + VALUE_END] as number) + 2
      } else {
        if (start > from) cork.copy(bytes, from, start)
        this.writeLine(cork, i)
        from = to = 0
      }
    }
    if (to > from) cork.copy(bytes, from, to)
  }

  /** Whether a line came as we would write it: one space after its colon, none before its end. */
  isPlain(line: number): boolean {
    const { bytes, lines } = this
    const nameEnd = lines[line + NAME_END] as number
    return (
      lines[line + VALUE_START] === nameEnd + 2 &&
      bytes[nameEnd + 1] === SPACE &&
      bytes[lines[line + VALUE_END] as number] === CR
    )
  }

  /** Writes one line. */
  writeLine(cork: Cork, line: number): void {
    const { bytes, lines } = this
    const start = lines[line + NAME_START] as number
    const valueEnd = lines[line + VALUE_END] as number
    if (this.isPlain(line)) {
      cork.copy(bytes, start, valueEnd + 2)
      return
    }
    cork.copy(bytes, start, lines[line + NAME_END] as number)
    cork.text(': ')
    cork.copy(bytes, lines[line + VALUE_START] as number, valueEnd)
    cork.lineEnd()
  }

  /** @param line its place in `lines` */
  name(line: number): string {
    return latin1(this.bytes, this.lines[line + NAME_START] as number, this.lines[line + NAME_END] as number)
  }

  /** @param line its place in `lines` */
  value(line: number): string {
    return latin1(
      this.bytes,
      this.lines[line + VALUE_START] as number,
      this.lines[line + VALUE_END] as number,
    )
  }

  /** Whether the line at this place in `lines` has that name, whatever its case. */
  isNamed(line: number, name: string): boolean {
    const { bytes, lines } = this
    const start = lines[line + NAME_START] as number
    if ((lines[line + NAME_END] as number) - start !== name.length) return false
    for (let i = 0; i < name.length; i++) {
      if (!sameLetter(bytes[start + i] as number, name.charCodeAt(i))) return false
    }
    return true
  }

  #sameNames(one: number, other: number): boolean {
    const { bytes, lines } = this
    const start = lines[one + NAME_START] as number
    const otherStart = lines[other + NAME_START] as number
    const length = (lines[one + NAME_END] as number) - start
    if ((lines[other + NAME_END] as number) - otherStart !== length) return false
    for (let i = 0; i < length; i++) {
      if (!sameLetter(bytes[start + i] as number, bytes[otherStart + i] as number)) return false
    }
    return true
  }
}

/** By field number; of use within one call of `repeats`. */
const seen = new Uint8Array(FIELD_NUMBERS)

function sameLetter(a: number, b: number): boolean {
  if (a === b) return true
  const letter = a | 32
  return (a ^ b) === 32 && letter >= 97 && letter <= 122
}

import { latin1 } from './latin1.ts'

/** Places in `HeaderBlock.lines`, from the start of a line's five. */
export const NAME_START = 0
export const NAME_END = 1
export const VALUE_START = 2
export const VALUE_END = 3
/** The number of the name (field-names.ts). */
export const NUMBER = 4
export const LINE_SIZE = 5

/** The header lines of a message as they were received: checked, and found again without a text being made of any. */
export class HeaderBlock {
  readonly bytes: Buffer
  /** Five numbers a line. */
  readonly lines: Int32Array

  constructor(bytes: Buffer, lines: Int32Array) {
    this.bytes = bytes
    this.lines = lines
  }

  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined {
    const { lines } = this
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      if (this.#isNamed(i, name)) return this.value(i)
    }
    return undefined
  }

  has(name: string): boolean {
    const { lines } = this
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (this.#isNamed(i, name)) return true
    return false
  }

  getAll(name: string): string[] {
    const { lines } = this
    const values: string[] = []
    for (let i = 0; i < lines.length; i += LINE_SIZE) if (this.#isNamed(i, name)) values.push(this.value(i))
    return values
  }

  /** name, value, name, value … */
  texts(): string[] {
    const { lines } = this
    const texts: string[] = []
    for (let i = 0; i < lines.length; i += LINE_SIZE) texts.push(this.name(i), this.value(i))
    return texts
  }

  /** @param line its place in `lines` */
  name(line: number): string {
    return latin1(this.bytes, this.lines[line + NAME_START] as number, this.lines[line + NAME_END] as number)
  }

  value(line: number): string {
    return latin1(
      this.bytes,
      this.lines[line + VALUE_START] as number,
      this.lines[line + VALUE_END] as number,
    )
  }

  #isNamed(line: number, name: string): boolean {
    const { bytes, lines } = this
    const start = lines[line + NAME_START] as number
    if ((lines[line + NAME_END] as number) - start !== name.length) return false
    for (let i = 0; i < name.length; i++) {
      const difference = (bytes[start + i] as number) ^ name.charCodeAt(i)
      if (difference === 0) continue
      const letter = name.charCodeAt(i) | 32
      if (difference !== 32 || letter < 97 || letter > 122) return false
    }
    return true
  }
}

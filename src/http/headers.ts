import type { HeaderBlock } from './header-block.ts'
import { sameName } from './same-name.ts'

/**
 * An HTTP field list as it was on the wire: order, spelling and duplicates kept; look-ups ignore case.
 * Values are latin1 strings (one character a byte).
 */
export class Headers {
  #raw: string[] | undefined
  #block: HeaderBlock | undefined

  /** @param lines name, value, name, value …; or what was received, of which texts are made when somebody needs them */
  constructor(lines: string[] | HeaderBlock = []) {
    if (Array.isArray(lines)) this.#raw = lines
    else this.#block = lines
  }

  /** name, value, name, value …: the list itself, not a copy. */
  get raw(): string[] {
    return this.#raw ?? this.#readBlock()
  }

  /** The lines as they were received, as long as nobody has asked for their texts. */
  get block(): HeaderBlock | undefined {
    return this.#block
  }

  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined {
    if (this.#block !== undefined) return this.#block.get(name)
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) return raw[i + 1]
    }
    return undefined
  }

  /** Every value of `name`, in wire order. */
  getAll(name: string): string[] {
    if (this.#block !== undefined) return this.#block.getAll(name)
    const { raw } = this
    const values: string[] = []
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) values.push(raw[i + 1] as string)
    }
    return values
  }

  has(name: string): boolean {
    return this.#block?.has(name) ?? this.get(name) !== undefined
  }

  /** Adds a line at the end, whatever is there already. */
  add(name: string, value: string): void {
    this.raw.push(name, value)
  }

  /** Replaces every line of `name` by one, at the place of the first (or at the end). */
  set(name: string, value: string): void {
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      if (!sameName(raw[i] as string, name)) continue
      raw[i] = name
      raw[i + 1] = value
      this.#removeFrom(name, i + 2)
      return
    }
    raw.push(name, value)
  }

  delete(name: string): void {
    this.#removeFrom(name, 0)
  }

  #readBlock(): string[] {
    const raw = (this.#block as HeaderBlock).texts()
    this.#raw = raw
    this.#block = undefined
    return raw
  }

  #removeFrom(name: string, start: number): void {
    const { raw } = this
    let kept = start
    for (let i = start; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) continue
      raw[kept] = raw[i] as string
      raw[kept + 1] = raw[i + 1] as string
      kept += 2
    }
    raw.length = kept
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string]
  }
}

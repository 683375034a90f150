import { addedTexts, type AddedLines } from './added-lines.ts'
import type { Cork } from './cork.ts'
import { EditedBlock } from './edited-block.ts'
import { knownFieldName } from './field-names.ts'
import type { FieldRules } from './field-rules.ts'
import { HeaderBlock, type HeaderSource } from './header-block.ts'
import { sameName } from './same-name.ts'
import { textBytesMax, writeTexts } from './write-texts.ts'

/**
 * An HTTP field list as it was on the wire: order, spelling and duplicates kept; look-ups ignore case.
 * Values are latin1 strings (one character a byte).
 */
export class Headers {
  #raw: string[] | undefined
  /** The lines, as long as nobody has asked for their texts. */
  #source: HeaderSource | undefined

  /** @param lines name, value, name, value …; or lines of which texts are made when somebody needs them */
  constructor(lines: string[] | HeaderSource = []) {
    if (Array.isArray(lines)) this.#raw = lines
    else this.#source = lines
  }

  /** name, value, name, value …: the list itself, not a copy. */
  get raw(): string[] {
    return this.#raw ?? this.#readSource()
  }

  /** What these were read from, as long as nobody has asked for their texts. */
  get source(): HeaderSource | undefined {
    return this.#source
  }

  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined {
    if (this.#source !== undefined) return this.#source.get(name)
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) return raw[i + 1]
    }
    return undefined
  }

  /** Every value of `name`, in wire order. */
  getAll(name: string): string[] {
    if (this.#source !== undefined) return this.#source.getAll(name)
    const { raw } = this
    const values: string[] = []
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) values.push(raw[i + 1] as string)
    }
    return values
  }

  has(name: string): boolean {
    return this.#source?.has(name) ?? this.get(name) !== undefined
  }

  /** The same for a name whose number is known (field-names.ts): the quickest way to ask. */
  hasField(number: number): boolean {
    const source = this.#source
    return source instanceof HeaderBlock ? source.hasField(number) : this.has(knownFieldName(number))
  }

  /** Whether a name occurs more than once. */
  get repeats(): boolean {
    if (this.#source instanceof HeaderBlock) return this.#source.repeats
    const { raw } = this
    return raw.some((name, i) => i % 2 === 0 && this.getAll(name).length > 1)
  }

  /** These as rules have them, then `after`. */
  edited(rules: FieldRules, after: AddedLines = []): Headers {
    const source = this.#source
    if (source instanceof HeaderBlock) return new Headers(new EditedBlock(source, rules, [], after))
    return new Headers([...rules.applied(this.raw), ...addedTexts(after)])
  }

  /** These with further lines before all others. */
  preceded(before: AddedLines): Headers {
    const source = this.#source
    return new Headers(
      source instanceof EditedBlock ? source.preceded(before) : [...addedTexts(before), ...this.raw],
    )
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

  /** No more bytes than this come of `writeTo`. */
  get bytesMax(): number {
    return this.#source?.bytesMax ?? textBytesMax(this.raw)
  }

  /**
   * Writes the lines without those that are the engine's own.
   * @throws Error naming the field that cannot be written
   */
  writeTo(cork: Cork): void {
    if (this.#source === undefined) writeTexts(cork, this.raw)
    else this.#source.writeTo(cork)
  }

  #readSource(): string[] {
    const raw = (this.#source as HeaderSource).texts()
    this.#raw = raw
    this.#source = undefined
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

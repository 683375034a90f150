import { addedBytesMax, addedTexts, hasAdded, writeAdded, type AddedLines } from './added-lines.ts'
import type { Cork } from './cork.ts'
import { knownFieldName } from './field-names.ts'
import { DROP, KEEP, PREFIX, RESPELL, type FieldRules } from './field-rules.ts'
import {
  LINE_SIZE,
  NAME_END,
  NAME_START,
  NUMBER,
  VALUE_END,
  VALUE_START,
  type HeaderBlock,
  type HeaderSource,
} from './header-block.ts'
import { isOwnField } from './own-fields.ts'
import { valuesNamed } from './same-name.ts'

/** Received lines seen through rules, between lines of our own: what a proxy passes on, with no text made of it. */
export class EditedBlock implements HeaderSource {
  readonly #block: HeaderBlock
  readonly #rules: FieldRules
  readonly #before: AddedLines
  readonly #after: AddedLines

  constructor(block: HeaderBlock, rules: FieldRules, before: AddedLines, after: AddedLines) {
    this.#block = block
    this.#rules = rules
    this.#before = before
    this.#after = after
  }

  /** The same with further lines before all others. */
  preceded(lines: AddedLines): EditedBlock {
    return new EditedBlock(
      this.#block,
      this.#rules,
      this.#before.length === 0 ? lines : [...lines, ...this.#before],
      this.#after,
    )
  }

  get(name: string): string | undefined {
    return this.getAll(name)[0]
  }

  getAll(name: string): string[] {
    return valuesNamed(this.texts(), name)
  }

  has(name: string): boolean {
    if (hasAdded(this.#before, name) || hasAdded(this.#after, name)) return true
    const { prefix, actions } = this.#rules
    if (prefix !== '' && name.length > prefix.length) return this.getAll(name).length > 0
    const { lines } = this.#block
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      const action = actions[lines[i + NUMBER] as number]
      if (action !== DROP && action !== PREFIX && this.#block.isNamed(i, name)) return true
    }
    return false
  }

  texts(): string[] {
    const { lines } = this.#block
    const texts = addedTexts(this.#before)
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      if (this.#action(i) !== DROP) texts.push(this.#name(i), this.#block.value(i))
    }
    texts.push(...addedTexts(this.#after))
    return texts
  }

  get bytesMax(): number {
    const { lines } = this.#block
    return (
      addedBytesMax(this.#before) +
      this.#block.bytesMax +
      (lines.length / LINE_SIZE) * this.#rules.prefix.length +
      addedBytesMax(this.#after)
    )
  }

  writeTo(cork: Cork): void {
    const block = this.#block
    const { bytes, lines } = block
    writeAdded(cork, this.#before)
    for (let i = 0; i < lines.length; i += LINE_SIZE) {
      const action = this.#action(i)
      if (action === DROP) continue
      // A prefixed name is no longer one of the engine's own.
      if (action !== PREFIX && isOwnField[lines[i + NUMBER] as number] === 1) continue
      if (action === PREFIX) cork.text(this.#rules.prefix)
      if (action !== RESPELL) {
        block.writeLine(cork, i)
        continue
      }
      cork.text(this.#name(i))
      cork.text(': ')
      cork.copy(bytes, lines[i + VALUE_START] as number, lines[i + VALUE_END] as number)
      cork.lineEnd()
    }
    writeAdded(cork, this.#after)
  }

  #action(line: number): number {
    const { bytes, lines } = this.#block
    const number = lines[line + NUMBER] as number
    const action = this.#rules.actions[number] as number
    if (action !== RESPELL) return action
    const from = lines[line + NAME_START] as number
    const to = lines[line + NAME_END] as number
    // Only what came all in lower case is spelt anew.
    const name = knownFieldName(number)
    for (let i = from; i < to; i++) if (bytes[i] !== name.charCodeAt(i - from)) return KEEP
    return RESPELL
  }

  #name(line: number): string {
    switch (this.#action(line)) {
      case PREFIX:
        return this.#rules.prefix + this.#block.name(line)
      case RESPELL:
        return this.#rules.spelling(this.#block.lines[line + NUMBER] as number)
      default:
        return this.#block.name(line)
    }
  }
}

import { addedBytesMax, addedTexts, hasAdded, writeAdded, type AddedLines } from './added-lines.ts'
import { Cork } from './cork.ts'
import type { HeaderSource } from './header-block.ts'
import { sameName, valuesNamed } from './same-name.ts'
import { textBytesMax, writeTexts } from './write-texts.ts'

/** Header lines that many messages have: checked and written out once. */
export class ReadyLines {
  /** name, value, name, value … */
  readonly texts: readonly string[]
  readonly bytes: Buffer

  /**
   * @param texts name, value, name, value …
   * @throws Error naming the field that cannot be written
   */
  constructor(texts: readonly string[]) {
    this.texts = texts
    const cork = new Cork(textBytesMax(texts))
    writeTexts(cork, texts)
    this.bytes = cork.bytes.subarray(0, cork.length)
  }

  /** The lines of one message: these, then others. */
  followedBy(after: AddedLines): HeaderSource {
    return new ReadyBlock(this, after)
  }
}

class ReadyBlock implements HeaderSource {
  readonly #lines: ReadyLines
  readonly #after: AddedLines

  constructor(lines: ReadyLines, after: AddedLines) {
    this.#lines = lines
    this.#after = after
  }

  get(name: string): string | undefined {
    return this.getAll(name)[0]
  }

  getAll(name: string): string[] {
    return valuesNamed(this.texts(), name)
  }

  has(name: string): boolean {
    const { texts } = this.#lines
    for (let i = 0; i < texts.length; i += 2) if (sameName(texts[i] as string, name)) return true
    return hasAdded(this.#after, name)
  }

  texts(): string[] {
    return [...this.#lines.texts, ...addedTexts(this.#after)]
  }

  get bytesMax(): number {
    return this.#lines.bytes.length + addedBytesMax(this.#after)
  }

  writeTo(cork: Cork): void {
    const { bytes } = this.#lines
    cork.copy(bytes, 0, bytes.length)
    writeAdded(cork, this.#after)
  }
}

import { ENTRY } from './answer-table-layout.ts'

/** Where a chain begins: the words of its oldest, its newest, and of the blocks that all take. */
export interface ChainHead {
  readonly oldest: number
  readonly newest: number
  readonly blocks: number
}

/** Entries of a table of answers from the oldest to the newest, by two of their words. For who has the lock. */
export class AnswerChain {
  readonly #words: Int32Array
  readonly #entries: number
  readonly #older: number
  readonly #newer: number

  /** @param entries word of the first entry */
  constructor(words: Int32Array, entries: number, older: number, newer: number) {
    this.#words = words
    this.#entries = entries
    this.#older = older
    this.#newer = newer
  }

  append({ oldest, newest, blocks }: ChainHead, entry: number): void {
    const words = this.#words
    const at = this.#at(entry)
    const before = words[newest] as number
    words[at + this.#older] = before
    words[at + this.#newer] = 0
    words[before === 0 ? oldest : this.#at(before) + this.#newer] = entry
    words[newest] = entry
    words[blocks] = (words[blocks] as number) + (words[at + ENTRY.blocks] as number)
  }

  detach({ oldest, newest, blocks }: ChainHead, entry: number): void {
    const words = this.#words
    const at = this.#at(entry)
    const older = words[at + this.#older] as number
    const newer = words[at + this.#newer] as number
    words[older === 0 ? oldest : this.#at(older) + this.#newer] = newer
    words[newer === 0 ? newest : this.#at(newer) + this.#older] = older
    words[blocks] = (words[blocks] as number) - (words[at + ENTRY.blocks] as number)
  }

  #at(entry: number): number {
    return this.#entries + (entry - 1) * ENTRY.words
  }
}

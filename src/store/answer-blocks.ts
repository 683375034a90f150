import { readSync, writeSync } from 'node:fs'
import { BLOCK_BYTES, ENTRY, HEADER, type AnswerTableLayout } from './answer-table-layout.ts'

/** Pages are had from the system before they are touched: one that is not there would end the process. */
const GROWTH_BLOCKS = 128
const zeros = new Uint8Array(GROWTH_BLOCKS * BLOCK_BYTES)

/** The blocks of a table of answers: which are free, and what is in them. All but `copy` is for who has the lock. */
export class AnswerBlocks {
  readonly #words: Int32Array
  readonly #layout: AnswerTableLayout
  readonly #fd: number

  constructor(buffer: ArrayBufferLike, layout: AnswerTableLayout, fd: number) {
    this.#words = new Int32Array(buffer)
    this.#layout = layout
    this.#fd = fd
  }

  /** Blocks that answers are in. */
  get used(): number {
    return this.#word(HEADER.freshBlock) - this.#word(HEADER.freeBlocks)
  }

  /** Whether there are so many, once the system was asked for more. */
  has(blocks: number): boolean {
    while (this.#word(HEADER.grown) - this.used < blocks) if (!this.#grow()) return false
    return true
  }

  /** Writes an answer into blocks, of which there are enough. @throws Error when the file cannot be written */
  fill(bytes: Uint8Array): { readonly first: number; readonly last: number; readonly blocks: number } {
    const blocks = blocksOf(bytes.length)
    const first = this.#take()
    let last = first
    for (let i = 1; i < blocks; i++) {
      const block = this.#take()
      this.#words[this.#layout.nexts + last - 1] = block
      last = block
    }
    this.#words[this.#layout.nexts + last - 1] = 0
    const isWhole = this.#runs(first, bytes.length, (at, from, to) =>
      writeSync(this.#fd, bytes, from, to - from, at),
    )
    if (!isWhole) throw new Error('an answer cannot be written')
    return { first, last, blocks }
  }

  free(first: number, last: number, blocks: number): void {
    this.#words[this.#layout.nexts + last - 1] = this.#word(HEADER.freeBlock)
    this.#words[HEADER.freeBlock] = first
    this.#words[HEADER.freeBlocks] = this.#word(HEADER.freeBlocks) + blocks
  }

  /** What is in them by now. @returns undefined when they were given away meanwhile */
  copy(first: number, length: number): Uint8Array | undefined {
    if (!(length >= 0 && length <= this.#layout.blocksMax * BLOCK_BYTES)) return undefined
    const bytes = Buffer.allocUnsafeSlow(length)
    const isWhole = this.#runs(first, length, (at, from, to) =>
      readSync(this.#fd, bytes, from, to - from, at),
    )
    return isWhole ? bytes : undefined
  }

  /** Blocks that lie one after the other are copied at once. */
  #runs(first: number, length: number, copy: (at: number, from: number, to: number) => number): boolean {
    const { blocksMax, nexts, blocks } = this.#layout
    let block = first
    for (let from = 0; from < length;) {
      if (!(block >= 1 && block <= blocksMax)) return false
      const start = block
      let to = from
      do {
        to += BLOCK_BYTES
        block = this.#word(nexts + block - 1)
      } while (to < length && block === start + (to - from) / BLOCK_BYTES && block <= blocksMax)
      const end = Math.min(to, length)
      if (copy(blocks + (start - 1) * BLOCK_BYTES, from, end) < end - from) return false
      from = end
    }
    return true
  }

  #take(): number {
    const free = this.#word(HEADER.freeBlock)
    if (free === 0) {
      const fresh = this.#word(HEADER.freshBlock) + 1
      this.#words[HEADER.freshBlock] = fresh
      return fresh
    }
    this.#words[HEADER.freeBlock] = this.#word(this.#layout.nexts + free - 1)
    this.#words[HEADER.freeBlocks] = this.#word(HEADER.freeBlocks) - 1
    return free
  }

  /** @returns false where there is no more, or the system has none left */
  #grow(): boolean {
    const { blocksMax, nexts, entries, blocks } = this.#layout
    const grown = this.#word(HEADER.grown)
    const more = Math.min(GROWTH_BLOCKS, blocksMax - grown)
    if (more === 0) return false
    try {
      for (const [at, size] of [
        [nexts * 4, 4],
        [entries * 4, ENTRY.words * 4],
        [blocks, BLOCK_BYTES],
      ] as const) {
        if (writeSync(this.#fd, zeros, 0, more * size, at + grown * size) < more * size) return false
      }
    } catch {
      return false
    }
    this.#words[HEADER.grown] = grown + more
    return true
  }

  #word(at: number): number {
    return this.#words[at] as number
  }
}

/** Blocks that so many bytes take. */
export function blocksOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK_BYTES))
}

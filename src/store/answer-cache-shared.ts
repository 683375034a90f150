import type { AnswerCache, AnswerClaim, AnswerKey, Keeping } from '#base/answer-cache.ts'
import { MemoryAnswerCache } from './answer-cache-memory.ts'
import { decoded, type AnswerCodec } from './answer-codec.ts'
import type { AnswerIdentity, AnswerPlace, SharedAnswerTable } from './answer-table.ts'

export interface SharedAnswerCacheOptions<Answer> {
  /** Opens the table, when an answer is first asked for: mapped memory makes the runtime collect garbage less often. */
  readonly open: () => SharedAnswerTable
  readonly codec: AnswerCodec<Answer>
  /** What this process may keep besides, ready to be given: room in its own memory. */
  readonly ownBytesMax: number
  readonly ownEntriesMax: number
  /** One that takes more is not kept. */
  readonly entryBytesMax: number
}

/** An answer as it is given. */
interface Ready<Answer> {
  readonly answer: Answer
  /** Where all processes have it; undefined: this one has it alone. */
  readonly place: AnswerPlace | undefined
}

/**
 * Answers that all processes of the machine have, and those of them that this one was asked for lately, ready to be
 * given: these are given as long as they are in the table, so that what one process replaces or flushes is gone for all
 * at once, and an answer that is in use anywhere is in use in the table.
 */
export class SharedAnswerCache<Answer extends object> implements AnswerCache<Answer> {
  readonly #options: SharedAnswerCacheOptions<Answer>
  #kept: { readonly table: SharedAnswerTable; readonly own: MemoryAnswerCache<Ready<Answer>> } | undefined

  constructor(options: SharedAnswerCacheOptions<Answer>) {
    this.#options = options
  }

  get #table(): SharedAnswerTable {
    return this.#opened.table
  }

  get #own(): MemoryAnswerCache<Ready<Answer>> {
    return this.#opened.own
  }

  get #opened(): { readonly table: SharedAnswerTable; readonly own: MemoryAnswerCache<Ready<Answer>> } {
    if (this.#kept !== undefined) return this.#kept
    const { open, ownBytesMax: bytesMax, ownEntriesMax: entriesMax, entryBytesMax } = this.#options
    const table = open()
    return (this.#kept = {
      table,
      own: new MemoryAnswerCache({ bytesMax, entriesMax, entryBytesMax }, table),
    })
  }

  get(stage: string, key: AnswerKey, nowMs: number): Answer | undefined {
    const ready = this.#own.get(stage, key, nowMs)
    if (ready !== undefined && (ready.place === undefined || this.#table.has(ready.place)))
      return ready.answer
    const id = identityOf(stage, key)
    if (id === undefined) return undefined
    const generation = this.#table.of(stage)
    const found = this.#table.find(id, nowMs)
    if (found === undefined) return undefined
    const { place, expiresMs } = found
    const read = decoded(this.#options.codec, found.bytes)
    if (read === undefined) return undefined
    const { answer, bytes } = read
    this.#own.set(stage, key, { answer, place }, { generation, nowMs, expiresMs, bytes })
    return answer
  }

  generation(stage: string): number {
    return this.#table.of(stage)
  }

  set(stage: string, key: AnswerKey, answer: Answer, keeping: Keeping): void {
    const { entryBytesMax } = this.#options
    const { generation, nowMs, expiresMs, bytes, stageBytesMax = Infinity } = keeping
    if (expiresMs <= nowMs || bytes > Math.min(entryBytesMax, stageBytesMax)) return
    const id = identityOf(stage, key)
    const encoded = id && this.#options.codec.encode(answer)
    const place =
      encoded === undefined || encoded.length > entryBytesMax
        ? undefined
        : this.#table.put(id as AnswerIdentity, encoded, {
            flushes: generation,
            nowMs,
            expiresMs,
            stageBytesMax,
          })
    this.#own.set(stage, key, { answer, place }, keeping)
  }

  claim(stage: string, key: AnswerKey, untilMs: number, nowMs: number): AnswerClaim | undefined {
    const id = identityOf(stage, key)
    return id && this.#table.claim(id, untilMs, nowMs)
  }

  flush(stage: string): void {
    this.#own.flush(stage)
  }

  clear(): void {
    this.#own.clear()
  }
}

/** Undefined for a key that is no text in UTF-8, which cannot be hashed as one: this process keeps it alone. */
function identityOf(stage: string, key: AnswerKey): AnswerIdentity | undefined {
  const hasher = new Bun.CryptoHasher('sha256')
  if (typeof key !== 'string') hasher.update(`${stage}\n`).update(key)
  else if (key.isWellFormed()) hasher.update(`${stage} ${key}`)
  else return undefined
  const digest = hasher.digest()
  return { stage, digest: new Int32Array(digest.buffer, digest.byteOffset, digest.length / 4) }
}

import type { AnswerCache, AnswerKey, Keeping } from '#base/answer-cache.ts'
import { OwnFlushNumbers, type FlushNumbers } from './flush-numbers.ts'
import { S3Fifo } from './s3-fifo.ts'

export interface AnswerCacheLimits {
  /** Answers that are kept. */
  readonly entriesMax: number
  /** What they may take together with their keys, about. */
  readonly bytesMax: number
  /** One that takes more is not kept. */
  readonly entryBytesMax: number
  /** Stages whose last flush is known; when there are more, the oldest of them count as flushed with the next. */
  readonly flushesMax: number
}

export const defaultAnswerCacheLimits: AnswerCacheLimits = {
  entriesMax: 131_072,
  bytesMax: 256 * 1024 * 1024,
  entryBytesMax: 1024 * 1024,
  flushesMax: 10_000,
}

/** What a stage has. */
interface Kept<Answer> {
  readonly answers: S3Fifo<Answer>
  /** All of them are of after this flush. */
  readonly generation: number
}

/** What the table of keys and the entry itself take. */
const ENTRY_BYTES = 120
/** Longer keys are kept as their hashes, which takes longer than to compare the usual token and less room. */
const KEY_CHARACTERS_MAX = 1024
/** How the hashes begin; keys that begin so are hashed, whatever their length. */
const HASHED = '#'
/** Stages that are looked at for the one that has most, in turn. */
const STAGES_COMPARED = 16

/**
 * Answers of one process. A stage has its own room where that is asked for, and all have one together: of some stages
 * that are looked at in turn, the one that has most gives of its own, so that none can push the others out.
 */
export class MemoryAnswerCache<Answer extends object> implements AnswerCache<Answer> {
  readonly #limits: AnswerCacheLimits
  /** Those that have answers. */
  readonly #stages = new Map<string, Kept<Answer>>()
  readonly #flushes: FlushNumbers
  #bytes = 0
  #size = 0

  /** @param flushes those of this cache alone, unless others are told */
  constructor(limits: Partial<AnswerCacheLimits> = {}, flushes?: FlushNumbers) {
    this.#limits = { ...defaultAnswerCacheLimits, ...limits }
    this.#flushes = flushes ?? new OwnFlushNumbers(this.#limits.flushesMax)
  }

  get(stage: string, key: AnswerKey, nowMs: number): Answer | undefined {
    const kept = this.#ofStage(stage)
    if (kept === undefined) return undefined
    const { answers } = kept
    const { bytes, size } = answers
    const answer = answers.get(shortKey(key), nowMs)
    if (answer === undefined) this.#count(stage, answers, bytes, size)
    return answer
  }

  generation(stage: string): number {
    return this.#flushes.of(stage)
  }

  set(stage: string, key: AnswerKey, answer: Answer, keeping: Keeping): void {
    const { generation, nowMs, expiresMs, bytes: own, stageBytesMax = Infinity } = keeping
    const { entriesMax, bytesMax, entryBytesMax } = this.#limits
    const name = shortKey(key)
    const bytes = own + (typeof name === 'string' ? 2 * name.length : name.byteLength) + ENTRY_BYTES
    if (generation !== this.generation(stage) || expiresMs <= nowMs) return
    if (bytes > Math.min(entryBytesMax, bytesMax, stageBytesMax) || entriesMax < 1) return
    const kept = this.#ofStage(stage) ?? { answers: new S3Fifo<Answer>(), generation }
    const { answers } = kept
    this.#stages.set(stage, kept)
    this.#change(stage, answers, () => answers.set(name, answer, bytes, expiresMs))
    while (answers.bytes > stageBytesMax) this.#change(stage, answers, () => answers.evict())
    while (this.#size > entriesMax || this.#bytes > bytesMax) this.#evictFromLargest()
  }

  flush(stage: string): void {
    this.#drop(stage)
    this.#flushes.flush(stage)
  }

  clear(): void {
    this.#stages.clear()
    this.#flushes.clear()
    this.#bytes = 0
    this.#size = 0
  }

  /** Answers kept at present, those whose time is over among them. */
  get size(): number {
    return this.#size
  }

  /** What they take, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** What the answers of a stage take, about. */
  stageBytes(stage: string): number {
    return this.#stages.get(stage)?.answers.bytes ?? 0
  }

  #evictFromLargest(): void {
    const compared = this.#stages.entries().take(STAGES_COMPARED).toArray()
    let [largest] = compared as [(typeof compared)[0]]
    for (const each of compared) {
      if (each[1].answers.bytes > largest[1].answers.bytes) largest = each
      if (this.#stages.size <= STAGES_COMPARED) continue
      // Others are looked at next time.
      this.#stages.delete(each[0])
      this.#stages.set(...each)
    }
    const [stage, { answers }] = largest
    this.#change(stage, answers, () => answers.evict())
  }

  /** What was kept before it was known whether the stage has been flushed is gone. */
  #ofStage(stage: string): Kept<Answer> | undefined {
    const kept = this.#stages.get(stage)
    if (kept === undefined || kept.generation === this.generation(stage)) return kept
    this.#drop(stage)
    return undefined
  }

  /** Does something to the answers of a stage, and counts what that changed. */
  #change(stage: string, answers: S3Fifo<Answer>, change: () => void): void {
    const { bytes, size } = answers
    change()
    this.#count(stage, answers, bytes, size)
  }

  /** Counts what has changed since the answers of a stage took so much. */
  #count(stage: string, answers: S3Fifo<Answer>, bytes: number, size: number): void {
    this.#bytes += answers.bytes - bytes
    this.#size += answers.size - size
    if (answers.size === 0) this.#stages.delete(stage)
  }

  #drop(stage: string): void {
    const answers = this.#stages.get(stage)?.answers
    if (answers === undefined) return
    this.#stages.delete(stage)
    this.#bytes -= answers.bytes
    this.#size -= answers.size
  }
}

/** Never the same for two keys. What is no text in UTF-8 cannot be hashed as one. */
function shortKey(key: AnswerKey): AnswerKey {
  if (typeof key !== 'string') return key
  if (key.length <= KEY_CHARACTERS_MAX && !key.startsWith(HASHED)) return key
  return key.isWellFormed() ? HASHED + Bun.SHA256.hash(key, 'base64') : `${HASHED}${HASHED}${key}`
}

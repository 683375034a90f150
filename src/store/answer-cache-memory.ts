import type { AnswerCache, Keeping } from '#base/answer-cache.ts'
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

interface Entry<Answer> {
  readonly answer: Answer
  readonly expiresMs: number
  readonly generation: number
}

/** What the table of keys and the entry itself take. */
const ENTRY_BYTES = 160
/** Stages that are looked at for the one that has most, in turn. */
const STAGES_COMPARED = 16

/**
 * Answers of one process. A stage has its own room where that is asked for, and all have one together: of some stages
 * that are looked at in turn, the one that has most gives of its own, so that none can push the others out.
 */
export class MemoryAnswerCache<Answer extends object> implements AnswerCache<Answer> {
  readonly #limits: AnswerCacheLimits
  /** Those that have answers. */
  readonly #stages = new Map<string, S3Fifo<Entry<Answer>>>()
  /** Stage → number of its last flush. */
  readonly #flushes = new Map<string, number>()
  #lastFlush = 0
  /** Stages that are not among the flushes count as flushed then. */
  #floor = 0
  #bytes = 0
  #size = 0

  constructor(limits: Partial<AnswerCacheLimits> = {}) {
    this.#limits = { ...defaultAnswerCacheLimits, ...limits }
  }

  get(stage: string, key: string, nowMs: number): Answer | undefined {
    const answers = this.#stages.get(stage)
    const entry = answers?.get(key)
    if (answers === undefined || entry === undefined) return undefined
    if (entry.expiresMs > nowMs && entry.generation === this.generation(stage)) return entry.answer
    this.#change(stage, answers, () => answers.delete(key))
    return undefined
  }

  generation(stage: string): number {
    return this.#flushes.get(stage) ?? this.#floor
  }

  set(stage: string, key: string, answer: Answer, keeping: Keeping): void {
    const { generation, nowMs, expiresMs, bytes: own, stageBytesMax = Infinity } = keeping
    const { entriesMax, bytesMax, entryBytesMax } = this.#limits
    const bytes = own + 2 * key.length + ENTRY_BYTES
    if (generation !== this.generation(stage) || expiresMs <= nowMs) return
    if (bytes > Math.min(entryBytesMax, bytesMax, stageBytesMax) || entriesMax < 1) return
    const answers = this.#stages.get(stage) ?? new S3Fifo<Entry<Answer>>()
    this.#stages.set(stage, answers)
    this.#change(stage, answers, () => answers.set(key, { answer, expiresMs, generation }, bytes))
    while (answers.bytes > stageBytesMax) this.#change(stage, answers, () => answers.evict())
    while (this.#size > entriesMax || this.#bytes > bytesMax) this.#evictFromLargest()
  }

  flush(stage: string): void {
    const answers = this.#stages.get(stage)
    if (answers !== undefined) this.#drop(stage, answers)
    this.#flushes.delete(stage)
    this.#flushes.set(stage, ++this.#lastFlush)
    if (this.#flushes.size <= this.#limits.flushesMax) return
    for (const [oldest] of this.#flushes) {
      this.#flushes.delete(oldest)
      this.#floor = ++this.#lastFlush
      break
    }
  }

  clear(): void {
    this.#stages.clear()
    this.#flushes.clear()
    this.#bytes = 0
    this.#size = 0
    this.#floor = ++this.#lastFlush
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
    return this.#stages.get(stage)?.bytes ?? 0
  }

  #evictFromLargest(): void {
    const compared = this.#stages.entries().take(STAGES_COMPARED).toArray()
    let [largest] = compared as [(typeof compared)[0]]
    for (const each of compared) {
      if (each[1].bytes > largest[1].bytes) largest = each
      if (this.#stages.size <= STAGES_COMPARED) continue
      // Others are looked at next time.
      this.#stages.delete(each[0])
      this.#stages.set(...each)
    }
    const [stage, answers] = largest
    this.#change(stage, answers, () => answers.evict())
  }

  /** Does something to the answers of a stage, and counts what that changed. */
  #change(stage: string, answers: S3Fifo<Entry<Answer>>, change: () => void): void {
    const { bytes, size } = answers
    change()
    this.#bytes += answers.bytes - bytes
    this.#size += answers.size - size
    if (answers.size === 0) this.#stages.delete(stage)
  }

  #drop(stage: string, answers: S3Fifo<Entry<Answer>>): void {
    this.#stages.delete(stage)
    this.#bytes -= answers.bytes
    this.#size -= answers.size
  }
}

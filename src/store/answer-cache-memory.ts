import type { AnswerCache, Keeping } from '#base/answer-cache.ts'

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
  readonly bytes: number
  /** Since it was last passed over. */
  used: boolean
}

/** What the table of keys and the entry itself take. */
const ENTRY_BYTES = 160
/** So many that are in use are passed over before one goes that is. */
const PASSED_OVER_MAX = 16

/** Answers of one process. Of the oldest, those go first that nobody has asked for again. */
export class MemoryAnswerCache<Answer extends object> implements AnswerCache<Answer> {
  readonly #limits: AnswerCacheLimits
  readonly #entries = new Map<string, Entry<Answer>>()
  /** Stage → number of its last flush. */
  readonly #flushes = new Map<string, number>()
  #lastFlush = 0
  /** Stages that are not among the flushes count as flushed then. */
  #floor = 0
  #bytes = 0

  constructor(limits: Partial<AnswerCacheLimits> = {}) {
    this.#limits = { ...defaultAnswerCacheLimits, ...limits }
  }

  get(stage: string, key: string, nowMs: number): Answer | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresMs <= nowMs || entry.generation !== this.generation(stage)) {
      this.#forget(key, entry)
      return undefined
    }
    entry.used = true
    return entry.answer
  }

  generation(stage: string): number {
    return this.#flushes.get(stage) ?? this.#floor
  }

  set(
    stage: string,
    key: string,
    answer: Answer,
    { generation, nowMs, expiresMs, bytes: own }: Keeping,
  ): void {
    const { entriesMax, bytesMax, entryBytesMax } = this.#limits
    const bytes = own + 2 * key.length + ENTRY_BYTES
    if (generation !== this.generation(stage) || expiresMs <= nowMs) return
    if (bytes > entryBytesMax || bytes > bytesMax || entriesMax < 1) return
    const known = this.#entries.get(key)
    if (known !== undefined) this.#forget(key, known)
    while (this.#entries.size >= entriesMax || this.#bytes + bytes > bytesMax) this.#evict(nowMs)
    this.#entries.set(key, { answer, expiresMs, generation, bytes, used: false })
    this.#bytes += bytes
  }

  flush(stage: string): void {
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
    this.#entries.clear()
    this.#flushes.clear()
    this.#bytes = 0
    this.#floor = ++this.#lastFlush
  }

  /** Answers kept at present, those whose time is over among them. */
  get size(): number {
    return this.#entries.size
  }

  /** What they take, about. */
  get bytes(): number {
    return this.#bytes
  }

  #evict(nowMs: number): void {
    let passedOver = 0
    for (const [key, entry] of this.#entries) {
      if (!entry.used || entry.expiresMs <= nowMs || passedOver++ === PASSED_OVER_MAX) {
        this.#forget(key, entry)
        return
      }
      entry.used = false
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    }
  }

  #forget(key: string, { bytes }: Entry<Answer>): void {
    this.#entries.delete(key)
    this.#bytes -= bytes
  }
}

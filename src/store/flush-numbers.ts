/** How often the answers of stages were flushed: an answer is of the number that it was asked for under. */
export interface FlushNumbers {
  of(stage: string): number
  flush(stage: string): void
  /** All stages are flushed. */
  clear(): void
}

/** Of one process. When there are too many stages, the oldest of them count as flushed with the next. */
export class OwnFlushNumbers implements FlushNumbers {
  readonly #stagesMax: number
  readonly #stages = new Map<string, number>()
  #last = 0
  /** Stages that are not known count as flushed then. */
  #floor = 0

  constructor(stagesMax: number) {
    this.#stagesMax = stagesMax
  }

  of(stage: string): number {
    return this.#stages.get(stage) ?? this.#floor
  }

  flush(stage: string): void {
    this.#stages.delete(stage)
    this.#stages.set(stage, ++this.#last)
    if (this.#stages.size <= this.#stagesMax) return
    for (const [oldest] of this.#stages) {
      this.#stages.delete(oldest)
      this.#floor = ++this.#last
      break
    }
  }

  clear(): void {
    this.#stages.clear()
    this.#floor = ++this.#last
  }
}

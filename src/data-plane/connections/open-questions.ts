import { HolderSilent } from './holder-silent.ts'

/** What a process that was asked is gone with its answer: whether it did what it was asked is not known. */
export const UNANSWERED: unique symbol = Symbol('unanswered')

interface OpenQuestion {
  readonly holder: string
  /** performance.now() */
  readonly untilMs: number
  readonly settle: PromiseWithResolvers<unknown>
}

/** What other processes were asked and have not answered yet. All may take as long, so one timer is enough. */
export class OpenQuestions {
  readonly #timeoutMs: number
  /** By number, the oldest first. */
  readonly #open = new Map<number, OpenQuestion>()
  #lastNumber = 0
  #timer: Timer | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /**
   * @returns the question's number, and its answer: UNANSWERED when the holder is gone
   * @throws HolderSilent by the promise
   */
  ask(holder: string): readonly [number: number, answer: Promise<unknown>] {
    const number = (this.#lastNumber = (this.#lastNumber + 1) >>> 0)
    const settle = Promise.withResolvers<unknown>()
    this.#open.set(number, { holder, untilMs: performance.now() + this.#timeoutMs, settle })
    if (this.#timer === undefined) this.#wait(this.#timeoutMs)
    return [number, settle.promise]
  }

  answered(number: number, answer: unknown): void {
    this.#open.get(number)?.settle.resolve(answer)
    this.#open.delete(number)
  }

  /** It was never asked. */
  forget(number: number): void {
    this.#open.delete(number)
  }

  /** Nobody answers any more what it was asked. */
  gone(holder: string): void {
    for (const [number, { holder: asked }] of this.#open)
      if (asked === holder) this.answered(number, UNANSWERED)
  }

  /** What is asked of others keeps no process from ending. */
  #wait(ms: number): void {
    this.#timer = setTimeout(this.#look, ms)
    this.#timer.unref()
  }

  readonly #look = (): void => {
    this.#timer = undefined
    const nowMs = performance.now()
    for (const [number, { holder, untilMs, settle }] of this.#open) {
      if (untilMs > nowMs) {
        this.#wait(untilMs - nowMs)
        return
      }
      this.#open.delete(number)
      settle.reject(new HolderSilent(holder, `within ${this.#timeoutMs} ms`))
    }
  }
}

/**
 * Whose an answer is: a text, or a SHA-256, eight words that nobody changes any more. Long texts that come with each
 * request, as tokens are, are better asked for by their digests: those are found by comparing 32 bytes.
 */
export type AnswerKey = string | Int32Array

/**
 * Answers that are kept for a while, as a port: those of Lambda authorizers, and those of methods (the stage cache).
 * Answers belong to a stage, which can be flushed; a key says whose an answer is, and is of one stage. An implementation
 * has bounds and may forget any answer at any time; it never gives one under another key, after its time, or from before
 * a flush. Every implementation passes `test/contract/answer-cache.contract.ts`.
 */
export interface AnswerCache<Answer> {
  /**
   * @param stage `{apiId}/{stage}`
   * @param nowMs `steadyMs()`
   * @returns a promise only where answers are kept elsewhere; undefined when there is none
   */
  get(stage: string, key: AnswerKey, nowMs: number): Answer | undefined | Promise<Answer | undefined>
  /** Changes with each flush of the stage. Read before an answer is asked for, given with it to be kept. */
  generation(stage: string): number
  /** Keeps an answer, unless the stage was flushed since it was asked for. Does not throw: an answer is only kept. */
  set(stage: string, key: AnswerKey, answer: Answer, keeping: Keeping): void
  /** Forgets the answers of a stage, also those that are being asked for now. */
  flush(stage: string): void
  /** Forgets everything. */
  clear(): void
  /**
   * Says to other processes that this one asks for an answer that is not kept. Who asks all the same does no harm.
   * @param untilMs when others wait no longer
   * @returns undefined where that cannot be said
   */
  claim?(stage: string, key: AnswerKey, untilMs: number, nowMs: number): AnswerClaim | undefined
}

export type AnswerClaim =
  | { readonly kind: 'ours'; readonly release: () => void }
  /** Another process asks, until then at most: the end names its claim, too. */
  | { readonly kind: 'held'; readonly untilMs: number }

export interface Keeping {
  readonly generation: number
  /** Both by the steady clock. */
  readonly nowMs: number
  readonly expiresMs: number
  /** About what the answer takes in memory. */
  readonly bytes: number
  /** What the stage's answers may take together here; undefined: as much as there is. */
  readonly stageBytesMax?: number | undefined
}

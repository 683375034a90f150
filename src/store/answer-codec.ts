/** Answers as bytes. */
export interface AnswerCodec<Answer> {
  /** Undefined: this one is kept in this process alone. */
  encode(answer: Answer): Uint8Array | undefined
  /**
   * Undefined, or an error: it is none of ours.
   * @param bytes of their own memory, of which the answer may be a part
   */
  decode(bytes: Uint8Array): DecodedAnswer<Answer> | undefined
}

export interface DecodedAnswer<Answer> {
  readonly answer: Answer
  /** About what it takes in memory. */
  readonly bytes: number
}

/** What others have written may be of another version: then it is none. */
export function decoded<Answer>(
  codec: AnswerCodec<Answer>,
  bytes: Uint8Array,
): DecodedAnswer<Answer> | undefined {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}

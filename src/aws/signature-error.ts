/** Why a signature was refused; each protocol has codes of its own for them. */
export type SignatureFailure =
  | 'missing' // no signature at all
  | 'incomplete' // one that cannot be read
  | 'unknown-key'
  | 'expired-token'
  | 'mismatch' // wrong signature, scope or date

/** What a signature was expected over. */
export interface SignedTexts {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

export class SignatureError extends Error {
  readonly failure: SignatureFailure
  /** Of a signature that is not right. */
  readonly expected: SignedTexts | undefined

  constructor(failure: SignatureFailure, message: string, expected?: SignedTexts) {
    super(message)
    this.name = 'SignatureError'
    this.failure = failure
    this.expected = expected
  }
}

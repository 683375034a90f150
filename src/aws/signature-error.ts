/** Why a signature was refused; each protocol has codes of its own for them. */
export type SignatureFailure =
  | 'missing' // no signature at all
  | 'incomplete' // one that cannot be read
  | 'unknown-key'
  | 'expired-token'
  | 'mismatch' // wrong signature, scope or date

export class SignatureError extends Error {
  readonly failure: SignatureFailure

  constructor(failure: SignatureFailure, message: string) {
    super(message)
    this.name = 'SignatureError'
    this.failure = failure
  }
}

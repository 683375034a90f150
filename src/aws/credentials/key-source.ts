import type { SigningKeys } from '../sigv4.ts'

/** Keys that may end. */
export interface ExpiringKeys extends SigningKeys {
  /** Epoch milliseconds; undefined: they stay. */
  readonly expiresAtMs?: number | undefined
}

/** Gets keys, which may take a call or two. @throws CredentialsUnavailable */
export type KeySource = () => Promise<ExpiringKeys>

/** There are no keys to sign with; the message says why, and holds nothing secret. */
export class CredentialsUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'CredentialsUnavailable'
  }
}

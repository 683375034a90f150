/** Who an OpenID Connect token speaks for, once it was verified. */
export interface WebIdentity {
  /** As a trust policy names it: `accounts.example.com`, or the ARN of a provider. */
  readonly provider: string
  /** Issuer without scheme, the prefix of its condition keys: `accounts.example.com`. */
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  /** `amr` and others that trust policies may test. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>
  /** `https://aws.amazon.com/tags`: session tags that the provider gives. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** Whoever verifies tokens: signature, issuer, audience, dates. */
export interface WebIdentities {
  /** @returns undefined, or why not: `invalid` for tokens that are not what they seem, `expired` */
  verify(token: string): Promise<WebIdentity | 'invalid' | 'expired'>
}

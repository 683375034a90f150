/** Who an OpenID Connect token speaks for, once it was verified. */
export interface WebIdentity {
  /** As a trust policy names it: `cognito-identity.amazonaws.com`, or the ARN of a provider. */
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

/**
 * Why a token speaks for nobody. `invalid`: it is not what it seems; `stranger`: no provider of the account made it;
 * `audience`: it is for somebody else; `unavailable`: its issuer's keys cannot be had.
 */
export type WebIdentityFault = 'invalid' | 'expired' | 'stranger' | 'audience' | 'unavailable'

/** Whoever verifies tokens: signature, issuer, audience, dates. */
export interface WebIdentities {
  /** @param account whose providers are believed */
  verify(token: string, account: string): Promise<WebIdentity | WebIdentityFault>
}

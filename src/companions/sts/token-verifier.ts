/** A token whose signature, issuer and dates are right; whom it is for is looked at by whoever asked. */
export interface ProviderToken {
  readonly claims: Readonly<Record<string, unknown>>
  readonly audiences: readonly string[]
}

export type TokenVerdict = ProviderToken | 'foreign' | 'invalid' | 'expired' | 'unavailable'

/** Verifies OpenID Connect tokens by the keys of their issuers: the port to what the data plane has. */
export interface TokenVerifier {
  /**
   * @param provider URL of the issuer, as AWS names it: `https://accounts.example.com`; of user pools, wherever they are,
   *   `https://cognito-idp.{region}.amazonaws.com/{pool}`
   * @returns `foreign`: of another issuer; `unavailable`: its keys cannot be had
   */
  verify(provider: string, token: string): Promise<TokenVerdict>
}

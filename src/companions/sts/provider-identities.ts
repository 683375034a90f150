import { oidcProviders } from '#companions/iam/oidc-providers.ts'
import { readToken } from '#languages/jwt/token.ts'
import type { Store } from '#store/store.ts'
import type { ProviderToken, TokenVerifier } from './token-verifier.ts'
import type { WebIdentities, WebIdentity, WebIdentityFault } from './web-identities.ts'

/** Tokens of one issuer that is no provider of an account: identity pools. */
export interface KnownIssuer {
  /** The `iss` of its tokens. */
  readonly issuer: string
  verify(token: string): Promise<WebIdentity | WebIdentityFault>
}

export interface ProviderIdentitiesOptions {
  readonly store: Store
  readonly verifier: TokenVerifier
  readonly known: KnownIssuer
}

/** Web identities by the OpenID Connect providers that accounts have in IAM, and by issuers that all of them know. */
export function providerIdentities({ store, verifier, known }: ProviderIdentitiesOptions): WebIdentities {
  return {
    async verify(text, account) {
      const issuer = readToken(text)?.claims['iss']
      if (typeof issuer !== 'string') return 'invalid'
      if (issuer === known.issuer) return known.verify(text)
      for (const { arn, url, name, clientIds } of await oidcProviders(store, account)) {
        const verdict = await verifier.verify(url, text)
        if (verdict === 'foreign') continue
        if (typeof verdict === 'string') return verdict
        return identityOf(verdict, arn, name, clientIds)
      }
      return 'stranger'
    },
  }
}

function identityOf(
  { claims, audiences }: ProviderToken,
  provider: string,
  issuer: string,
  clientIds: readonly string[],
): WebIdentity | 'audience' | 'invalid' {
  // Who asked for a token for several: IAM User Guide, "Available keys for AWS OIDC federation".
  const { azp, sub, amr } = claims
  const asked = typeof azp === 'string' ? [azp] : audiences
  const audience = asked.find((one) => clientIds.includes(one))
  if (audience === undefined) return 'audience'
  if (typeof sub !== 'string' || sub === '') return 'invalid'
  const [first] = audiences
  return {
    provider,
    issuer,
    subject: sub,
    audience,
    claims: {
      ...(typeof azp === 'string' && first !== undefined ? { oaud: first } : {}),
      ...(isTexts(amr) ? { amr } : {}),
    },
    tags: principalTags(claims),
  }
}

/** Session tags that a token asks for (IAM User Guide, "Pass session tags in AWS STS"): no more than it has room for. */
export function principalTags(claims: ProviderToken['claims']): Readonly<Record<string, string>> {
  const given = claims['https://aws.amazon.com/tags'] as { readonly principal_tags?: unknown } | undefined
  const tags = given?.principal_tags
  if (typeof tags !== 'object' || tags === null) return {}
  return Object.fromEntries(
    Object.entries(tags).flatMap(([tag, values]: [string, unknown]) => {
      const value: unknown = Array.isArray(values) ? values[0] : values
      return typeof value === 'string' ? [[tag, value]] : []
    }),
  )
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

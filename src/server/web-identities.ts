import type { AwsService } from '#aws/call.ts'
import type { Clock } from '#base/clock.ts'
import { createIdentityPools } from '#companions/cognito-identity/service.ts'
import type { UserPools } from '#companions/cognito-idp/service.ts'
import type { SessionTokens } from '#companions/iam/session-tokens.ts'
import { providerIdentities } from '#companions/sts/provider-identities.ts'
import { createStsService } from '#companions/sts/service.ts'
import type { TokenVerifier } from '#companions/sts/token-verifier.ts'
import { takeRole } from '#companions/sts/web-identity.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'

export interface WebIdentityOptions {
  readonly store: Store
  readonly clock: Clock
  readonly sealer: Sealer
  readonly tokens: SessionTokens
  readonly userPools: Pick<UserPools, 'isSignedIn'>
  readonly verifier: TokenVerifier
}

/** Who gives credentials that expire: STS, and identity pools, of which each takes the other's word. */
export function createWebIdentityServices(options: WebIdentityOptions): readonly AwsService[] {
  const { store, verifier, userPools } = options
  const identityPools = createIdentityPools({
    ...options,
    isSignedIn: (poolId, claims) => userPools.isSignedIn(poolId, claims),
    takeRole: async (identity, request) => (await takeRole(options, identity, request))?.Credentials,
  })
  const webIdentities = providerIdentities({ store, verifier, known: identityPools.issuer })
  return [createStsService({ ...options, webIdentities }), identityPools.service]
}

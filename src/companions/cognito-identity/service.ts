import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { CognitoIdentityOperations } from '#aws/tables/cognito-identity.ts'
import type { KnownIssuer } from '#companions/sts/provider-identities.ts'
import type { IdentityPoolsContext } from './context.ts'
import { credentialOperations } from './credentials.ts'
import { developerOperations } from './developer-identities.ts'
import { identityOperations } from './identities.ts'
import { ISSUER, verifyOwnToken } from './open-id-tokens.ts'
import { poolRoleOperations } from './pool-roles.ts'
import { poolOperations } from './pools.ts'
import { principalTagOperations } from './principal-tags.ts'
import { tagOperations } from './tags.ts'

/** Identity pools: AWS credentials for whoever signed in somewhere, and for guests. */
export interface IdentityPools {
  readonly service: AwsService
  /** Whose tokens STS takes. */
  readonly issuer: KnownIssuer
}

export function createIdentityPools(context: IdentityPoolsContext): IdentityPools {
  return {
    service: defineService<CognitoIdentityOperations>('cognito-identity', {
      ...poolOperations(context),
      ...poolRoleOperations(context),
      ...principalTagOperations(context),
      ...tagOperations(context),
      ...identityOperations(context),
      ...credentialOperations(context),
      ...developerOperations(context),
    }),
    issuer: { issuer: ISSUER, verify: (token) => verifyOwnToken(context, token) },
  }
}

import type { AwsService } from '#aws/call.ts'
import { defineService } from '#aws/define-service.ts'
import type { CognitoIdpOperations } from '#aws/tables/cognito-idp.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { accountOperations } from './account.ts'
import { AttemptLimit } from './attempt-limit.ts'
import { clientOperations } from './clients.ts'
import { findUser, type PoolsContext } from './context.ts'
import { domainOperations } from './domains.ts'
import { createPoolEndpoints, keySetOf } from './endpoints.ts'
import { groupOperations } from './groups.ts'
import { poolTagOperations } from './pool-tags.ts'
import { poolOperations } from './pools.ts'
import { idKey, poolKind } from './records.ts'
import { resourceServerOperations } from './resource-servers.ts'
import { signInOnPage, signInOperations } from './sign-in.ts'
import { issuerOf } from './tokens.ts'
import { userOperations } from './users.ts'

/** User pools: who signs in, and the tokens that say so. */
export interface UserPools {
  readonly service: AwsService
  /** @returns undefined when the request is for none of its addresses */
  serve(request: HttpRequest): Promise<HttpReply> | undefined
  /** Whose tokens are a pool's, and by which keys (JSON Web Key set); undefined: there is no such pool. */
  find(poolId: string): Promise<{ readonly issuer: string; readonly keys: string } | undefined>
  /**
   * Signs a user in by a page of the house's own, as managed login does: whichever flows the client may use itself.
   * @returns whose password it is; why nobody came in, to be shown
   */
  signIn(
    client: { readonly userPoolArn: string; readonly appClientId: string },
    username: string,
    password: string,
  ): Promise<{ readonly reader: string } | { readonly refusal: string }>
  /** Whether the sign-in that a token came of goes on. @param claims of a verified token @returns undefined: no such pool */
  isSignedIn(poolId: string, claims: Readonly<Record<string, unknown>>): Promise<boolean | undefined>
}

export function createUserPools(given: Omit<PoolsContext, 'attempts'>): UserPools {
  const context: PoolsContext = { ...given, attempts: new AttemptLimit(given.clock) }
  return {
    service: defineService<CognitoIdpOperations>('cognito-idp', {
      ...poolOperations(context),
      ...clientOperations(context),
      ...userOperations(context),
      ...groupOperations(context),
      ...resourceServerOperations(context),
      ...domainOperations(context),
      ...poolTagOperations(context),
      ...signInOperations(context),
      ...accountOperations(context),
    }),
    serve: createPoolEndpoints(context),
    async find(poolId) {
      const pool = (await context.store.read(poolKind, idKey(poolId)))?.value
      return pool && { issuer: issuerOf(context, poolId), keys: JSON.stringify(keySetOf(pool)) }
    },
    signIn: (client, username, password) => signInOnPage(context, client, username, password),
    async isSignedIn(poolId, claims) {
      const record = (await context.store.read(poolKind, idKey(poolId)))?.value
      if (record === undefined) return undefined
      const { 'cognito:username': name, sub, origin_jti: origin } = claims
      const user = await findUser(context.store, { id: poolId, record }, String(name))
      return (
        user !== undefined &&
        user.enabled &&
        user.attributes['sub'] === sub &&
        user.sessions.includes(String(origin))
      )
    },
  }
}

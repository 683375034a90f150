import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations } from '#aws/tables/cognito-identity.ts'
import { chooseRole } from './choose-role.ts'
import { findIdentity, type IdentityPoolsContext, type Pool } from './context.ts'
import { badRoles, invalidParameter, notAuthorized } from './errors.ts'
import { guestPolicy } from './guest-policy.ts'
import { credentialsSeconds, openIdTokenSeconds } from './limits.ts'
import { issueToken, webIdentityOf, type PoolClaims } from './open-id-tokens.ts'
import { tagsOf } from './principal-tags.ts'
import { claimIdentity, isGuest } from './resolve-identity.ts'
import { verifyLogins, type VerifiedLogin } from './verify-logins.ts'

/** What somebody gets: a token for STS (the basic flow), or credentials at once (the enhanced one). */
export function credentialOperations(context: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  return {
    async GetOpenIdToken({ IdentityId, Logins }) {
      const { pool, claims, secondsMax } = await present(context, IdentityId, Logins)
      const { AllowClassicFlow } = pool.record.settings
      if (AllowClassicFlow !== true) {
        throw invalidParameter('Basic (classic) flow is not enabled, please use enhanced flow.')
      }
      if (Object.keys(pool.record.roleMappings).length > 0) {
        throw invalidParameter(
          'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
        )
      }
      return {
        IdentityId: claims.identityId,
        Token: issueToken(context, pool, claims, Math.min(openIdTokenSeconds, secondsMax)),
      }
    },

    async GetCredentialsForIdentity({ IdentityId, Logins, CustomRoleArn }) {
      const { pool, claims, logins, comesAsGuest } = await present(context, IdentityId, Logins)
      const credentials = await context.takeRole(webIdentityOf(pool, claims), {
        RoleArn: chooseRole(pool.record, comesAsGuest, logins, CustomRoleArn),
        RoleSessionName: 'CognitoIdentityCredentials',
        DurationSeconds: credentialsSeconds,
        Policy: comesAsGuest ? guestPolicy : undefined,
      })
      if (credentials === undefined) throw badRoles()
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials
      return {
        IdentityId: claims.identityId,
        Credentials: { AccessKeyId, SecretKey: SecretAccessKey, SessionToken, Expiration },
      }
    },
  }
}

interface Present {
  readonly pool: Pool
  readonly claims: PoolClaims
  readonly logins: readonly VerifiedLogin[]
  readonly comesAsGuest: boolean
  /** Of a token for who came with one: it is not to be made longer by itself. */
  readonly secondsMax: number
}

/** Somebody who says who they are, and proves it. @throws AwsError */
async function present(
  context: IdentityPoolsContext,
  identityId: string,
  given: Readonly<Record<string, string>> | undefined,
): Promise<Present> {
  const { store } = context
  const { pool } = await findIdentity(store, identityId)
  const { logins, own } = await verifyLogins(context, pool, given)
  const forbidden = notAuthorized(`Access to Identity '${identityId}' is forbidden.`)
  if (own !== undefined && own.identityId !== identityId) throw forbidden
  const identity = await store.transact(async (tx) => {
    const found = (await findIdentity(tx, identityId)).identity
    if (logins.length > 0) return claimIdentity(context, tx, pool, found, logins, own !== undefined)
    if (own === undefined && !isGuest(found.record)) throw forbidden
    return found
  })
  const comesAsGuest = logins.length === 0 && own === undefined
  if (comesAsGuest && !pool.record.settings.AllowUnauthenticatedIdentities) {
    throw notAuthorized('Unauthenticated access is not supported for this identity pool.')
  }
  const methods = logins.flatMap(({ provider, amr }) => [provider, amr])
  const amr = comesAsGuest ? ['unauthenticated'] : [...(own?.amr ?? ['authenticated']), ...methods]
  const tags = { ...own?.tags, ...tagsOf(pool.record, logins) }
  const claims = { identityId: identity.id, amr, tags }
  return { pool, claims, logins, comesAsGuest, secondsMax: own?.secondsLeft ?? Infinity }
}

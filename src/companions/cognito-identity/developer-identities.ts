import { AwsError } from '#aws/error.ts'
import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations } from '#aws/tables/cognito-identity.ts'
import { pageOf } from '#companions/cognito-idp/paging.ts'
import { readIdentity, readPool, type IdentityPoolsContext, type Pool } from './context.ts'
import { conflict, invalidParameter, notAuthorized } from './errors.ts'
import { developerTokenSecondsDefault, developerTokenSecondsMax, tagsMax } from './limits.ts'
import { issueToken } from './open-id-tokens.ts'
import { tagsOf } from './principal-tags.ts'
import type { Login } from './records.ts'
import { claimIdentity, identityFor, link, ownersOf, removeIdentity, unlink } from './resolve-identity.ts'
import { verifyLogins } from './verify-logins.ts'

const pageItems = 60

/** Users whom the pool's owner vouches for by its own signature. Developer guide, "Developer-authenticated identities". */
export function developerOperations(context: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  const { store, clock } = context
  return {
    async GetOpenIdTokenForDeveloperIdentity(input, call) {
      const { IdentityId, Logins, PrincipalTags = {}, TokenDuration = developerTokenSecondsDefault } = input
      if (TokenDuration < 1 || TokenDuration > developerTokenSecondsMax) {
        throw invalidParameter(
          `TokenDuration is from 1 to ${developerTokenSecondsMax}, found ${TokenDuration}`,
        )
      }
      if (Object.keys(PrincipalTags).length > tagsMax) {
        throw invalidParameter(`There are ${tagsMax} principal tags at most`)
      }
      const pool = await readPool(store, call, input.IdentityPoolId)
      const name = developerName(pool)
      const { [name]: user, ...others } = Logins
      if (user === undefined) {
        throw invalidParameter(`Expected a login of ${name}, found ${Object.keys(Logins).join(', ')}`)
      }
      const verified = await verifyLogins(context, pool, others)
      const login: Login = { provider: name, subject: user }
      const logins = [login, ...verified.logins]
      const identity = await store.transact(async (tx) => {
        if (IdentityId === undefined) return identityFor(context, tx, pool, logins)
        const { identity: known } = await readIdentity(tx, call, IdentityId)
        if (known.record.poolId !== pool.id) throw invalidParameter('The identity is of another pool.')
        const [owner] = await ownersOf(tx, pool, [login])
        if (owner === undefined) return link(tx, pool, known, logins, clock.now())
        if (owner !== known.id) throw registeredAlready()
        return claimIdentity(context, tx, pool, known, logins, true)
      })
      const methods = verified.logins.flatMap(({ provider, amr }) => [provider, amr])
      const claims = {
        identityId: identity.id,
        amr: ['authenticated', name, `${name}:${pool.id}:${user}`, ...methods],
        tags: { ...tagsOf(pool.record, verified.logins), ...PrincipalTags },
      }
      return { IdentityId: identity.id, Token: issueToken(context, pool, claims, TokenDuration) }
    },

    async LookupDeveloperIdentity(input, call) {
      const { IdentityId, DeveloperUserIdentifier, MaxResults = pageItems, NextToken } = input
      const pool = await readPool(store, call, input.IdentityPoolId)
      const provider = developerName(pool)
      if (IdentityId === undefined && DeveloperUserIdentifier === undefined) {
        throw invalidParameter('Expected an IdentityId, a DeveloperUserIdentifier, or both')
      }
      const [owner] =
        DeveloperUserIdentifier === undefined
          ? [IdentityId]
          : await ownersOf(store, pool, [{ provider, subject: DeveloperUserIdentifier }])
      if (owner === undefined) throw userNotFound(DeveloperUserIdentifier ?? '')
      if (IdentityId !== undefined && IdentityId !== owner) {
        throw conflict('The developer user is of another identity.')
      }
      const { identity } = await readIdentity(store, call, owner)
      const users = identity.record.logins.filter((one) => one.provider === provider)
      const { items, next } = pageOf(users, ({ subject }) => subject, NextToken, MaxResults)
      return {
        IdentityId: owner,
        DeveloperUserIdentifierList: items.map(({ subject }) => subject),
        NextToken: next,
      }
    },

    /** The source's logins become the destination's; the source is no more. */
    async MergeDeveloperIdentities(input, call) {
      const { SourceUserIdentifier, DestinationUserIdentifier, DeveloperProviderName } = input
      const pool = await readPool(store, call, input.IdentityPoolId)
      checkName(pool, DeveloperProviderName)
      const users = [SourceUserIdentifier, DestinationUserIdentifier]
      const id = await store.transact(async (tx) => {
        const logins = users.map((subject) => ({ provider: DeveloperProviderName, subject }))
        const [from, to] = await ownersOf(tx, pool, logins)
        if (from === undefined) throw userNotFound(SourceUserIdentifier)
        if (to === undefined) throw userNotFound(DestinationUserIdentifier)
        if (from === to) throw invalidParameter('Both users are of the same identity.')
        const source = (await readIdentity(tx, call, from)).identity
        const destination = (await readIdentity(tx, call, to)).identity
        removeIdentity(tx, pool, source)
        link(tx, pool, destination, source.record.logins, clock.now())
        return to
      })
      return { IdentityId: id }
    },

    async UnlinkDeveloperIdentity(input, call) {
      const { IdentityId, DeveloperProviderName, DeveloperUserIdentifier } = input
      const pool = await readPool(store, call, input.IdentityPoolId)
      checkName(pool, DeveloperProviderName)
      await store.transact(async (tx) => {
        const { identity } = await readIdentity(tx, call, IdentityId)
        const login = { provider: DeveloperProviderName, subject: DeveloperUserIdentifier }
        const [owner] = await ownersOf(tx, pool, [login])
        if (owner !== IdentityId) throw userNotFound(DeveloperUserIdentifier)
        unlink(tx, pool, identity, [login], clock.now())
      })
      return {}
    },
  }
}

function developerName({ record }: Pool): string {
  const name = record.settings.DeveloperProviderName
  if (name === undefined) throw notAuthorized('The identity pool has no developer provider.')
  return name
}

function checkName(pool: Pool, given: string): void {
  const name = developerName(pool)
  if (given !== name) throw invalidParameter(`Expected the developer provider ${name}, found ${given}`)
}

function registeredAlready(): AwsError {
  return new AwsError(
    'DeveloperUserAlreadyRegisteredException',
    'The developer user is linked to another identity.',
    400,
  )
}

function userNotFound(user: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Developer user '${user}' not found.`, 400)
}

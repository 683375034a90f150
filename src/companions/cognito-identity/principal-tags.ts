import type { Handlers } from '#aws/call.ts'
import type {
  CognitoIdentityOperations,
  GetPrincipalTagAttributeMapResponse,
} from '#aws/tables/cognito-identity.ts'
import { readPool, type IdentityPoolsContext } from './context.ts'
import { invalidParameter } from './errors.ts'
import { tagsMax } from './limits.ts'
import { idKey, poolKind, type PoolRecord, type PrincipalTagMap } from './records.ts'

/** Claims that become tags of sessions. Developer guide of Amazon Cognito, "Using attributes for access control". */
export function principalTagOperations({ store }: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  return {
    async SetPrincipalTagAttributeMap(input, call) {
      const { IdentityPoolId, IdentityProviderName, UseDefaults = false, PrincipalTags = {} } = input
      if (Object.keys(PrincipalTags).length > tagsMax) {
        throw invalidParameter(`There are ${tagsMax} principal tags at most`)
      }
      const map: PrincipalTagMap = {
        useDefaults: UseDefaults,
        tags: UseDefaults ? DEFAULTS : PrincipalTags,
      }
      await store.transact(async (tx) => {
        const { record } = await readPool(tx, call, IdentityPoolId)
        const principalTags = { ...record.principalTags, [IdentityProviderName]: map }
        tx.write(poolKind, idKey(IdentityPoolId), { ...record, principalTags })
      })
      return shown(IdentityPoolId, IdentityProviderName, map)
    },

    async GetPrincipalTagAttributeMap({ IdentityPoolId, IdentityProviderName }, call) {
      const { principalTags } = (await readPool(store, call, IdentityPoolId)).record
      const map = principalTags[IdentityProviderName] ?? { useDefaults: false, tags: {} }
      return shown(IdentityPoolId, IdentityProviderName, map)
    },
  }
}

const DEFAULTS: PrincipalTagMap['tags'] = { username: 'sub', client: 'aud' }

/** Session tags of somebody with these logins; values that no tag can have are left out. */
export function tagsOf(
  { principalTags }: Pick<PoolRecord, 'principalTags'>,
  logins: readonly {
    readonly names: readonly string[]
    readonly claims: Readonly<Record<string, unknown>>
  }[],
): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {}
  for (const { names, claims } of logins) {
    const map = names.map((name) => principalTags[name]).find((one) => one !== undefined)
    for (const [tag, claim] of Object.entries(map?.tags ?? {})) {
      const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
      if (typeof value === 'string' && TAG_VALUE.test(value)) tags[tag] = value
    }
  }
  return tags
}

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u

function shown(
  IdentityPoolId: string,
  IdentityProviderName: string,
  { useDefaults, tags }: PrincipalTagMap,
): GetPrincipalTagAttributeMapResponse {
  return { IdentityPoolId, IdentityProviderName, UseDefaults: useDefaults, PrincipalTags: tags }
}

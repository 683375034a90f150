import type { Handlers } from '#aws/call.ts'
import type { CognitoIdentityOperations, RoleMapping } from '#aws/tables/cognito-identity.ts'
import { readPool, type IdentityPoolsContext } from './context.ts'
import { invalidParameter } from './errors.ts'
import { rulesPerMappingMax } from './limits.ts'
import { idKey, poolKind, type PoolRecord } from './records.ts'

/** Which roles a pool gives, and to whom. */
export function poolRoleOperations({ store }: IdentityPoolsContext): Handlers<CognitoIdentityOperations> {
  return {
    async SetIdentityPoolRoles({ IdentityPoolId, Roles, RoleMappings = {} }, call) {
      checkRoles(Roles)
      for (const [provider, mapping] of Object.entries(RoleMappings)) checkMapping(provider, mapping)
      await store.transact(async (tx) => {
        const { record } = await readPool(tx, call, IdentityPoolId)
        tx.write(poolKind, idKey(IdentityPoolId), { ...record, roles: Roles, roleMappings: RoleMappings })
      })
      return {}
    },

    async GetIdentityPoolRoles({ IdentityPoolId }, call) {
      const { roles, roleMappings } = (await readPool(store, call, IdentityPoolId)).record
      const hasMappings = Object.keys(roleMappings).length > 0
      return { IdentityPoolId, Roles: roles, RoleMappings: hasMappings ? roleMappings : undefined }
    },
  }
}

const ROLE_ARN = /^arn:aws:iam::\d{12}:role\/[!-~]+$/

function checkRoles(roles: PoolRecord['roles']): void {
  for (const [type, arn] of Object.entries(roles)) {
    if (type !== 'authenticated' && type !== 'unauthenticated') {
      throw invalidParameter(`Expected roles of authenticated and unauthenticated, found ${type}`)
    }
    checkRole(arn)
  }
}

function checkRole(arn: string): void {
  if (!ROLE_ARN.test(arn)) throw invalidParameter(`Expected the ARN of a role, found ${arn}`)
}

function checkMapping(
  provider: string,
  { Type, AmbiguousRoleResolution, RulesConfiguration }: RoleMapping,
): void {
  if (AmbiguousRoleResolution === undefined) {
    throw invalidParameter(`AmbiguousRoleResolution is needed of the role mapping of ${provider}`)
  }
  const rules = RulesConfiguration?.Rules ?? []
  if ((Type === 'Rules') !== rules.length > 0) {
    throw invalidParameter(`A role mapping of type Rules has rules, one of type Token none: see ${provider}`)
  }
  if (rules.length > rulesPerMappingMax) {
    throw invalidParameter(`A role mapping has ${rulesPerMappingMax} rules at most`)
  }
  for (const { RoleARN } of rules) checkRole(RoleARN)
}

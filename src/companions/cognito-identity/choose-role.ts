import type { MappingRule, RoleMapping } from '#aws/tables/cognito-identity.ts'
import { badRoles, notAuthorized } from './errors.ts'
import type { PoolRecord } from './records.ts'

/** A login as far as roles depend on it. */
export interface RoleClaims {
  readonly mappingName: string
  readonly names: readonly string[]
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Which role somebody gets. Developer guide of Amazon Cognito, "Using role-based access control".
 * @param logins the first counts that has a mapping; none: a guest
 * @param custom that the caller asks for, among those of the token
 * @throws AwsError
 */
export function chooseRole(
  { roles, roleMappings }: Pick<PoolRecord, 'roles' | 'roleMappings'>,
  isGuest: boolean,
  logins: readonly RoleClaims[],
  custom: string | undefined,
): string {
  const fallback = roles[isGuest ? 'unauthenticated' : 'authenticated']
  for (const { mappingName, names, claims } of logins) {
    const mapping = [mappingName, ...names].map((name) => roleMappings[name]).find((one) => one !== undefined)
    if (mapping === undefined) continue
    const mapped = mapping.Type === 'Token' ? byToken(claims, custom) : byRules(mapping, claims, custom)
    if (mapped !== undefined) return mapped
    if (mapping.AmbiguousRoleResolution === 'Deny') {
      throw notAuthorized(
        'No role of the token and no rule says which role to take, and ambiguity is denied.',
      )
    }
    return fallback ?? missing()
  }
  if (custom !== undefined) throw notAuthorized('A custom role needs a role mapping of type Token.')
  return fallback ?? missing()
}

function missing(): never {
  throw badRoles()
}

function byToken(claims: RoleClaims['claims'], custom: string | undefined): string | undefined {
  const { 'cognito:roles': roles, 'cognito:preferred_role': preferred } = claims
  if (custom !== undefined) {
    if (Array.isArray(roles) && roles.includes(custom)) return custom
    throw notAuthorized('The custom role is none of the token.')
  }
  return typeof preferred === 'string' ? preferred : undefined
}

function byRules(
  { RulesConfiguration }: RoleMapping,
  claims: RoleClaims['claims'],
  custom: string | undefined,
): string | undefined {
  if (custom !== undefined) throw notAuthorized('A custom role needs a role mapping of type Token.')
  return RulesConfiguration?.Rules.find((rule) => matches(rule, claims))?.RoleARN
}

const MATCHES: Readonly<Record<MappingRule['MatchType'], (found: string, expected: string) => boolean>> = {
  Equals: (found, expected) => found === expected,
  NotEqual: (found, expected) => found !== expected,
  StartsWith: (found, expected) => found.startsWith(expected),
  Contains: (found, expected) => found.includes(expected),
}

/** Of a list any value will do, and no value may be what must not be there. A claim that is missing matches nothing. */
function matches({ Claim, MatchType, Value }: MappingRule, claims: RoleClaims['claims']): boolean {
  const found = Object.hasOwn(claims, Claim) ? claims[Claim] : undefined
  if (found === undefined || found === null) return false
  const values = (Array.isArray(found) ? found : [found]).map((value) => String(value))
  const test = (value: string): boolean => MATCHES[MatchType](value, Value)
  return MatchType === 'NotEqual' ? values.every(test) : values.some(test)
}

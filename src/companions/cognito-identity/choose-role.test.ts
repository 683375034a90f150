import { expect, test } from 'bun:test'
import type { RoleMapping } from '#aws/tables/cognito-identity.ts'
import { chooseRole } from './choose-role.ts'

// Developer guide of Amazon Cognito, "Using role-based access control".

const roles = { authenticated: 'user', unauthenticated: 'guest' }
const mappingName = 'pool:web'
const byToken: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' }
const strict: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'Deny' }
const rule = (Claim: string, MatchType: 'Equals' | 'NotEqual' | 'StartsWith' | 'Contains', Value: string) =>
  ({
    Type: 'Rules',
    AmbiguousRoleResolution: 'Deny',
    RulesConfiguration: {
      Rules: [{ Claim, MatchType, Value, RoleARN: 'mapped' }],
    },
  }) as const
const claims = {
  'cognito:roles': ['a', 'b'],
  'cognito:preferred_role': 'a',
  team: 'pets',
  groups: ['x', 'yz'],
}
const one = { 'cognito:roles': ['b'] }

test.each<[mapping: RoleMapping | undefined, claims: object, custom: string | undefined, chosen: string]>([
  [undefined, claims, undefined, 'user'],
  [undefined, claims, 'a', 'refused'],
  [byToken, claims, undefined, 'a'],
  [byToken, claims, 'b', 'b'],
  [byToken, claims, 'c', 'refused'],
  [byToken, {}, 'b', 'refused'],
  [byToken, one, undefined, 'user'],
  [strict, one, undefined, 'refused'],
  [strict, {}, undefined, 'refused'],
  [rule('team', 'Equals', 'pets'), claims, undefined, 'mapped'],
  [rule('team', 'Equals', 'Pets'), claims, undefined, 'refused'],
  [rule('team', 'NotEqual', 'cars'), claims, undefined, 'mapped'],
  [rule('team', 'StartsWith', 'pe'), claims, undefined, 'mapped'],
  [rule('team', 'Contains', 'et'), claims, undefined, 'mapped'],
  [rule('groups', 'Contains', 'z'), claims, undefined, 'mapped'],
  [rule('groups', 'Equals', 'x'), claims, undefined, 'mapped'],
  [rule('groups', 'NotEqual', 'x'), claims, undefined, 'refused'],
  [rule('missing', 'NotEqual', 'x'), claims, undefined, 'refused'],
  [rule('team', 'Equals', 'pets'), claims, 'a', 'refused'],
])('%j with %j, asked for %p, is %s', (mapping, given, custom, chosen) => {
  const roleMappings = mapping === undefined ? {} : { [mappingName]: mapping }
  const login = { mappingName, names: ['pool'], claims: { ...given } }
  const choose = (): string => {
    try {
      return chooseRole({ roles, roleMappings }, false, [login], custom)
    } catch {
      return 'refused'
    }
  }
  expect(choose()).toBe(chosen)
})

test('a guest gets the role of guests', () => {
  expect(chooseRole({ roles, roleMappings: {} }, true, [], undefined)).toBe('guest')
  expect(() => chooseRole({ roles: {}, roleMappings: {} }, true, [], undefined)).toThrow(
    'Check assigned IAM roles',
  )
})

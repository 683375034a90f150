import type { CallToAuthorize, Permission } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { SetIdentityPoolRolesInput } from '#aws/tables/cognito-identity.ts'
import { decodePercent } from '#aws/raw-target.ts'
import { functionArn, parseFunctionName } from '#companions/lambda/function-name.ts'
import type { Store } from '#store/store.ts'
import { holderKinds, type HolderNoun } from './iam-context.ts'
import { arnOf, nameKey, type Holder } from './records.ts'

type NeededBy = (
  call: CallToAuthorize,
  store: Store,
) => readonly Permission[] | Promise<readonly Permission[]>

/** By the service's signing name. Service Authorization Reference, "Actions, resources, and condition keys". */
const services: Readonly<Record<string, NeededBy>> = {
  // The paths of version 2 begin with it, its ARNs do not: `/apis/{id}/routes`.
  apigateway: (call) => [
    {
      action: `apigateway:${call.method}`,
      resource: `arn:aws:apigateway:${call.region}::${plainPath(call.path).replace(/^\/v2(?=\/)/, '')}`,
    },
    ...passedRoles(call),
  ],
  lambda: (call) => [
    { action: `lambda:${LAMBDA_ACTIONS[call.operation] ?? call.operation}`, resource: functionOf(call) },
    ...passedRoles(call),
  ],
  iam: async (call, store) => {
    const resource = await entityOf(call, store)
    const action = `iam:${call.operation}`
    return [resource, ...newNameOf(call, resource)].map((each) => ({ action, resource: each }))
  },
  'cognito-identity': (call) => {
    const { operation, input } = call
    if (IDENTITY_POOLS_FREE.has(operation)) return []
    return [
      { action: `cognito-identity:${operation}`, resource: poolOf(call, 'identitypool', 'IdentityPoolId') },
      ...passed(rolesOfPool(input)),
    ]
  },
  'cognito-idp': (call) => [
    { action: `cognito-idp:${call.operation}`, resource: poolOf(call, 'userpool', 'UserPoolId') },
    ...passedRoles(call),
  ],
  sts: ({ operation }) => (STS_FREE.has(operation) ? [] : [{ action: `sts:${operation}`, resource: '*' }]),
}

export function neededPermissions(
  call: CallToAuthorize,
  store: Store,
): readonly Permission[] | Promise<readonly Permission[]> {
  const { signingName, operation } = call
  const needed = Object.hasOwn(services, signingName) ? services[signingName] : undefined
  return (
    needed?.(call, store) ?? [{ action: `${signingName}:${operation}`, resource: '*' }, ...passedRoles(call)]
  )
}

/** Operations whose action has another name. */
const LAMBDA_ACTIONS: Readonly<Record<string, string>> = {
  Invoke: 'InvokeFunction',
  InvokeWithResponseStream: 'InvokeFunction',
}

/** For users, who sign nothing: tokens speak for them. */
const IDENTITY_POOLS_FREE: ReadonlySet<string> = new Set([
  'GetCredentialsForIdentity',
  'GetId',
  'GetOpenIdToken',
  'UnlinkIdentity',
])

/** Everybody may ask who they are; a role says itself who may take it. */
const STS_FREE: ReadonlySet<string> = new Set([
  'GetCallerIdentity',
  'GetSessionToken',
  'AssumeRole',
  'AssumeRoleWithWebIdentity',
])

/** However a path was written, policies see one form of it: `/tags/arn%3Aaws%3A…`. */
function plainPath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  return `/${segments.map((segment) => encodeURIComponent(decodePercent(segment) ?? segment)).join('/')}`
}

function functionOf(call: CallToAuthorize): string {
  const { FunctionName, Resource } = call.input
  if (typeof Resource === 'string') return Resource
  if (typeof FunctionName !== 'string') return '*'
  try {
    return functionArn(parseFunctionName(FunctionName, undefined, call))
  } catch (error) {
    // Nobody's: what is wrong with it is told to those who may know.
    if (error instanceof AwsError) return '*'
    throw error
  }
}

function poolOf(
  { region, account, signingName, input }: CallToAuthorize,
  noun: string,
  member: string,
): string {
  const { [member]: id, ResourceArn } = input
  if (typeof id === 'string') return `arn:aws:${signingName}:${region}:${account}:${noun}/${id}`
  return typeof ResourceArn === 'string' ? ResourceArn : '*'
}

/** Those of an identity pool, and those that its mappings give. */
function rolesOfPool(input: CallToAuthorize['input']): readonly string[] {
  const { Roles = {}, RoleMappings = {} } = input as Partial<SetIdentityPoolRolesInput>
  const rules = Object.values(RoleMappings).flatMap(
    ({ RulesConfiguration }) => RulesConfiguration?.Rules ?? [],
  )
  return [...Object.values(Roles), ...rules.map(({ RoleARN }) => RoleARN)]
}

/**
 * Members that give a service a role, by signing name; the last part of a patch path is such a member, too. Roles inside
 * documents, and those that stage variables make up, are asked for by the operations that read them.
 */
const ROLE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  apigateway: [
    'credentials',
    'authorizerCredentials',
    'cloudwatchRoleArn',
    'CredentialsArn',
    'AuthorizerCredentialsArn',
  ],
  lambda: ['Role'],
  'cognito-idp': ['RoleArn'],
}

/** Who has a service act in the name of a role must be allowed to give it that role. */
function passedRoles({ signingName, input }: CallToAuthorize): Permission[] {
  const members = ROLE_MEMBERS[signingName] ?? []
  const names = new Set(members.map((member) => member.toLowerCase()))
  const { patchOperations } = input
  // Not checked yet: it may be anything.
  const patches: readonly unknown[] = Array.isArray(patchOperations) ? patchOperations : []
  const given = [
    ...members.map((member) => input[member]),
    ...patches.map((patch) => patchedValue(patch, names)),
  ]
  return passed(given)
}

function passed(given: readonly unknown[]): Permission[] {
  return given.filter(isRole).map((resource) => ({ action: 'iam:PassRole', resource }))
}

/** What a patch gives one of these members. */
function patchedValue(patch: unknown, names: ReadonlySet<string>): unknown {
  if (typeof patch !== 'object' || patch === null || !('path' in patch) || !('value' in patch))
    return undefined
  const { path, value } = patch
  const isMember = typeof path === 'string' && names.has(path.slice(path.lastIndexOf('/') + 1).toLowerCase())
  return isMember ? value : undefined
}

/** What a stage variable makes a role of is one: policies see the text as it is written. */
function isRole(value: unknown): value is string {
  return typeof value === 'string' && (ROLE_ARN.test(value) || value.includes('${stageVariables.'))
}

const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/./

/** Lists are asked for below a path. */
const LISTS: Readonly<Record<string, string>> = {
  ListUsers: 'user',
  ListGroups: 'group',
  ListRoles: 'role',
  ListPolicies: 'policy',
}
const NAMES: readonly (readonly [member: string, noun: HolderNoun])[] = [
  ['GroupName', 'group'],
  ['RoleName', 'role'],
  ['UserName', 'user'],
]
/** Operations that are about the caller where they name no user. */
const OWN = /^(?:GetUser|(?:Create|List|Update|Delete)AccessKeys?)$/

/** Who renames must be allowed what comes out, too. */
function newNameOf({ account, input }: CallToAuthorize, resource: string): string[] {
  const { NewUserName, NewGroupName, NewPath } = input as Readonly<Record<string, string | undefined>>
  const [, noun = '', path = '/', name = ''] =
    /^arn:aws:iam::\d{12}:(\w+)(\/(?:.*\/)?)([^/]*)$/.exec(resource) ?? []
  const isRenamed = NewUserName !== undefined || NewGroupName !== undefined || NewPath !== undefined
  return isRenamed
    ? [`arn:aws:iam::${account}:${noun}${NewPath ?? path}${NewUserName ?? NewGroupName ?? name}`]
    : []
}

async function entityOf(call: CallToAuthorize, store: Store): Promise<string> {
  const { account, operation, principal } = call
  const input = call.input as Readonly<Record<string, string | undefined>>
  const list = LISTS[operation]
  if (list !== undefined) return `arn:aws:iam::${account}:${list}${input['PathPrefix'] ?? '/'}`
  for (const [member, noun] of NAMES) {
    const name = input[member]
    if (name === undefined) continue
    const found = (await store.read<Holder>(holderKinds[noun], nameKey(account, name)))?.value
    return arnOf(noun, account, found ?? { name, path: input['Path'] ?? '/' })
  }
  if (input['PolicyName'] !== undefined && input['PolicyArn'] === undefined) {
    return arnOf('policy', account, { name: input['PolicyName'], path: input['Path'] ?? '/' })
  }
  return (
    input['PolicyArn'] ??
    input['PolicySourceArn'] ??
    input['OpenIDConnectProviderArn'] ??
    (OWN.test(operation) ? principal.arn : '*')
  )
}

import type { CallToAuthorize } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { decodePercent } from '#aws/raw-target.ts'
import { functionArn, parseFunctionName } from '#companions/lambda/function-name.ts'
import type { Store } from '#store/store.ts'
import { holderKinds, type HolderNoun } from './iam-context.ts'
import { arnOf, nameKey, type Holder } from './records.ts'

/** What a caller must be allowed, to be served. */
export interface Permission {
  /** `apigateway:POST` */
  readonly action: string
  /** ARN, or `*`. */
  readonly resource: string
}

type NeededBy = (
  call: CallToAuthorize,
  store: Store,
) => readonly Permission[] | Promise<readonly Permission[]>

/** By the service's signing name. Service Authorization Reference, "Actions, resources, and condition keys". */
const services: Readonly<Record<string, NeededBy>> = {
  // The paths of version 2 begin with it, its ARNs do not: `/apis/{id}/routes`.
  apigateway: ({ method, path, region, input }) => [
    {
      action: `apigateway:${method}`,
      resource: `arn:aws:apigateway:${region}::${plainPath(path).replace(/^\/v2(?=\/)/, '')}`,
    },
    ...passedRoles(input),
  ],
  lambda: (call) => [
    { action: `lambda:${LAMBDA_ACTIONS[call.operation] ?? call.operation}`, resource: functionOf(call) },
    ...passedRoles(call.input),
  ],
  iam: async (call, store) => {
    const resource = await entityOf(call, store)
    const action = `iam:${call.operation}`
    return [resource, ...newNameOf(call, resource)].map((each) => ({ action, resource: each }))
  },
  sts: ({ operation }) => (STS_FREE.has(operation) ? [] : [{ action: `sts:${operation}`, resource: '*' }]),
}

export function neededPermissions(
  call: CallToAuthorize,
  store: Store,
): readonly Permission[] | Promise<readonly Permission[]> {
  const { signingName, operation } = call
  const needed = Object.hasOwn(services, signingName) ? services[signingName] : undefined
  return needed?.(call, store) ?? [{ action: `${signingName}:${operation}`, resource: '*' }]
}

/** Operations whose action has another name. */
const LAMBDA_ACTIONS: Readonly<Record<string, string>> = {
  Invoke: 'InvokeFunction',
  InvokeWithResponseStream: 'InvokeFunction',
}

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

const ROLE_MEMBERS = [
  'Role',
  'credentials',
  'authorizerCredentials',
  'CredentialsArn',
  'AuthorizerCredentialsArn',
]
const ROLE_ARN = /^arn:aws:iam::\d{12}:role\/./

/** Who has a service act in the name of a role must be allowed to give it that role. */
function passedRoles(input: Readonly<Record<string, unknown>>): Permission[] {
  const patches = (input['patchOperations'] ?? []) as readonly { path?: string; value?: string }[]
  const given = [
    ...ROLE_MEMBERS.map((member) => input[member]),
    ...patches.filter(({ path }) => /credentials$/i.test(path ?? '')).map(({ value }) => value),
  ]
  return given
    .filter((role): role is string => typeof role === 'string' && ROLE_ARN.test(role))
    .map((resource) => ({ action: 'iam:PassRole', resource }))
}

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
  return input['PolicyArn'] ?? input['PolicySourceArn'] ?? (OWN.test(operation) ? principal.arn : '*')
}

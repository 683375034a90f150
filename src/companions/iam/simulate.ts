import type { PolicyText } from '#base/caller.ts'
import type { Handlers } from '#aws/call.ts'
import type {
  ContextEntry,
  EvaluationResult,
  IamOperations,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  Statement as MatchedStatement,
} from '#aws/tables/iam.ts'
import { authorize, type Authorization, type PolicySet } from '#languages/policy/authorize.ts'
import { requestContext, type RequestPrincipal } from '#languages/policy/request.ts'
import { policiesOf, policiesOfRole, policiesOfUser, type EffectivePolicies } from './effective-policies.ts'
import { readHolder, type IamContext } from './iam-context.ts'
import { invalidInput } from './iam-error.ts'
import { pageOf } from './paging.ts'
import { checkPolicyDocument, compileDocument } from './policy-document.ts'

/** What would be decided, without anything done: IAM User Guide, "IAM policy testing with the IAM policy simulator". */
export function simulationOperations({ store }: IamContext): Handlers<IamOperations> {
  return {
    SimulateCustomPolicy: (input, { account }) =>
      simulate(input, account, {
        identity: given(input.PolicyInputList, 'PolicyInputList'),
        boundary: undefined,
      }),

    async SimulatePrincipalPolicy(input, { account }) {
      const own = await policiesBehind(input.PolicySourceArn, account)
      const more = given(input.PolicyInputList, 'PolicyInputList')
      const CallerArn = input.CallerArn ?? input.PolicySourceArn
      const policies = { identity: [...own.identity, ...more], boundary: own.boundary }
      return simulate({ ...input, CallerArn, PolicyInputList: [] }, account, policies)
    },
  }

  async function policiesBehind(arn: string, account: string): Promise<EffectivePolicies> {
    const [, owner, noun, name = ''] =
      /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
    if (owner !== account) throw invalidInput(`Invalid Entity Arn: ${arn}`)
    switch (noun) {
      case 'user':
        return policiesOfUser(store, account, await readHolder(store, 'user', account, name))
      case 'role':
        return policiesOfRole(store, account, await readHolder(store, 'role', account, name))
      default: {
        const group = await readHolder(store, 'group', account, name)
        return { identity: await policiesOf(store, account, 'group', group), boundary: undefined }
      }
    }
  }
}

function given(documents: readonly string[] | undefined, name: string): PolicyText[] {
  return (documents ?? []).map((document, at) => {
    checkPolicyDocument(document, 'identity')
    return { id: `${name}.${at + 1}`, source: 'none', document }
  })
}

function simulate(
  input: SimulateCustomPolicyRequest,
  account: string,
  { identity, boundary }: EffectivePolicies,
): SimulatePolicyResponse {
  const { ResourcePolicy, ActionNames, ResourceArns = ['*'] } = input
  const bounds = given(input.PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList')
  if (ResourcePolicy !== undefined) checkPolicyDocument(ResourcePolicy, 'resource')
  const limit = bounds[0]?.document ?? boundary
  const policies: PolicySet = {
    identity: identity.map(({ document }) => compileDocument(document, 'identity')),
    resource: ResourcePolicy === undefined ? undefined : compileDocument(ResourcePolicy, 'resource'),
    boundary: limit === undefined ? undefined : compileDocument(limit, 'identity'),
    organization: input.OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList }) =>
      given(ServiceControlPolicyInputList, 'ServiceControlPolicyInputList').map(({ document }) =>
        compileDocument(document, 'identity'),
      ),
    ),
  }
  const context = requestContext(contextValues(input.ContextEntries))
  const principal = principalOf(input.CallerArn, account)
  const owner = /(\d{12})/.exec(input.ResourceOwner ?? '')?.[1] ?? account
  const results = ActionNames.flatMap((action) =>
    ResourceArns.map((resource): EvaluationResult => {
      if (!/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) throw invalidInput(`Invalid action name: ${action}`)
      const authorization = authorize(policies, { principal, action, resource, context }, owner)
      return {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: DECISIONS[authorization.decision],
        MatchedStatements: matched(authorization, identity),
        MissingContextValues: [],
        ...(limit === undefined
          ? {}
          : {
              PermissionsBoundaryDecisionDetail: {
                AllowedByPermissionsBoundary: authorization.source !== 'boundary',
              },
            }),
      }
    }),
  )
  const numbered = results.map((result, at) => ({ result, name: String(at).padStart(6, '0') }))
  const { items, IsTruncated, Marker } = pageOf(numbered, ({ name }) => name, input)
  return { EvaluationResults: items.map(({ result }) => result), IsTruncated, Marker }
}

const DECISIONS = {
  allow: 'allowed',
  'explicit-deny': 'explicitDeny',
  'implicit-deny': 'implicitDeny',
} as const

function matched(
  { source, policy, statement }: Authorization,
  identity: readonly PolicyText[],
): MatchedStatement[] {
  if (statement === undefined) return []
  const text = source === 'identity' && policy !== undefined ? identity[policy] : undefined
  const { line, column } = statement
  return [
    {
      SourcePolicyId: text?.id ?? source,
      SourcePolicyType: text?.source ?? (source === 'resource' ? 'resource' : 'none'),
      StartPosition: { Line: line, Column: column },
    },
  ]
}

function principalOf(arn: string | undefined, account: string): RequestPrincipal {
  const owner = /^arn:aws:(?:iam|sts)::(\d{12}):/.exec(arn ?? '')?.[1]
  return { arn, account: owner ?? account, ...(arn?.includes(':role/') === true ? { roleArn: arn } : {}) }
}

function contextValues(
  entries: readonly ContextEntry[] | undefined,
): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    (entries ?? []).map(({ ContextKeyName = '', ContextKeyValues = [], ContextKeyType = 'string' }) => [
      ContextKeyName,
      ContextKeyType.endsWith('List') ? ContextKeyValues : (ContextKeyValues[0] ?? ''),
    ]),
  )
}

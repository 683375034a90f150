import { referenceDecision, type ReferenceContext, type ReferenceStatement } from './reference-policy.ts'

// All policies of a request, decided in the plainest way: a line a sentence of "Policy evaluation logic" (IAM User Guide).

export type ReferencePolicy = readonly ReferenceStatement[]

/** A statement of a resource's policy: whom it names, as ARNs, account ids or `*`. */
export interface NamingStatement extends ReferenceStatement {
  readonly Principal: '*' | { readonly AWS: readonly string[] }
}

export interface ReferenceCaller {
  readonly account: string
  readonly arn: string
  /** Of a session. */
  readonly roleArn?: string | undefined
}

export interface ReferenceCall {
  /** Undefined: anonymous. */
  readonly caller: ReferenceCaller | undefined
  readonly action: string
  readonly resource: string
  readonly resourceAccount: string
  readonly context: ReferenceContext
  readonly identity: readonly ReferencePolicy[]
  readonly boundary: ReferencePolicy | undefined
  readonly session: readonly ReferencePolicy[] | undefined
  readonly resourcePolicy: readonly NamingStatement[] | undefined
}

export function referenceAuthorization(call: ReferenceCall): 'allow' | 'explicit-deny' | 'implicit-deny' {
  const { caller, identity, boundary, session = [], resourcePolicy = [] } = call
  const decide = (policy: ReferencePolicy): string =>
    referenceDecision(policy, call.action, call.resource, call.context)[0]
  const naming = (...levels: readonly string[]): readonly NamingStatement[] =>
    resourcePolicy.filter((statement) => levels.includes(levelOf(statement, caller)))
  const named = naming('account', 'role', 'itself')

  // An explicit deny in any of the policies overrides everything.
  const own =
    caller === undefined ? [] : [...identity, ...(boundary === undefined ? [] : [boundary]), ...session]
  if ([...own, named].some((policy) => decide(policy) === 'explicit-deny')) return 'explicit-deny'
  const allows = (policy: ReferencePolicy): boolean => decide(policy) === 'allow'
  const allowed = (yes: boolean): 'allow' | 'implicit-deny' => (yes ? 'allow' : 'implicit-deny')

  // Nobody in particular has the resource's policy alone.
  if (caller === undefined) return allowed(allows(named))
  const byIdentity = identity.some(allows)
  const withinBoundary = boundary === undefined || allows(boundary)
  const withinSession = call.session === undefined || session.some(allows)
  // Across accounts both sides have to allow.
  if (caller.account !== call.resourceAccount) {
    return allowed(allows(named) && byIdentity && withinBoundary && withinSession)
  }
  // Within one either does; what names the caller itself is beyond boundary and session policies.
  if (allows(naming('itself'))) return 'allow'
  return allowed((byIdentity || allows(naming('role'))) && withinBoundary && withinSession)
}

function levelOf({ Principal }: NamingStatement, caller: ReferenceCaller | undefined): string {
  if (Principal === '*' || Principal.AWS.includes('*')) return 'itself'
  if (caller === undefined) return 'nobody'
  if (Principal.AWS.includes(caller.arn)) return 'itself'
  if (caller.roleArn !== undefined && Principal.AWS.includes(caller.roleArn)) return 'role'
  const { account } = caller
  return [account, `arn:aws:iam::${account}:root`].some((name) => Principal.AWS.includes(name))
    ? 'account'
    : 'nobody'
}

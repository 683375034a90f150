import type { Decision, EvaluatePolicy, Evaluation } from './compile.ts'
import type { Statement } from './document.ts'
import type { PolicyRequest } from './request.ts'

/** Every policy that has a say in a request. */
export interface PolicySet {
  /** Of the caller: its own, its groups', its role's. */
  readonly identity: readonly EvaluatePolicy[]
  /** Of what is asked for. */
  readonly resource?: EvaluatePolicy | undefined
  /** The most that the caller's identity policies may give. */
  readonly boundary?: EvaluatePolicy | undefined
  /** Given when the session began; undefined when none were. */
  readonly session?: readonly EvaluatePolicy[] | undefined
  /** Service control policies: each level of the organisation must allow by one of its policies. */
  readonly organization?: readonly (readonly EvaluatePolicy[])[] | undefined
}

export type PolicySource = 'identity' | 'resource' | 'boundary' | 'session' | 'organization'

export interface Authorization {
  readonly decision: Decision
  /** Where the statement is; for an implicit deny, whose silence it was. */
  readonly source: PolicySource
  /** Place in the source's list, levels of an organisation counted through; undefined for an implicit deny. */
  readonly policy: number | undefined
  readonly statement: Statement | undefined
}

/**
 * Decides as AWS does over all policies of one request. Never throws.
 * @param resourceAccount whose resource it is; a caller of another account needs its own side's and the resource's
 *   permission, one of the same account either
 * @see IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"
 */
export function authorize(
  policies: PolicySet,
  request: PolicyRequest,
  resourceAccount: string,
): Authorization {
  const found = evaluateAll(policies, request)
  const deny = found.find(({ evaluation }) => evaluation.decision === 'explicit-deny')
  if (deny !== undefined) return answer(deny)
  const resource = bestOf(found, 'resource')
  const { account } = request.principal
  // Services and anonymous callers have no policies of their own.
  if (account === undefined) return resource === undefined ? silence('resource') : answer(resource)
  const silentLevel = (policies.organization ?? []).findIndex((_, level) => !allowsAt(found, level))
  if (silentLevel >= 0) return silence('organization')
  const isSameAccount = account === resourceAccount
  if (!isSameAccount && resource === undefined) return silence('resource')
  const grant = resource?.evaluation.grant
  // What names the user or session itself needs nobody else's permission, and no boundary takes it away.
  if (isSameAccount && resource !== undefined && grant === 'principal') return answer(resource)
  const identity = bestOf(found, 'identity')
  // The caller's account was named, which leaves the decision to it.
  const given = identity ?? (isSameAccount && grant === 'role' ? resource : undefined)
  if (given === undefined) return silence('identity')
  if (policies.boundary !== undefined && bestOf(found, 'boundary') === undefined) return silence('boundary')
  if (policies.session !== undefined && bestOf(found, 'session') === undefined) return silence('session')
  return answer(given)
}

interface Found {
  readonly source: PolicySource
  readonly policy: number
  /** Of the organisation. */
  readonly level: number
  readonly evaluation: Evaluation
}

function evaluateAll(policies: PolicySet, request: PolicyRequest): Found[] {
  const found: Found[] = []
  const add = (source: PolicySource, evaluate: readonly EvaluatePolicy[], level = 0, from = 0): void => {
    for (const [at, one] of evaluate.entries()) {
      found.push({ source, policy: from + at, level, evaluation: one(request) })
    }
  }
  let from = 0
  for (const [level, evaluate] of (policies.organization ?? []).entries()) {
    add('organization', evaluate, level, from)
    from += evaluate.length
  }
  if (policies.resource !== undefined) add('resource', [policies.resource])
  add('identity', policies.identity)
  if (policies.boundary !== undefined) add('boundary', [policies.boundary])
  add('session', policies.session ?? [])
  return found
}

function bestOf(found: readonly Found[], source: PolicySource): Found | undefined {
  return found.find((one) => one.source === source && one.evaluation.decision === 'allow')
}

function allowsAt(found: readonly Found[], level: number): boolean {
  return found.some(
    (one) => one.source === 'organization' && one.level === level && one.evaluation.decision === 'allow',
  )
}

function answer({ source, policy, evaluation: { decision, statement } }: Found): Authorization {
  return { decision, source, policy, statement }
}

function silence(source: PolicySource): Authorization {
  return { decision: 'implicit-deny', source, policy: undefined, statement: undefined }
}

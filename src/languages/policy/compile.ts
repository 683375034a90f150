import { compileCondition, type ConditionTest } from './condition.ts'
import type { Negatable, Policy, Statement } from './document.ts'
import { compileGlob } from './glob.ts'
import type { PatternPiece } from './pattern.ts'
import { compilePrincipal, grants, type Grant, type GrantLevel } from './principal.ts'
import type { PolicyRequest, RequestContext } from './request.ts'
import { compilePattern } from './variables.ts'

/** `implicit-deny`: nothing in the policy is about the request. */
export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny'

export interface Evaluation {
  readonly decision: Decision
  /** The one that decided; undefined for an implicit deny. */
  readonly statement: Statement | undefined
  /** How directly an allowing statement names the caller; `principal` where the policy has no Principal. */
  readonly grant: Grant
}

/** A policy as a function. Never throws. */
export type EvaluatePolicy = (request: PolicyRequest) => Evaluation

/** A deny wins over every allow; among allows the one that names the caller most directly, the first of equals. */
export function compilePolicy(policy: Policy): EvaluatePolicy {
  const denies = compiled(policy, 'Deny')
  const allows = compiled(policy, 'Allow')
  return (request) => {
    const action = request.action.toLowerCase()
    for (const { applies, denied } of denies) if (applies(request, action) > 0) return denied
    let best: Evaluation = nothing
    let level: GrantLevel = 0
    for (const { applies, allowed } of allows) {
      const found = applies(request, action)
      if (found <= level) continue
      level = found
      best = allowed[found] as Evaluation
      if (found === 3) break
    }
    return best
  }
}

const nothing: Evaluation = { decision: 'implicit-deny', statement: undefined, grant: 'none' }

type Applies = (request: PolicyRequest, action: string) => GrantLevel

interface CompiledStatement {
  readonly applies: Applies
  readonly denied: Evaluation
  /** By level of the grant. */
  readonly allowed: readonly Evaluation[]
}

function compiled(policy: Policy, effect: Statement['effect']): CompiledStatement[] {
  return policy.statements
    .filter((statement) => statement.effect === effect)
    .map((statement) => ({
      applies: compileStatement(statement),
      denied: { decision: 'explicit-deny', statement, grant: 'none' },
      allowed: grants.map((grant) => ({ decision: 'allow', statement, grant })),
    }))
}

function compileStatement({ principal, action, resource, conditions }: Statement): Applies {
  const isAction = compileAction(action)
  const isResource = resource === undefined ? () => true : compileResource(resource)
  const level = principal === undefined ? undefined : compilePrincipal(principal)
  const holds = conditions.map(compileCondition)
  return (request, lowerAction) => {
    if (!isAction(lowerAction) || !isResource(request.resource, request.context)) return 0
    const found = level === undefined ? 3 : level(request.principal)
    return found > 0 && allHold(holds, request.context) ? found : 0
  }
}

function allHold(tests: readonly ConditionTest[], context: RequestContext): boolean {
  for (let at = 0; at < tests.length; at++) if (!(tests[at] as ConditionTest)(context)) return false
  return true
}

/** @returns of actions in lower case */
export function compileAction({ not, items }: Negatable<string>): (action: string) => boolean {
  const isOne = anyOf<undefined>(items.map((text) => compileGlob([{ kind: 'wild', text }], 'text')))
  return (action) => isOne(action, undefined) !== not
}

export function compileResource({
  not,
  items,
}: Negatable<readonly PatternPiece[]>): (resource: string, context: RequestContext) => boolean {
  const isOne = anyOf(items.map((pieces) => compilePattern(pieces, 'resource')))
  return not ? (resource, context) => !isOne(resource, context) : isOne
}

/** `Second` is the context, which only resources look at. */
function anyOf<Second>(
  tests: readonly ((text: string, second: Second) => boolean)[],
): (text: string, second: Second) => boolean {
  const [first, second] = tests
  if (first === undefined) return () => false
  if (second === undefined) return first
  if (tests.length === 2) return (text, given) => first(text, given) || second(text, given)
  return (text, given) => {
    for (let at = 0; at < tests.length; at++) if (tests[at]?.(text, given) === true) return true
    return false
  }
}

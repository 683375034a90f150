import { compileAction, compileResource } from './compile.ts'
import { compileCondition, nullOperator } from './condition.ts'
import type { Condition, Policy, Statement } from './document.ts'
import type { PatternPiece } from './pattern.ts'
import { compilePrincipal } from './principal.ts'
import type { PolicyRequest, RequestContext } from './request.ts'

/** What a statement has to do with a request. */
export interface StatementVerdict {
  /** From 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: Statement['effect']
  /** From 1; undefined when the document was no text. */
  readonly line: number | undefined
  /** The first element by which it is about something else; undefined: it is about the request. */
  readonly because: string | undefined
}

/** Tells of each statement whether it applies, for people: as slow as it likes. Never throws. */
export function whyPolicy(policy: Policy, request: PolicyRequest): StatementVerdict[] {
  return policy.statements.map((statement) => {
    const { index, sid, effect, line } = statement
    return { index, sid, effect, line, because: whyNot(statement, request) }
  })
}

function whyNot(
  { action, resource, principal, conditions }: Statement,
  request: PolicyRequest,
): string | undefined {
  if (!compileAction(action)(request.action.toLowerCase())) {
    return `${action.not ? 'NotAction' : 'Action'} is not about ${request.action}`
  }
  if (resource !== undefined && !compileResource(resource)(request.resource, request.context)) {
    return `${resource.not ? 'NotResource' : 'Resource'} is not about ${request.resource}: ${resource.items.map(written).join(', ')}`
  }
  if (principal !== undefined && compilePrincipal(principal)(request.principal) === 0) {
    return `${principal.not ? 'NotPrincipal' : 'Principal'} does not name ${request.principal.arn ?? 'anonymous callers'}`
  }
  const failed = conditions.find((condition) => !compileCondition(condition)(request.context))
  return failed && whyNotHolds(failed, request.context)
}

function whyNotHolds(
  { operator, quantifier, ifExists, key, values }: Condition,
  context: RequestContext,
): string {
  const set = quantifier === undefined ? '' : quantifier === 'all' ? 'ForAllValues:' : 'ForAnyValue:'
  const name = `${set}${operator}${ifExists && operator !== nullOperator ? 'IfExists' : ''}`
  const found = context.get(key)
  const shown = found === undefined ? 'no value' : typeof found === 'string' ? found : found.join(', ')
  return `condition ${name} of ${key}: found ${shown}, the policy has ${values.map(written).join(', ')}`
}

/** As the policy has it. */
function written(pieces: readonly PatternPiece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'wild') return piece.text
      if (piece.kind === 'literal') return `\${${piece.text}}`
      return `\${${piece.key}${piece.fallback === undefined ? '' : `, '${piece.fallback}'`}}`
    })
    .join('')
}

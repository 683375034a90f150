import type { Condition } from './document.ts'
import { operators, type Operator, type ValueTest } from './operators.ts'
import type { RequestContext } from './request.ts'

export type ConditionTest = (context: RequestContext) => boolean

/** The operator that asks whether a key is absent. */
export const nullOperator = 'Null'

/** @param condition one that `readPolicy` let through */
export function compileCondition(condition: Condition): ConditionTest {
  const { key } = condition
  if (condition.operator === nullOperator) {
    const wanted = condition.values.map(
      ([piece]) => piece?.kind === 'wild' && piece.text.toLowerCase() === 'true',
    )
    return (context) => wanted.includes(!context.has(key))
  }
  const operator = operators.get(condition.operator) as Operator
  const tests = condition.values.map((pieces) => operator.compile(pieces) as ValueTest)
  const holds = oneValue(tests, operator.negated)
  return quantified(condition, operator.negated, holds)
}

/** Values of a policy are alternatives; of a negated operator none may match. */
function oneValue(tests: readonly ValueTest[], negated: boolean): ValueTest {
  const [first] = tests
  if (tests.length === 1 && first !== undefined) {
    return negated ? (value, context) => !first(value, context) : first
  }
  return (value, context) => {
    for (let at = 0; at < tests.length; at++) {
      if ((tests[at] as ValueTest)(value, context)) return !negated
    }
    return negated
  }
}

/** What holds when the key is absent, and what of a key with several values. */
function quantified(
  { key, quantifier, ifExists }: Condition,
  negated: boolean,
  holds: ValueTest,
): ConditionTest {
  // IAM User Guide, "Set operators for multivalued context keys".
  const whenAbsent = ifExists || quantifier === 'all' || (negated && quantifier === undefined)
  // Without a quantifier, several values are taken together: one that matches decides.
  const needsAll = quantifier === 'all' || (quantifier === undefined && negated)
  return (context) => {
    const value = context.get(key)
    if (value === undefined) return whenAbsent
    if (typeof value === 'string') return holds(value, context)
    for (let at = 0; at < value.length; at++) {
      if (holds(value[at] as string, context) !== needsAll) return !needsAll
    }
    return needsAll
  }
}

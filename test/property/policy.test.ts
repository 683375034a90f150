import { expect, test } from 'bun:test'
import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import { whyPolicy } from '#languages/policy/why.ts'
import { Random } from '../support/random.ts'
import { ACTIONS, arn, pattern, randomContext, randomStatement } from './support/random-policy.ts'
import { referenceDecision } from './support/reference-policy.ts'

// Random policies and requests: what is compiled decides as the plain reading does, by the same statement.

const ROUNDS = 4000

test('compiled policies decide as a plain reading of them', () => {
  const decisions = new Map<string, number>()
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = new Random(seed)
    const statements = random.times(random.between(1, 5), () => randomStatement(random))
    const { policy, diagnostics } = readPolicy(
      JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      policyKinds.identity,
    )
    expect(diagnostics).toEqual([])
    if (policy === undefined) return
    const evaluate = compilePolicy(policy)
    for (let request = 0; request < 5; request++) {
      const action = random.pick(ACTIONS)
      const resource = random.chance(0.7)
        ? pattern(random).replaceAll(/\$\{[^}]*\}|[*?]/g, () => random.pick(['a', 'b', 'x:y', '']))
        : arn(random, ['a', 'b', 'x/y', ''])
      const given = randomContext(random)
      const asked = { principal: {}, action, resource, context: requestContext(given) }
      const { decision, statement: by } = evaluate(asked)
      const expected = referenceDecision(statements, action, resource, given)
      expect({ seed, request, answer: [decision, by?.index] }).toEqual({
        seed,
        request,
        answer: [...expected],
      })
      if (request === 0) {
        // What is told of each statement comes to the same.
        const applying = whyPolicy(policy, asked).filter(({ because }) => because === undefined)
        const told = applying.find(({ effect }) => effect === 'Deny') ?? applying[0]
        expect(told?.index).toBe(by?.index as number)
      }
      decisions.set(decision, (decisions.get(decision) ?? 0) + 1)
    }
  }
  // Requests that all end alike would show nothing.
  for (const decision of ['allow', 'explicit-deny', 'implicit-deny']) {
    expect(decisions.get(decision) ?? 0).toBeGreaterThan(ROUNDS / 10)
  }
})

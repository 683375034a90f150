import { expect, test } from 'bun:test'
import { authorize } from '#languages/policy/authorize.ts'
import { compilePolicy, type EvaluatePolicy } from '#languages/policy/compile.ts'
import { policyKinds, type PolicyKind } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import { Random } from '../support/random.ts'
import { ACTIONS, pattern, randomContext, randomStatement } from './support/random-policy.ts'
import {
  referenceAuthorization,
  type NamingStatement,
  type ReferenceCall,
  type ReferenceCaller,
  type ReferencePolicy,
} from './support/reference-authorization.ts'

// Identity × boundary × session × resource policies, random ones: they decide together as a plain reading of them does.

const ROUNDS = 5000
const HOME = '111122223333'
const AWAY = '999999999999'

const user = (account: string): ReferenceCaller => ({ account, arn: `arn:aws:iam::${account}:user/u` })
const session = (account: string): ReferenceCaller => ({
  account,
  arn: `arn:aws:sts::${account}:assumed-role/R/s`,
  roleArn: `arn:aws:iam::${account}:role/R`,
})
const CALLERS = [undefined, user(HOME), session(HOME), user(AWAY), session(AWAY)]
const NAMES = [
  '*',
  HOME,
  AWAY,
  ...[HOME, AWAY].flatMap((account) => [
    `arn:aws:iam::${account}:root`,
    user(account).arn,
    session(account).arn,
    session(account).roleArn ?? '',
  ]),
]

/** Often about everything: policies that are about nothing decide nothing together. */
function policyOf(random: Random): ReferencePolicy {
  return random.times(random.between(1, 3), () => {
    const made = randomStatement(random)
    const Effect = random.chance(0.85) ? 'Allow' : 'Deny'
    return random.chance(0.6) ? { Effect, Action: ['*'], Resource: ['*'] } : { ...made, Effect }
  })
}

function resourcePolicyOf(random: Random): NamingStatement[] {
  return policyOf(random).map((statement) => ({
    ...statement,
    Principal: random.chance(0.2)
      ? '*'
      : { AWS: random.times(random.between(1, 2), () => random.pick(NAMES)) },
  }))
}

function callOf(random: Random): ReferenceCall {
  const maybe = <T>(probability: number, make: () => T): T | undefined =>
    random.chance(probability) ? make() : undefined
  return {
    caller: random.pick(CALLERS),
    action: random.pick(ACTIONS),
    resource: pattern(random).replaceAll(/\$\{[^}]*\}|[*?]/g, () => random.pick(['a', 'b', 'x:y', ''])),
    resourceAccount: HOME,
    context: randomContext(random),
    identity: random.times(random.between(0, 2), () => policyOf(random)),
    boundary: maybe(0.4, () => policyOf(random)),
    session: maybe(0.4, () => random.times(random.between(1, 2), () => policyOf(random))),
    resourcePolicy: maybe(0.7, () => resourcePolicyOf(random)),
  }
}

function compiled(statements: ReferencePolicy, kind: PolicyKind): EvaluatePolicy {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const { policy, diagnostics } = readPolicy(text, kind)
  if (policy === undefined)
    throw new Error(`${text}: ${diagnostics.map(({ message }) => message).join('; ')}`)
  return compilePolicy(policy)
}

test('all policies of a request decide together as a plain reading of them', () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const call = callOf(new Random(seed))
    const {
      caller,
      action,
      resource,
      resourceAccount,
      context,
      identity,
      boundary,
      session: ofSession,
      resourcePolicy,
    } = call
    const own = caller === undefined ? [] : identity
    const { decision, source, statement } = authorize(
      {
        identity: own.map((policy) => compiled(policy, policyKinds.identity)),
        boundary: caller && boundary && compiled(boundary, policyKinds.identity),
        session: caller && ofSession?.map((policy) => compiled(policy, policyKinds.identity)),
        resource: resourcePolicy && compiled(resourcePolicy, policyKinds.resource),
      },
      { principal: caller ?? {}, action, resource, context: requestContext(context) },
      resourceAccount,
    )
    expect({ seed, decision }).toEqual({ seed, decision: referenceAuthorization(call) })
    // A decision names its statement, and silence whose it was.
    expect({ seed, named: statement?.effect }).toEqual({
      seed,
      named: decision === 'allow' ? 'Allow' : decision === 'explicit-deny' ? 'Deny' : undefined,
    })
    const kind = `${caller?.account ?? 'anonymous'} ${decision} ${source}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
  }
  // Every source allows, denies and is silent, for callers of either account.
  const kinds = [
    'anonymous allow resource',
    'anonymous explicit-deny resource',
    'anonymous implicit-deny resource',
    ...[HOME, AWAY].flatMap((account) => [
      `${account} allow identity`,
      ...['identity', 'boundary', 'session', 'resource'].map(
        (source) => `${account} explicit-deny ${source}`,
      ),
      ...['identity', 'boundary', 'session'].map((source) => `${account} implicit-deny ${source}`),
    ]),
    `${HOME} allow resource`,
    `${AWAY} implicit-deny resource`,
  ]
  expect(kinds.filter((kind) => (seen.get(kind) ?? 0) < 3)).toEqual([])
})

import { describe, expect, test } from 'bun:test'
import { authorize, type Authorization, type PolicySource } from './authorize.ts'
import { compilePolicy, type Decision, type EvaluatePolicy } from './compile.ts'
import { decideInvoke, type InvokeAuthorization } from './execute-api.ts'
import { policyKinds } from './kinds.ts'
import { readPolicy } from './read.ts'
import { requestContext, type RequestPrincipal } from './request.ts'

const HOME = '111122223333'
const AWAY = '999999999999'
const RESOURCE = `arn:aws:execute-api:eu-west-1:${HOME}:abc/prod/GET/x`

const session = (account: string): RequestPrincipal => ({
  arn: `arn:aws:sts::${account}:assumed-role/R/s`,
  roleArn: `arn:aws:iam::${account}:role/R`,
  account,
})

type Effect = 'Allow' | 'Deny' | 'silent'

function policy(effect: Effect, principal?: unknown): EvaluatePolicy {
  const statement = {
    Effect: effect === 'silent' ? 'Allow' : effect,
    Action: effect === 'silent' ? 'other:Action' : 'execute-api:*',
    Resource: '*',
    ...(principal === undefined ? {} : { Principal: principal }),
  }
  const kind = principal === undefined ? policyKinds.identity : policyKinds.resource
  const { policy: read } = readPolicy(JSON.stringify({ Statement: [statement] }), kind)
  if (read === undefined) throw new Error('no policy')
  return compilePolicy(read)
}

interface Case {
  identity?: Effect
  /** Whom the resource's policy allows; `Deny` denies everybody. */
  resource?: 'everybody' | 'session' | 'role' | 'account' | 'other' | 'Deny'
  boundary?: Effect
  session?: Effect
  organization?: readonly (readonly Effect[])[]
}

function run(given: Case, who: RequestPrincipal): Authorization {
  const named: Readonly<Record<string, unknown>> = {
    everybody: '*',
    session: { AWS: who.arn },
    role: { AWS: who.roleArn },
    account: { AWS: who.account },
    other: { AWS: '000000000000' },
    Deny: '*',
  }
  const { resource, boundary, organization } = given
  return authorize(
    {
      identity: given.identity === undefined ? [] : [policy('silent'), policy(given.identity)],
      resource: resource && policy(resource === 'Deny' ? 'Deny' : 'Allow', named[resource]),
      boundary: boundary && policy(boundary),
      session: given.session && [policy(given.session)],
      organization: organization?.map((level) => level.map((effect) => policy(effect))),
    },
    { principal: who, action: 'execute-api:Invoke', resource: RESOURCE, context: requestContext({}) },
    HOME,
  )
}

describe('policies of one account', () => {
  test.each<[given: Case, decision: Decision, source: PolicySource]>([
    [{}, 'implicit-deny', 'identity'],
    [{ identity: 'Allow' }, 'allow', 'identity'],
    [{ identity: 'silent' }, 'implicit-deny', 'identity'],
    [{ identity: 'Deny', resource: 'session' }, 'explicit-deny', 'identity'],
    [{ identity: 'Allow', resource: 'Deny' }, 'explicit-deny', 'resource'],
    // A grant to the session itself needs nothing else and is bounded by nothing but denies.
    [{ resource: 'session' }, 'allow', 'resource'],
    [{ resource: 'everybody' }, 'allow', 'resource'],
    [{ resource: 'session', boundary: 'silent', session: 'silent' }, 'allow', 'resource'],
    [{ resource: 'session', boundary: 'Deny' }, 'explicit-deny', 'boundary'],
    [{ resource: 'session', session: 'Deny' }, 'explicit-deny', 'session'],
    // One to the role is bounded as the role is.
    [{ resource: 'role' }, 'allow', 'resource'],
    [{ resource: 'role', boundary: 'silent' }, 'implicit-deny', 'boundary'],
    [{ resource: 'role', session: 'silent' }, 'implicit-deny', 'session'],
    [{ resource: 'role', boundary: 'Allow', session: 'Allow' }, 'allow', 'resource'],
    // One to the account leaves it to the account.
    [{ resource: 'account' }, 'implicit-deny', 'identity'],
    [{ resource: 'account', identity: 'Allow' }, 'allow', 'identity'],
    [{ resource: 'other', identity: 'Allow' }, 'allow', 'identity'],
    [{ identity: 'Allow', boundary: 'silent' }, 'implicit-deny', 'boundary'],
    [{ identity: 'Allow', boundary: 'Allow' }, 'allow', 'identity'],
    [{ boundary: 'Allow' }, 'implicit-deny', 'identity'],
    [{ identity: 'Allow', session: 'silent' }, 'implicit-deny', 'session'],
    [{ identity: 'Allow', session: 'Allow', boundary: 'Allow' }, 'allow', 'identity'],
    [{ identity: 'Allow', organization: [['Allow'], ['silent']] }, 'implicit-deny', 'organization'],
    [{ resource: 'session', organization: [['silent']] }, 'implicit-deny', 'organization'],
    [{ identity: 'Allow', organization: [['Allow'], ['silent', 'Allow']] }, 'allow', 'identity'],
    [{ identity: 'Allow', organization: [['Allow', 'Deny']] }, 'explicit-deny', 'organization'],
  ])('%j: %p by %p', (given, decision, source) => {
    expect(run(given, session(HOME))).toMatchObject({ decision, source })
  })
})

describe('a caller of another account', () => {
  test.each<[given: Case, decision: Decision, source: PolicySource]>([
    [{ identity: 'Allow' }, 'implicit-deny', 'resource'],
    [{ resource: 'session' }, 'implicit-deny', 'identity'],
    [{ resource: 'everybody' }, 'implicit-deny', 'identity'],
    [{ resource: 'account', identity: 'Allow' }, 'allow', 'identity'],
    [{ resource: 'role', identity: 'Allow' }, 'allow', 'identity'],
    [{ resource: 'session', identity: 'Allow', boundary: 'silent' }, 'implicit-deny', 'boundary'],
    [{ resource: 'session', identity: 'Allow', session: 'silent' }, 'implicit-deny', 'session'],
    [{ resource: 'Deny', identity: 'Allow' }, 'explicit-deny', 'resource'],
    [{ resource: 'other', identity: 'Allow' }, 'implicit-deny', 'resource'],
  ])('%j: %p by %p', (given, decision, source) => {
    expect(run(given, session(AWAY))).toMatchObject({ decision, source })
  })
})

test('services and anonymous callers have the resource’s policy alone', () => {
  expect(run({ resource: 'everybody' }, {})).toMatchObject({ decision: 'allow', source: 'resource' })
  expect(run({ resource: 'other' }, {})).toMatchObject({ decision: 'implicit-deny', source: 'resource' })
})

test('the statement is told with its policy', () => {
  expect(run({ identity: 'Allow' }, session(HOME))).toMatchObject({ policy: 1, statement: { index: 0 } })
  const organization = [['Allow'], ['silent', 'Deny']] as const
  expect(run({ identity: 'Allow', organization }, session(HOME))).toMatchObject({
    policy: 2,
    statement: { index: 0 },
  })
})

// The rows of the developer guide's tables A and B, and of its workflows without a caller's policy.
describe('an API’s resource policy and its methods’ authorization', () => {
  const kinds: readonly InvokeAuthorization[] = [
    'lambda',
    'iam-same-account',
    'iam-other-account',
    'none',
    'cognito',
  ]
  const [yes, no, silent] = ['allow', 'explicit-deny', 'implicit-deny'] as const
  test.each<[caller: Decision, resource: Decision | undefined, ...decisions: Decision[]]>([
    [yes, yes, yes, yes, yes, yes, yes],
    [yes, silent, yes, yes, silent, silent, silent],
    [yes, no, no, no, no, no, no],
    [silent, yes, yes, yes, silent, yes, yes],
    [silent, silent, silent, silent, silent, silent, silent],
    [silent, no, no, no, no, no, no],
    [no, yes, no, no, no, yes, yes],
    [no, silent, no, no, no, silent, silent],
    [no, no, no, no, no, no, no],
    [yes, undefined, yes, yes, yes, yes, yes],
    [silent, undefined, silent, silent, silent, yes, yes],
    [no, undefined, no, no, no, yes, yes],
  ])('caller %p, resource %p', (caller, resource, ...decisions) => {
    expect(kinds.map((kind) => decideInvoke(kind, caller, resource))).toEqual(decisions)
  })
})

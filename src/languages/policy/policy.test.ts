import { describe, expect, test } from 'bun:test'
import { compilePolicy, type Decision, type EvaluatePolicy } from './compile.ts'
import { policyKinds } from './kinds.ts'
import { readPolicy } from './read.ts'
import { requestContext, type PolicyRequest, type RequestPrincipal } from './request.ts'

type Json = Readonly<Record<string, never>>

const API = 'arn:aws:execute-api:eu-west-1:111122223333:abcde12345'
const BOB: RequestPrincipal = {
  arn: 'arn:aws:iam::111122223333:user/bob',
  account: '111122223333',
  userId: 'AIDABOBBOBBOB',
}
const SESSION: RequestPrincipal = {
  arn: 'arn:aws:sts::111122223333:assumed-role/Reader/job',
  roleArn: 'arn:aws:iam::111122223333:role/Reader',
  account: '111122223333',
  userId: 'AROAREADER:job',
}

function evaluator(document: object, kind: keyof typeof policyKinds): EvaluatePolicy {
  const { policy, diagnostics } = readPolicy(document as Json, policyKinds[kind])
  expect(diagnostics).toEqual([])
  if (policy === undefined) throw new Error('no policy')
  return compilePolicy(policy)
}

function invoke(
  principal: RequestPrincipal,
  resource: string,
  context: Record<string, string | string[]> = {},
): PolicyRequest {
  return { principal, action: 'execute-api:Invoke', resource, context: requestContext(context) }
}

const decide = (statement: object, request: PolicyRequest, version = '2012-10-17'): Decision =>
  evaluator({ Version: version, Statement: statement }, 'identity')(request).decision

describe('actions and resources', () => {
  test.each<[action: string, asked: string, is: boolean]>([
    ['*', 'execute-api:Invoke', true],
    ['execute-api:Invoke', 'execute-api:invoke', true],
    ['EXECUTE-API:inv*', 'execute-api:Invoke', true],
    ['execute-api:*', 'execute-api:ManageConnections', true],
    ['execute-api:Invok?', 'execute-api:Invoke', true],
    ['execute-api:Invok?', 'execute-api:Invok', false],
    ['lambda:*', 'execute-api:Invoke', false],
  ])('Action %p, asked %p: %p', (pattern, action, is) => {
    const request = { ...invoke(BOB, API), action }
    expect(decide({ Effect: 'Allow', Action: pattern, Resource: '*' }, request)).toBe(
      is ? 'allow' : 'implicit-deny',
    )
    expect(decide({ Effect: 'Allow', NotAction: pattern, Resource: '*' }, request)).toBe(
      is ? 'implicit-deny' : 'allow',
    )
  })

  test.each<[pattern: string, resource: string, is: boolean]>([
    ['*', `${API}/prod/GET/pets`, true],
    [`${API}/prod/GET/pets`, `${API}/prod/GET/pets`, true],
    [`${API}/prod/GET/pets`, `${API}/prod/GET/Pets`, false],
    [`${API}/*/GET/pets/*`, `${API}/prod/GET/pets/1/toys`, true],
    [`${API}/*/GET/pets/*`, `${API}/prod/GET/pets`, false],
    [`${API}/prod/???/*`, `${API}/prod/GET/x`, true],
    [`${API}/prod/???/*`, `${API}/prod/POST/x`, false],
    ['arn:aws:execute-api:*:*:*', `${API}/prod/GET/pets`, true],
    ['arn:aws:execute-api:*', `${API}/prod/GET/a:b`, true],
    ['arn:aws:execute-api:eu-*-1:111122223333:*', `${API}/prod/GET/pets`, true],
    // A wildcard inside a part stays in it; one at its end may go on.
    ['arn:aws:ex*i:abcde12345/prod/GET/pets', `${API}/prod/GET/pets`, false],
    ['arn:aws:ex*:abcde12345/prod/GET/pets', `${API}/prod/GET/pets`, true],
    ['arn:aws:execute-api:eu-west-1?111122223333:*', `${API}/prod/GET/pets`, false],
    [`${API}/prod/GET/a*c`, `${API}/prod/GET/a:b:c`, true],
  ])('Resource %p, asked %p: %p', (pattern, resource, is) => {
    const request = invoke(BOB, resource)
    const statement = { Effect: 'Allow', Action: '*' }
    expect(decide({ ...statement, Resource: pattern }, request)).toBe(is ? 'allow' : 'implicit-deny')
    expect(decide({ ...statement, NotResource: pattern }, request)).toBe(is ? 'implicit-deny' : 'allow')
  })
})

describe('conditions', () => {
  const at = { 'aws:CurrentTime': '2026-06-15T12:00:00Z', 'aws:EpochTime': '1781524800' }
  test.each<[condition: object, context: Record<string, string | string[]>, holds: boolean]>([
    [{ StringEquals: { 'aws:UserAgent': 'curl' } }, { 'AWS:useragent': 'curl' }, true],
    [{ StringEquals: { 'aws:UserAgent': ['a', 'curl'] } }, { 'aws:UserAgent': 'curl' }, true],
    [{ StringEquals: { 'aws:UserAgent': 'cur*' } }, { 'aws:UserAgent': 'curl' }, false],
    [{ StringEquals: { 'aws:UserAgent': 'curl' } }, {}, false],
    [{ StringNotEquals: { 'aws:UserAgent': 'curl' } }, {}, true],
    [{ StringNotEquals: { 'aws:UserAgent': ['a', 'curl'] } }, { 'aws:UserAgent': 'curl' }, false],
    [{ StringEqualsIfExists: { 'aws:UserAgent': 'curl' } }, {}, true],
    [{ StringEqualsIfExists: { 'aws:UserAgent': 'curl' } }, { 'aws:UserAgent': 'wget' }, false],
    [{ StringEqualsIgnoreCase: { 'aws:UserAgent': 'CURL' } }, { 'aws:UserAgent': 'curl' }, true],
    [{ StringNotEqualsIgnoreCase: { 'aws:UserAgent': 'CURL' } }, { 'aws:UserAgent': 'curl' }, false],
    [
      { StringLike: { 'aws:Referer': 'https://*.example.com/?' } },
      { 'aws:Referer': 'https://a.example.com/x' },
      true,
    ],
    [
      { StringLike: { 'aws:Referer': 'https://*.example.com/?' } },
      { 'aws:Referer': 'https://a.example.com/' },
      false,
    ],
    [{ StringNotLike: { 'aws:Referer': 'https://*' } }, { 'aws:Referer': 'http://x' }, true],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': 3600 } }, { 'aws:MultiFactorAuthAge': '10' }, true],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }, { 'aws:MultiFactorAuthAge': '3600' }, false],
    [{ NumericLessThanEquals: { 'x:n': '3600' } }, { 'x:n': '3600.0' }, true],
    [{ NumericGreaterThan: { 'x:n': '-1.5' } }, { 'x:n': '-1' }, true],
    [{ NumericEquals: { 'x:n': '7' } }, { 'x:n': 'seven' }, false],
    [{ NumericNotEquals: { 'x:n': '7' } }, { 'x:n': 'seven' }, true],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2026-06-15T13:59:59+02:00' } }, at, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-06-15' } }, at, false],
    [{ DateEquals: { 'aws:CurrentTime': '2026-06-15T12:00:00.000Z' } }, at, true],
    [{ DateLessThanEquals: { 'aws:EpochTime': '2026-06-15T12:00Z' } }, at, true],
    [{ DateNotEquals: { 'aws:EpochTime': 1781524800 } }, at, false],
    [{ Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'false' }, true],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'false' }, false],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, {}, true],
    [{ BinaryEquals: { 'x:key': 'QmluYXJ5' } }, { 'x:key': 'QmluYXJ5' }, true],
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, { 'aws:SourceIp': '203.0.113.9' }, true],
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.77/24' } }, { 'aws:SourceIp': '203.0.113.9' }, true],
    [
      { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/33'] } },
      { 'aws:SourceIp': '2001:db8:7fff::1' },
      true,
    ],
    [{ IpAddress: { 'aws:SourceIp': '2001:db8::/33' } }, { 'aws:SourceIp': '2001:db8:8000::1' }, false],
    [{ IpAddress: { 'aws:SourceIp': '::ffff:10.0.0.0/104' } }, { 'aws:SourceIp': '10.9.9.9' }, true],
    [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, { 'aws:SourceIp': '::1' }, false],
    [
      { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.0.2.1'] } },
      { 'aws:SourceIp': '192.0.2.1' },
      false,
    ],
    [{ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, {}, true],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } }, { 'aws:SourceArn': 'arn:aws:s3:::b/k:1' }, true],
    [{ ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:*:x' } }, { 'aws:SourceArn': 'arn:aws:s3:::x' }, false],
    [{ ArnEquals: { 'aws:SourceArn': 'arn:*:s3:*:*:x' } }, { 'aws:SourceArn': 'arn:aws:s3:::x' }, true],
    [{ ArnNotLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } }, { 'aws:SourceArn': 'arn:aws:sns:r:1:t' }, true],
    [{ ArnNotEquals: { 'aws:SourceArn': 'arn:aws:s3:::*' } }, { 'aws:SourceArn': 'arn:aws:s3:::x' }, false],
    [{ Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
    [{ Null: { 'aws:TokenIssueTime': true } }, { 'aws:TokenIssueTime': 'x' }, false],
    [{ Null: { 'aws:TokenIssueTime': 'false' } }, { 'aws:TokenIssueTime': 'x' }, true],
    [
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'aws:TagKeys': ['a', 'b', 'a'] },
      true,
    ],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['a', 'c'] }, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, {}, true],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, { 'aws:TagKeys': [] }, true],
    [{ 'ForAllValues:StringNotEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['c', 'a'] }, false],
    [{ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['b*'] } }, { 'aws:TagKeys': ['a', 'bb'] }, true],
    [{ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['b*'] } }, {}, false],
    [{ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': ['a'] } }, { 'aws:TagKeys': ['a', 'c'] }, true],
    [{ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': ['a'] } }, {}, false],
    [{ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['a'] } }, {}, true],
    [{ StringNotEquals: { 'aws:TagKeys': ['a'] } }, { 'aws:TagKeys': ['b', 'a'] }, false],
    // All keys of all operators must hold.
    [{ StringEquals: { 'x:a': '1', 'x:b': '2' } }, { 'x:a': '1', 'x:b': '3' }, false],
    [{ StringEquals: { 'x:a': '1' }, Bool: { 'x:c': 'true' } }, { 'x:a': '1', 'x:c': 'true' }, true],
  ])('%j with %j: %p', (condition, context, holds) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }
    expect(decide(statement, invoke(BOB, API, context))).toBe(holds ? 'allow' : 'implicit-deny')
  })
})

describe('policy variables', () => {
  test.each<[resource: string, context: Record<string, string | string[]>, asked: string, is: boolean]>([
    ['/${aws:username}/*', { 'aws:username': 'bob' }, '/bob/x', true],
    ['/${AWS:UserName}/*', { 'aws:username': 'bob' }, '/bob/x', true],
    ['/${aws:username}/*', { 'aws:username': '*' }, '/eve/x', false],
    ['/${aws:username}/*', { 'aws:username': '*' }, '/*/x', true],
    ['/${aws:username}/*', {}, '//x', false],
    ["/${aws:username, 'anon'}/*", {}, '/anon/x', true],
    ["/${aws:PrincipalTag/team, ''}/*", {}, '//x', true],
    ['/${aws:username}', { 'aws:username': ['bob', 'eve'] }, '/bob', false],
    ['/a${*}b${?}c${$}d', {}, '/a*b?c$d', true],
    ['/a${*}b', {}, '/axb', false],
  ])('%p with %j, asked %p: %p', (resource, context, asked, is) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: API + resource }
    const request = invoke(BOB, API + asked, context)
    expect(decide(statement, request)).toBe(is ? 'allow' : 'implicit-deny')
    // The earlier version has none: `${…}` is text.
    expect(decide(statement, request, '2008-10-17')).toBe('implicit-deny')
  })

  test('in conditions', () => {
    const statement = {
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { StringEqualsIgnoreCase: { 'x:owner': '${aws:username}' } },
    }
    expect(decide(statement, invoke(BOB, API, { 'x:owner': 'bob', 'aws:username': 'BOB' }))).toBe('allow')
    expect(decide(statement, invoke(BOB, API, { 'x:owner': 'bob' }))).toBe('implicit-deny')
  })
})

describe('principals', () => {
  const role = SESSION.roleArn ?? ''
  test.each<[principal: unknown, who: RequestPrincipal, grant: string]>([
    ['*', {}, 'principal'],
    ['*', BOB, 'principal'],
    [{ AWS: '*' }, {}, 'principal'],
    [{ AWS: '111122223333' }, BOB, 'account'],
    [{ AWS: 'arn:aws:iam::111122223333:root' }, BOB, 'account'],
    [{ AWS: 'arn:aws:iam::111122223333:root' }, {}, 'none'],
    [{ AWS: ['999999999999', BOB.arn] }, BOB, 'principal'],
    [{ AWS: [BOB.account, BOB.arn] }, BOB, 'principal'],
    [{ AWS: 'AIDABOBBOBBOB' }, BOB, 'principal'],
    [{ AWS: role }, SESSION, 'role'],
    [{ AWS: 'AROAREADER' }, SESSION, 'role'],
    [{ AWS: SESSION.arn }, SESSION, 'principal'],
    [{ AWS: 'arn:aws:iam::111122223333:role/Other' }, SESSION, 'none'],
    [{ Service: 'events.amazonaws.com' }, { service: 'events.amazonaws.com' }, 'principal'],
    [{ Service: 'events.amazonaws.com' }, BOB, 'none'],
    [
      { Federated: 'cognito-identity.amazonaws.com' },
      { federated: 'cognito-identity.amazonaws.com' },
      'principal',
    ],
    [{ CanonicalUser: '79a59d' }, { canonicalUser: '79a59d' }, 'principal'],
    [{ Service: 'a.amazonaws.com', AWS: '111122223333' }, BOB, 'account'],
  ])('%j for %j: %p', (principal, who, grant) => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*' }
    const allow = evaluator({ Statement: { ...statement, Principal: principal } }, 'resource')
    expect(allow(invoke(who, API)).grant).toBe(grant as 'none')
    const deny = evaluator(
      { Statement: { ...statement, Effect: 'Deny', NotPrincipal: principal } },
      'resource',
    )
    expect(deny(invoke(who, API)).decision).toBe(grant === 'none' ? 'explicit-deny' : 'implicit-deny')
  })
})

test('the statement that decided is told', () => {
  const text = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "All", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"},
    {"Sid": "Bob", "Effect": "Allow", "Principal": {"AWS": "${BOB.arn}"}, "Action": "*", "Resource": "*"},
      {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "${API}/prod/DELETE/*"}
  ]
}`
  const { policy } = readPolicy(text, policyKinds.resource)
  if (policy === undefined) throw new Error('no policy')
  const evaluate = compilePolicy(policy)
  expect(evaluate(invoke(BOB, `${API}/prod/GET/x`)).statement).toMatchObject({
    index: 1,
    sid: 'Bob',
    line: 5,
    column: 5,
  })
  const denied = evaluate(invoke(BOB, `${API}/prod/DELETE/x`))
  expect(denied).toMatchObject({ decision: 'explicit-deny', statement: { index: 2, line: 6, column: 7 } })
  expect(evaluate(invoke({}, `${API}/prod/GET/x`))).toEqual({
    decision: 'implicit-deny',
    statement: undefined,
    grant: 'none',
  })
})

test('a trust policy has no resource', () => {
  const trust = evaluator(
    {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
    'trust',
  )
  const request = {
    ...invoke({ service: 'lambda.amazonaws.com' }, 'arn:aws:iam::1:role/x'),
    action: 'sts:AssumeRole',
  }
  expect(trust(request).decision).toBe('allow')
})

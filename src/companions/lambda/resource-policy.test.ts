import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { allowsInvocation, wildcard, type InvocationSource, type PolicyStatement } from './resource-policy.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f'
const STATEMENT: PolicyStatement = {
  Sid: 's',
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: FUNCTION,
}
const SOURCE: InvocationSource = {
  principal: 'apigateway.amazonaws.com',
  sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc/dev/GET/pets',
  sourceAccount: '000000000000',
}
const from = (arn: string): Partial<PolicyStatement> => ({ Condition: { ArnLike: { 'AWS:SourceArn': arn } } })
const equal = (key: string, value: string): Partial<PolicyStatement> => ({
  Condition: { StringEquals: { [key]: value } },
})

const CASES: readonly (readonly [
  what: string,
  change: Partial<PolicyStatement>,
  allowed: boolean,
  source?: Partial<InvocationSource>,
])[] = [
  ['no condition', {}, true],
  ['another service', { Principal: { Service: 's3.amazonaws.com' } }, false],
  ['anybody', { Principal: '*' }, true],
  ['an account is no service', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } }, false],
  ['every action', { Action: '*' }, true],
  ['every Lambda action', { Action: 'lambda:*' }, true],
  ['another action', { Action: 'lambda:GetFunction' }, false],
  ['another function', { Resource: `${FUNCTION}2` }, false],
  ['this route', from('arn:aws:execute-api:us-east-1:000000000000:abc/dev/GET/pets'), true],
  ['every stage', from('arn:aws:execute-api:us-east-1:000000000000:abc/*/GET/pets'), true],
  ['every route', from('arn:aws:execute-api:us-east-1:000000000000:abc/*'), true],
  ['every API', from('arn:aws:execute-api:us-east-1:000000000000:*/*/*/*'), true],
  ['every region', from('arn:aws:execute-api:*:000000000000:abc/*'), true],
  ['one character', from('arn:aws:execute-api:us-east-1:000000000000:ab?/dev/GET/pets'), true],
  ['a star does not reach over a colon', from('arn:aws:execute-api:*:abc/dev/GET/pets'), false],
  ['another route', from('arn:aws:execute-api:us-east-1:000000000000:abc/dev/POST/pets'), false],
  ['another API', from('arn:aws:execute-api:us-east-1:000000000000:abd/*'), false],
  ['a start is not enough', from('arn:aws:execute-api:us-east-1:000000000000:abc'), false],
  ['no source', from('arn:aws:execute-api:*:*:*'), false, { sourceArn: undefined }],
  ['this account', equal('AWS:SourceAccount', '000000000000'), true],
  ['another account', equal('AWS:SourceAccount', '111122223333'), false],
  ['keys are case-insensitive', equal('aws:sourceaccount', '000000000000'), true],
  ['a condition that is not known', equal('aws:PrincipalOrgID', 'o-1'), false],
  [
    'an account for its users',
    { Principal: { AWS: 'arn:aws:iam::111122223333:root' } },
    true,
    { principal: 'arn:aws:sts::111122223333:assumed-role/r/s' },
  ],
  [
    'an account for others',
    { Principal: { AWS: 'arn:aws:iam::111122223333:root' } },
    false,
    { principal: 'arn:aws:iam::111122223334:user/u' },
  ],
  [
    'one user',
    { Principal: { AWS: 'arn:aws:iam::111122223333:user/u' } },
    true,
    { principal: 'arn:aws:iam::111122223333:user/u' },
  ],
]

for (const [what, change, allowed, source = {}] of CASES) {
  test(what, () => {
    expect(allowsInvocation([{ ...STATEMENT, ...change }], FUNCTION, { ...SOURCE, ...source })).toBe(allowed)
  })
}

test('one statement of several is enough, none is not', () => {
  expect(allowsInvocation([{ ...STATEMENT, Action: 'x' }, STATEMENT], FUNCTION, SOURCE)).toBe(true)
  expect(allowsInvocation([], FUNCTION, SOURCE)).toBe(false)
})

test('wildcards agree with the regular expression of the same meaning, in linear time', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 })
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }), (pattern, text) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(wildcard(pattern, text)).toBe(regex.test(text))
    }),
  )
  expect(wildcard(`${'a*'.repeat(2000)}b`, 'a'.repeat(5000))).toBe(false)
})

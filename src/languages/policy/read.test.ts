import { describe, expect, test } from 'bun:test'
import { expandExecuteApi } from './execute-api.ts'
import { policyKinds } from './kinds.ts'
import { readPolicy } from './read.ts'

const allow = '"Effect":"Allow","Action":"*","Resource":"*"'
const statement = (members: string): string => `{"Version":"2012-10-17","Statement":{${members}}}`
const condition = (text: string): string => statement(`${allow},"Condition":${text}`)

describe('what IAM refuses is refused with its place', () => {
  test.each<[text: string, where: string | undefined, column: number | undefined, said: string]>([
    ['', undefined, 1, 'no JSON: expected a value'],
    ['{"Version":"2012-10-17",}', undefined, 25, 'expected a string in double quotes, found "}"'],
    ['[]', '', 1, 'found a list, expected an object'],
    ['{"Version":"2012-10-17"}', '', 1, 'Statement is missing'],
    ['{"Statement":[]}', 'Statement', 14, 'expected at least one'],
    ['{"Version":"2012-10-18","Statement":{}}', 'Version', 12, '"2008-10-17" or "2012-10-17"'],
    [`{"statement":{${allow}}}`, 'statement', 2, 'did you mean Statement?'],
    [`{"Statement":{${allow}},"Statement":{${allow}}}`, 'Statement', 61, 'given twice'],
    ['{"Statement":["x"]}', 'Statement[0]', 15, 'expected a statement'],
    [
      statement('"Effect":"allow","Action":"*","Resource":"*"'),
      'Statement.Effect',
      47,
      'with a capital letter',
    ],
    [statement('"Action":"*","Resource":"*"'), 'Statement', 37, 'Effect is missing'],
    [statement('"Effect":"Allow","Resource":"*"'), 'Statement', 37, 'Action is missing'],
    [statement('"Effect":"Allow","Action":"*"'), 'Statement', 37, 'Resource is missing'],
    [statement('"Effect":"Allow","Action":[],"Resource":"*"'), 'Statement.Action', 64, 'an empty list'],
    [
      statement('"Effect":"Allow","Action":"Invoke","Resource":"*"'),
      'Statement.Action',
      64,
      'its service in front',
    ],
    [statement(`${allow},"NotAction":"*"`), 'Statement', 83, 'both Action and NotAction'],
    [statement('"Effect":"Allow","Action":"*","Resource":"pets"'), 'Statement.Resource', 79, 'an ARN'],
    [
      statement('"Effect":"Allow","Action":"*","Resource":7'),
      'Statement.Resource',
      79,
      'found 7, expected a string',
    ],
    [statement(`${allow},"Principal":"*"`), 'Statement.Principal', 83, 'no place in an identity policy'],
    [statement(`${allow},"Sid":"a b"`), 'Statement.Sid', 89, 'letters and digits'],
    [statement(`${allow},"Principals":"*"`), 'Statement.Principals', 83, 'unknown element'],
    [condition('[]'), 'Statement.Condition', 95, 'an object of condition operators'],
    [condition('{"StringEqual":{}}'), 'Statement.Condition.StringEqual', 96, 'unknown condition operator'],
    [condition('{"NullIfExists":{}}'), 'Statement.Condition.NullIfExists', 96, 'unknown condition operator'],
    [condition('{"Bool":{"a:b":"x"}}'), 'Statement.Condition.Bool.a:b', 110, 'expected true or false'],
    [condition('{"Bool":{"ab":"true"}}'), 'Statement.Condition.Bool.ab', 104, 'aws:SourceIp'],
    [
      condition('{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}'),
      'Statement.Condition.IpAddress.aws:SourceIp',
      124,
      'an IP address',
    ],
    [
      condition('{"DateLessThan":{"a:b":"now"}}'),
      'Statement.Condition.DateLessThan.a:b',
      118,
      'a date such as',
    ],
    [condition('{"NumericEquals":{"a:b":null}}'), 'Statement.Condition.NumericEquals.a:b', 119, 'found null'],
    [condition('{"StringLike":{"a:b":"${aws:x"}}'), 'Statement.Condition.StringLike.a:b', 116, 'has no end'],
    [
      condition('{"StringLike":{"a:b":"${x y}"}}'),
      'Statement.Condition.StringLike.a:b',
      116,
      'no policy variable',
    ],
  ])('%s', (text, where, column, said) => {
    const { policy, diagnostics } = readPolicy(text, policyKinds.identity)
    expect(policy).toBeUndefined()
    expect(diagnostics.length).toBeGreaterThan(0)
    const [first] = diagnostics
    expect(first?.message).toContain(said)
    expect({ where: first?.where, line: first?.line, column: first?.column }).toEqual({
      where,
      line: 1,
      column,
    })
  })

  test.each<[principal: string, said: string]>([
    ['"arn:aws:iam::111122223333:user/x"', '"*" or an object'],
    ['{}', '"*" or an object'],
    ['{"Aws":"*"}', 'did you mean AWS?'],
    ['{"AWS":"arn:aws:iam::111122223333:user/*"}', 'without wildcards'],
    ['{"AWS":"bob"}', 'an account of 12 digits'],
    ['{"Service":"events"}', 'a service such as'],
    ['{"Federated":[true]}', 'expected a string'],
  ])('Principal %s', (principal, said) => {
    const { policy, diagnostics } = readPolicy(
      statement(`${allow},"Principal":${principal}`),
      policyKinds.resource,
    )
    expect(policy).toBeUndefined()
    expect(diagnostics.map(({ message }) => message).join()).toContain(said)
  })
})

test('all mistakes are told at once', () => {
  const text = '{"Statement":[{"Effect":"Allow","Action":"x","Resource":"y"},{"Sid":"a"},{"Sid":"a"}]}'
  const { diagnostics } = readPolicy(text, policyKinds.identity)
  expect(diagnostics.map(({ where }) => where)).toEqual([
    'Statement[0].Action',
    'Statement[0].Resource',
    'Statement[1]',
    'Statement[1]',
    'Statement[1]',
    'Statement[2].Sid',
    'Statement[2]',
    'Statement[2]',
    'Statement[2]',
  ])
})

test('a document is bounded in length and depth', () => {
  expect(readPolicy('x'.repeat(11), policyKinds.identity, { textMax: 10 }).diagnostics[0]?.message).toBe(
    'the policy has 11 characters: expected at most 10',
  )
  expect(readPolicy('['.repeat(100_000), policyKinds.identity).policy).toBeUndefined()
})

test('an API may name its own paths in short', () => {
  const arn = 'arn:aws:execute-api:eu-west-1:111122223333:abcde12345'
  const text = statement(
    '"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/prod/GET/*"',
  )
  const expandResource = expandExecuteApi(arn)
  const { policy } = readPolicy(text, policyKinds.resource, { expandResource })
  expect(policy?.statements[0]?.resource?.items).toEqual([[{ kind: 'wild', text: `${arn}/prod/GET/*` }]])
  expect(readPolicy(text, policyKinds.resource).policy).toBeUndefined()
})

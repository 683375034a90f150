import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Documents of policies: read or refused with reasons, and what is read decides without throwing.

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\',
  ' ',
  '\n',
  '"*"',
  '"Version":"2012-10-17"',
  '"Statement":',
  '"Sid":"a"',
  '"Effect":"Allow"',
  '"Effect":"Deny"',
  '"Action":"*"',
  '"NotAction":["a:b"]',
  '"Resource":"*"',
  '"Principal":"*"',
  '"Resource":"arn:aws:a:${aws:username}:?*"',
  '"Principal":{"AWS":"111122223333"}',
  '"NotPrincipal":{"Service":"a.b"}',
  '"Condition":',
  '{"StringLike":{"aws:x":"${a:b, \'c\'}*"}}',
  '{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}',
  '{"DateLessThan":{"a:b":2026}}',
  '{"ForAllValues:StringEqualsIfExists":{"a:b":["c"]}}',
  'null',
  '1e5',
  'true',
] as const

const request = {
  principal: { arn: 'arn:aws:iam::111122223333:user/x', account: '111122223333' },
  action: 'a:b',
  resource: 'arn:aws:a:b:c:d',
  context: requestContext({ 'aws:username': 'b', 'aws:sourceip': '10.0.0.1', 'a:b': ['c', 'd'] }),
}

function check(text: string): void {
  for (const kind of Object.values(policyKinds)) {
    try {
      const { policy, diagnostics } = readPolicy(text, kind)
      if ((policy === undefined) !== diagnostics.some(({ severity }) => severity === 'error')) {
        throw new Finding('refused without a reason, or read with an error', text)
      }
      if (policy !== undefined) compilePolicy(policy)(request)
    } catch (error) {
      if (error instanceof Finding) throw error
      throw new Finding(`throws ${String(error)}`, text)
    }
  }
}

/** A document that is mostly right. */
function document(random: Random): string {
  const members = random.times(random.between(1, 6), () => random.pick(PIECES.slice(13, 26)))
  const text = `{"Version":"2012-10-17","Statement":[{${members.join(',')}}]}`
  return text.replaceAll('"Condition":,', '"Condition":{"Bool":{"a:b":"true"}},')
}

export const target: FuzzTarget = {
  name: 'policy',
  async run(random) {
    for (let i = 0; i < 20; i++) {
      const text = random.chance(0.5)
        ? random.times(random.below(30), () => random.pick(PIECES)).join('')
        : random
            .split(document(random), 4)
            .reduce((all, piece) => all + (random.chance(0.1) ? random.pick(PIECES) : '') + piece, '')
      check(text)
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString('latin1'))
  },
}

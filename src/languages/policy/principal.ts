import type { Negatable, PrincipalPattern } from './document.ts'
import type { RequestPrincipal } from './request.ts'

/**
 * How directly a Principal element names the caller, strongest last.
 * - `account`: the caller's account, which then decides by its own policies.
 * - `role`: the role behind the caller's session; what bounds the role bounds the grant.
 * - `principal`: the caller itself, or everybody.
 */
export const grants = ['none', 'account', 'role', 'principal'] as const
export type Grant = (typeof grants)[number]

/** A place in `grants`. */
export type GrantLevel = 0 | 1 | 2 | 3

export type PrincipalTest = (principal: RequestPrincipal) => GrantLevel

const ACCOUNT = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/

/** NotPrincipal is for those whom nothing in it names, not even by their account or role. */
export function compilePrincipal({ not, items }: Negatable<PrincipalPattern>): PrincipalTest {
  const tests = items.map(compileItem)
  if (not) return (principal) => (tests.every((test) => test(principal) === 0) ? 3 : 0)
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return only
  return (principal) => {
    let level: GrantLevel = 0
    for (const test of tests) {
      const found = test(principal)
      if (found > level) level = found
    }
    return level
  }
}

function compileItem({ type, value }: PrincipalPattern): PrincipalTest {
  switch (type) {
    case 'any':
      return () => 3
    case 'aws':
      return compileAws(value)
    case 'service':
      return ({ service }) => (service === value ? 3 : 0)
    case 'federated':
      return ({ federated }) => (federated === value ? 3 : 0)
    case 'canonicaluser':
      return ({ canonicalUser }) => (canonicalUser === value ? 3 : 0)
  }
}

/** IAM User Guide, "AWS JSON policy elements: Principal". Wildcards inside an ARN have no meaning here. */
function compileAws(value: string): PrincipalTest {
  if (value === '*') return () => 3
  const account = ACCOUNT.exec(value)?.[1]
  if (account !== undefined) return (principal) => (principal.account === account ? 1 : 0)
  // The unique id of a role, in whose sessions it is followed by the session's name.
  const ofRole = `${value}:`
  return ({ arn, roleArn, userId }) => {
    if (arn === value || userId === value) return 3
    return roleArn === value || userId?.startsWith(ofRole) === true ? 2 : 0
  }
}

/** A statement of a function's resource policy, as AWS prints it. */
export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string }
  readonly Action: string
  readonly Resource: string
  readonly Condition?: {
    readonly StringEquals?: Readonly<Record<string, string>>
    readonly ArnLike?: Readonly<Record<string, string>>
  }
}

/** Who asks to invoke, with what the conditions may look at. */
export interface InvocationSource {
  /** A service (`apigateway.amazonaws.com`) or the ARN of a principal. */
  readonly principal: string
  readonly sourceArn: string | undefined
  readonly sourceAccount: string | undefined
}

const INVOKE = 'lambda:InvokeFunction'

/** Whether one of the statements allows the invocation. */
export function allowsInvocation(
  statements: readonly PolicyStatement[],
  functionArn: string,
  source: InvocationSource,
): boolean {
  return statements.some(
    (statement) =>
      wildcard(statement.Action, INVOKE) &&
      statement.Resource === functionArn &&
      matchesPrincipal(statement.Principal, source.principal) &&
      matchesCondition(statement.Condition, source),
  )
}

function matchesPrincipal(allowed: PolicyStatement['Principal'], asking: string): boolean {
  if (allowed === '*') return true
  if ('Service' in allowed) return allowed.Service === asking
  // An account's root stands for every principal of the account (IAM user guide, "AWS account principals").
  const root = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(allowed.AWS)
  if (root === null) return allowed.AWS === asking
  return /^arn:aws[a-z-]*:[a-z]+::(\d{12}):/.exec(asking)?.[1] === root[1]
}

function matchesCondition(condition: PolicyStatement['Condition'], source: InvocationSource): boolean {
  for (const [key, expected] of Object.entries(condition?.ArnLike ?? {})) {
    const actual = conditionValue(key, source)
    if (actual === undefined || !arnLike(expected, actual)) return false
  }
  for (const [key, expected] of Object.entries(condition?.StringEquals ?? {})) {
    if (conditionValue(key, source) !== expected) return false
  }
  return true
}

/** Condition keys are case-insensitive; a key that is not known here has no value, and so never matches. */
function conditionValue(key: string, source: InvocationSource): string | undefined {
  switch (key.toLowerCase()) {
    case 'aws:sourcearn':
      return source.sourceArn
    case 'aws:sourceaccount':
      return source.sourceAccount
    default:
      return undefined
  }
}

/** ArnLike: the six parts are compared one by one, `*` and `?` do not reach over a colon of the first five. */
function arnLike(pattern: string, arn: string): boolean {
  const expected = arnParts(pattern)
  const actual = arnParts(arn)
  if (expected.length !== actual.length) return false
  return expected.every((part, at) => wildcard(part, actual[at] as string))
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':')
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

/** `*` any run of characters, `?` any one; linear, whatever the pattern. */
export function wildcard(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

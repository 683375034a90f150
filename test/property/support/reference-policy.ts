// IAM policies evaluated in the plainest way: no compilation, no sharing, one function a sentence of the user guide.

export interface ReferenceStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export type ReferenceContext = Readonly<Record<string, string | readonly string[]>>

/** @returns the decision, and the first statement that made it */
export function referenceDecision(
  statements: readonly ReferenceStatement[],
  action: string,
  resource: string,
  context: ReferenceContext,
): readonly ['allow' | 'explicit-deny' | 'implicit-deny', number | undefined] {
  const applying = statements.map((statement) => applies(statement, action, resource, context))
  const deny = statements.findIndex(({ Effect }, index) => Effect === 'Deny' && applying[index])
  if (deny >= 0) return ['explicit-deny', deny]
  const allow = statements.findIndex(({ Effect }, index) => Effect === 'Allow' && applying[index])
  return allow >= 0 ? ['allow', allow] : ['implicit-deny', undefined]
}

function applies(
  statement: ReferenceStatement,
  action: string,
  resource: string,
  context: ReferenceContext,
): boolean {
  const { Action, NotAction = [], Resource, NotResource = [], Condition = {} } = statement
  const isAction = (pattern: string): boolean => like(pattern.toLowerCase(), action.toLowerCase())
  const isResource = (pattern: string): boolean => resourceLike(pattern, resource, context)
  if (Action === undefined ? NotAction.some(isAction) : !Action.some(isAction)) return false
  if (Resource === undefined ? NotResource.some(isResource) : !Resource.some(isResource)) return false
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, context[key], context)),
  )
}

function holds(
  operator: string,
  wanted: readonly string[],
  given: string | readonly string[] | undefined,
  context: ReferenceContext,
): boolean {
  const [, quantifier, name = '', ifExists] = /^(?:(For\w+):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  const isNegated = name.includes('Not')
  const values = given === undefined ? [] : typeof given === 'string' ? [given] : given
  if (name === 'Null') return wanted.includes(String(values.length === 0))
  if (values.length === 0) {
    if (ifExists !== undefined || quantifier === 'ForAllValues') return true
    return quantifier === 'ForAnyValue' ? false : isNegated
  }
  const isOne = (value: string): boolean =>
    wanted.some((one) => matches(name.replace('Not', ''), one, value, context)) !== isNegated
  if (quantifier === 'ForAllValues') return values.every(isOne)
  if (quantifier === 'ForAnyValue') return values.some(isOne)
  return isNegated ? values.every(isOne) : values.some(isOne)
}

function matches(name: string, wanted: string, value: string, context: ReferenceContext): boolean {
  switch (name) {
    case 'StringEquals':
      return substitute(wanted, context, (text) => text)?.includes(value) ?? false
    case 'StringLike':
      return new RegExp(`^(?:${substitute(wanted, context, wild)?.[0] ?? '(?!)'})$`, 's').test(value)
    case 'NumericLessThan':
      return Number(value) < Number(wanted)
    case 'NumericEquals':
      return Number(value) === Number(wanted)
    case 'Bool':
      return wanted === value
    case 'ArnLike':
      return arnParts(wanted).every((part, index) => like(part, arnParts(value)[index] ?? '\0'))
    case 'IpAddress':
      return isInRange(wanted, value)
    default:
      throw new Error(`no ${name} here`)
  }
}

/** Five parts, and the rest. */
function arnParts(arn: string): string[] {
  const parts = arn.split(':')
  return [...parts.slice(0, 5), parts.slice(5).join(':')]
}

function isInRange(range: string, address: string): boolean {
  const [base = '', prefix = '32'] = range.split('/')
  const bits = (text: string): string =>
    text
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
  return bits(base).slice(0, Number(prefix)) === bits(address).slice(0, Number(prefix))
}

/** In the first five parts wildcards stay between colons, save a `*` that ends its part. */
function resourceLike(pattern: string, resource: string, context: ReferenceContext): boolean {
  const source = substitute(pattern, context, (text, before, after) => {
    let written = ''
    for (let at = 0; at < text.length; at++) {
      const colons = (before.replaceAll(/\$\{[^}]*\}/g, '') + text.slice(0, at)).split(':').length - 1
      const next = (text + after)[at + 1]
      const char = text[at] as string
      const isBound = colons < 5
      if (char === '*') written += isBound && next !== ':' && next !== undefined ? '[^:]*' : '.*'
      else if (char === '?') written += isBound ? '[^:]' : '.'
      else written += escaped(char)
    }
    return written
  })
  return source !== undefined && new RegExp(`^(?:${source[0]})$`, 's').test(resource)
}

const like = (pattern: string, text: string): boolean => new RegExp(`^(?:${wild(pattern)})$`, 's').test(text)

const wild = (pattern: string): string =>
  Array.from(pattern, (char) => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char))).join('')

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Puts the values of variables in; undefined when one has no single value. `write` gives the text around them. */
function substitute(
  pattern: string,
  context: ReferenceContext,
  write: (text: string, before: string, after: string) => string,
): [string] | undefined {
  const isPlain = write('*', '', '') === '*'
  let source = ''
  let from = 0
  for (const match of pattern.matchAll(/\$\{([^}]*)\}/g)) {
    const name = match[1] as string
    const value = ['*', '?', '$'].includes(name) ? name : context[name]
    if (typeof value !== 'string') return undefined
    source += write(pattern.slice(from, match.index), pattern.slice(0, from), pattern.slice(match.index))
    source += isPlain ? value : escaped(value)
    from = match.index + match[0].length
  }
  return [source + write(pattern.slice(from), pattern.slice(0, from), '')]
}

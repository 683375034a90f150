import {
  PathError,
  pathTextMax,
  type Filter,
  type FilterOperator,
  type Operand,
  type Path,
  type PathDialect,
  type PathToken,
} from './tree.ts'

/** Filters inside the paths of filters. */
const NESTING_MAX = 20

/**
 * Reads a JSONPath as Jayway 2.0 does: properties, `['names']`, indexes, slices, `*`, `..` and filters. A path without
 * `$` starts at the root.
 * @throws PathError
 */
export function parsePath(text: string, dialect: PathDialect): Path {
  if (text.length > pathTextMax) throw new PathError(`a path of more than ${pathTextMax} characters`)
  return parse(text, { dialect, nesting: 0 })
}

interface Context {
  readonly dialect: PathDialect
  /** Filters around this path. */
  readonly nesting: number
}

function parse(given: string, context: Context): Path {
  if (context.nesting > NESTING_MAX)
    throw new PathError(`more than ${NESTING_MAX} filters inside one another`)
  let text = given.trim()
  if (text === '') throw new PathError('the path is empty')
  if (text.endsWith('..')) throw new PathError(`the path ${text} ends with a scan`)
  if (text[0] !== '$' && text[0] !== '@') text = `$.${text}`
  const fromRoot = text[0] === '$'
  text = `$${text.slice(1)}`
  if (text.length > 1 && text[1] !== '.' && text[1] !== '[') {
    throw new PathError(`the path ${given}: expected "." or "[" after "${given.trim()[0]}"`)
  }
  const tokens = new Tokens(text, context).read()
  return { tokens, definite: tokens.every(isDefinite), fromRoot }
}

const DEFINITE: ReadonlySet<PathToken['kind']> = new Set<PathToken['kind']>([
  'here',
  'property',
  'index',
  'from-length',
])

export function isDefinite(token: PathToken): boolean {
  return DEFINITE.has(token.kind)
}

class Tokens {
  readonly #text: string
  readonly #context: Context
  #at = 1

  constructor(text: string, context: Context) {
    this.#text = text
    this.#context = context
  }

  read(): PathToken[] {
    const tokens: PathToken[] = []
    while (this.#at < this.#text.length) {
      const token = this.#token()
      if (token !== undefined) tokens.push(token)
    }
    if (tokens.at(-1)?.kind === 'scan') throw new PathError(`the path ${this.#text} ends with a scan`)
    return tokens
  }

  #token(): PathToken | undefined {
    switch (this.#text[this.#at]) {
      case ' ':
        throw new PathError(`a space in the path ${this.#text}`)
      case '$':
        this.#at++
        return { kind: 'here' }
      case '*':
        this.#at++
        return { kind: 'wildcard' }
      case '[':
        return this.#bracket()
      case '.':
        this.#at++
        return this.#afterDot()
      default:
        return property(this.#name())
    }
  }

  #afterDot(): PathToken | undefined {
    const next = this.#text[this.#at]
    if (next === undefined) throw new PathError(`the path ${this.#text} ends with "."`)
    if (next === '.') {
      this.#at++
      return { kind: 'scan' }
    }
    const name = this.#name()
    if (name === '') return undefined
    return name === '*' ? { kind: 'wildcard' } : property(name)
  }

  /** Everything up to the next `.`, `[` or space. */
  #name(): string {
    const start = this.#at
    while (this.#at < this.#text.length && !'.[ '.includes(this.#text[this.#at] as string)) this.#at++
    return this.#text.slice(start, this.#at)
  }

  #bracket(): PathToken {
    const start = this.#at++
    let open = 1
    while (this.#at < this.#text.length && open > 0) {
      const char = this.#text[this.#at++]
      if (char === '[') open++
      else if (char === ']') open--
    }
    return parseBracket(this.#text.slice(start, this.#at), this.#context)
  }
}

/** A name with a quote in it ends there, as Jayway puts names between quotes and brackets to read them. */
function property(name: string): PathToken {
  return parseBracket(`['${name}']`, { dialect: '2.0', nesting: 0 })
}

function parseBracket(fragment: string, context: Context): PathToken {
  if (fragment === '[*]') return { kind: 'wildcard' }
  for (let at = 0; at < fragment.length; at++) {
    const char = fragment[at] as string
    if (char === '?') return { kind: 'filter', filter: parseFilter(fragment, at, context) }
    if (char === "'") return { kind: 'property', names: quotedNames(fragment, at) }
    if (/[\d:@-]/.test(char)) return new Numbers(fragment, at).read()
  }
  throw new PathError(`expected a quoted name, an index, a slice, "*" or a filter in ${fragment}`)
}

function quotedNames(fragment: string, start: number): string[] {
  const names: string[] = []
  let open: string | undefined
  for (let at = start; ; at++) {
    const char = fragment[at]
    if (char === undefined) throw new PathError(`unclosed ${fragment}`)
    // Even inside quotes: Jayway looks no further.
    if (char === ']') return names
    if (char !== "'") {
      if (open !== undefined) open += char
    } else if (open === undefined) {
      open = ''
    } else {
      names.push(open)
      open = undefined
    }
  }
}

/** Indexes and slices, read with all of Jayway's leniency. */
class Numbers {
  readonly #fragment: string
  #at: number

  constructor(fragment: string, at: number) {
    this.#fragment = fragment
    this.#at = at
  }

  read(): PathToken {
    return this.#char() === '@' ? this.#fromLength() : this.#list()
  }

  #char(): string {
    const char = this.#fragment[this.#at]
    if (char === undefined) throw new PathError(`unclosed ${this.#fragment}`)
    return char
  }

  #fromLength(): PathToken {
    this.#at += 2
    let name = ''
    for (; this.#char() !== '-'; this.#at++) if (!' ()'.includes(this.#char())) name += this.#char()
    if (name !== 'size' && name !== 'length') {
      throw new PathError(`expected (@.length - n) or (@.size() - n), found @.${name} in ${this.#fragment}`)
    }
    let digits = ''
    for (; this.#char() !== ')'; this.#at++) if (this.#char() !== ' ') digits += this.#char()
    return { kind: 'from-length', offset: parseInt32(digits) }
  }

  #list(): PathToken {
    const numbers: number[] = []
    let digits = ''
    let kind: 'to' | 'from' | 'between' | 'sequence' | undefined
    const is = (next: typeof kind): void => {
      if (kind === undefined || PRIORITY.indexOf(next) < PRIORITY.indexOf(kind)) kind = next
    }
    while (/[\d, :-]/.test(this.#char())) {
      const char = this.#char()
      if (char === ',') {
        numbers.push(parseInt32(digits))
        digits = ''
        is('sequence')
      } else if (char === ':') {
        const open = digits === ''
        if (!open) numbers.push(parseInt32(digits))
        digits = this.#sliceEnd()
        if (open || digits !== '') numbers.push(parseInt32(digits))
        is(open ? 'to' : digits === '' ? 'from' : 'between')
        digits = ''
        if (this.#char() === ']') break
      } else if (char !== ' ') {
        digits += char
      }
      this.#at++
    }
    if (digits !== '') numbers.push(parseInt32(digits))
    return arrayToken(kind, numbers)
  }

  #sliceEnd(): string {
    let digits = ''
    for (this.#at++; /[\d -]/.test(this.#char()); this.#at++) if (this.#char() !== ' ') digits += this.#char()
    return digits
  }
}

const PRIORITY: readonly (string | undefined)[] = ['sequence', 'from', 'to', 'between', undefined]

function arrayToken(
  kind: 'to' | 'from' | 'between' | 'sequence' | undefined,
  numbers: readonly number[],
): PathToken {
  const [first = 0, second = 0] = numbers
  if (numbers.length === 1 && kind !== 'to' && kind !== 'from') return { kind: 'index', index: first }
  switch (kind) {
    case 'sequence':
      return { kind: 'indexes', indexes: numbers }
    case 'from':
      return { kind: 'slice-from', from: first }
    case 'to':
      return { kind: 'slice-to', to: first }
    case 'between':
      return { kind: 'slice-between', from: first, to: second }
    default:
      throw new PathError('expected one index, several, or a slice')
  }
}

function parseInt32(digits: string): number {
  const value = Number(digits)
  if (!/^-?\d+$/.test(digits) || value !== (value | 0)) throw new PathError(`not an index: "${digits}"`)
  return value
}

/** Operators in the order in which Jayway looks for them. */
const OPERATORS: readonly FilterOperator[] = ['==', '>=', '<=', '!=', '<', '>', '=~']

function parseFilter(fragment: string, at: number, context: Context): Filter {
  const text = balanced(fragment, at).slice(1, -1).trim()
  if (!text.startsWith('?')) throw new PathError(`expected [?(…)], found ${fragment}`)
  const condition = text.slice(1).trim()
  if (!condition.startsWith('(') || !condition.endsWith(')'))
    throw new PathError(`expected [?(…)], found ${fragment}`)
  const inner = condition.slice(1, -1).trim()
  const parts = inner.split(/(&&|\|\|)/)
  const criteria = parts.filter((_, place) => place % 2 === 0).map((part) => parseCriterion(part, context))
  const operators = parts.filter((_, place) => place % 2 === 1)
  // From the right, as Jayway's stack has it.
  let filter = criteria.pop() as Filter
  while (operators.length > 0) {
    const other = criteria.pop() as Filter
    filter = operators.pop() === '&&' ? and(filter, other) : { kind: 'or', left: filter, right: other }
  }
  return filter
}

function and(filter: Filter, other: Filter): Filter {
  if (filter.kind === 'and') return { kind: 'and', parts: [...filter.parts, other] }
  if (filter.kind !== 'or') return { kind: 'and', parts: [filter, other] }
  return { kind: 'or', left: filter.left, right: { kind: 'and', parts: [filter.right, other] } }
}

/** The filter's text up to the bracket that closes it, quotes and parentheses respected. */
function balanced(fragment: string, at: number): string {
  const start = fragment.lastIndexOf('[', at)
  let quoted = false
  let parentheses = 0
  let brackets = 0
  for (let place = start; place < fragment.length; place++) {
    const char = fragment[place]
    if (char === "'" && fragment[place - 1] !== '\\') quoted = !quoted
    if (quoted) continue
    if (char === '(') parentheses++
    else if (char === ')') parentheses--
    else if (char === '[') brackets++
    else if (char === ']') {
      brackets--
      if (parentheses === 0) {
        if (brackets !== 0) break
        return fragment.slice(start, place + 1)
      }
    }
  }
  throw new PathError(`brackets are not balanced in the filter ${fragment}`)
}

function parseCriterion(part: string, context: Context): Filter {
  const text = part
    .trim()
    .replace(/^[[?( ]+/, '')
    .replace(/[) ]+$/, '')
  if (text === '') throw new PathError('an empty condition in a filter')
  const operator = OPERATORS.find((candidate) => text.includes(candidate))
  if (operator === undefined) {
    if (!isPath(text)) throw new PathError(`expected a path or a comparison in a filter, found ${text}`)
    const negated = text[0] === '!'
    return { kind: 'exists', path: definitePath(negated ? text.slice(1) : text, context), wanted: !negated }
  }
  const place = text.indexOf(operator)
  const right = text.slice(place + operator.length).trim()
  if (right.startsWith('!@')) throw new PathError(`"!" only asks whether a path exists: ${text}`)
  const left = text.slice(0, place).trim()
  return {
    kind: 'compare',
    operator,
    left: parseOperand(left.startsWith('!@') ? left.slice(1) : left, context),
    right: parseOperand(right, context),
    strict: context.dialect === '2.0',
  }
}

const isPath = (text: string): boolean => /^(?:\$|@|!@)/.test(text)

function definitePath(text: string, context: Context): Path {
  const path = parse(text, { ...context, nesting: context.nesting + 1 })
  if (!path.definite) throw new PathError(`the path ${text} of a filter may lead to many values`)
  return path
}

function parseOperand(text: string, context: Context): Operand {
  if (isPath(text)) return { kind: 'path', path: definitePath(text, context) }
  if (text.length > 1 && text.startsWith("'") && text.endsWith("'"))
    return { kind: 'text', text: text.slice(1, -1), quoted: true }
  if (text.length > 1 && /^\/[^]*\/i?$/.test(text)) {
    const end = text.lastIndexOf('/')
    return { kind: 'pattern', source: `${text.endsWith('i') ? '(?i)' : ''}${text.slice(1, end)}` }
  }
  return { kind: 'text', text, quoted: false }
}

import type { Diagnostic } from '#base/diagnostic.ts'
import { check } from './check.ts'
import { bodyOf, isDirective } from './directives.ts'
import { type Token, type TokenKind, LexicalError, Lexer } from './lexer.ts'
import { positionOf } from '#base/position.ts'
import type {
  Argument,
  BinaryOperator,
  DirectiveNode,
  Expression,
  Node,
  ReferenceNode,
  Step,
  Template,
} from './tree.ts'

/** Directives, expressions, operators and arguments inside one another; beyond it the template is refused. */
export const nestingMax = 400
/** Longest template, in UTF-16 units: "Mapping template size", Amazon API Gateway quotas page. */
export const templateTextMax: number = 300 * 1024
/** Longest integer literal. */
const DIGITS_MAX = 1000

/**
 * Reads a mapping template. A template with an error diagnostic has no body, and its render fails with that error.
 */
export function parseTemplate(text: string): { template: Template; diagnostics: Diagnostic[] } {
  try {
    if (text.length > templateTextMax) {
      throw new SyntaxFailure(`a template of more than ${templateTextMax} characters`, 0)
    }
    const template: Template = { text, body: new Parser(text).template(), error: undefined }
    const diagnostics = check(template)
    const error = diagnostics.find((diagnostic) => diagnostic.severity === 'error')
    return { template: error === undefined ? template : { text, body: [], error }, diagnostics }
  } catch (cause) {
    if (!(cause instanceof SyntaxFailure) && !(cause instanceof LexicalError)) throw cause
    const error: Diagnostic = { severity: 'error', message: cause.message, ...positionOf(text, cause.offset) }
    return { template: { text, body: [], error }, diagnostics: [error] }
  }
}

class SyntaxFailure extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.name = 'SyntaxFailure'
    this.offset = offset
  }
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] }
type Binary = Extract<Expression, { kind: 'binary' }>

const kinds = (...list: TokenKind[]): ReadonlySet<TokenKind> => new Set(list)

const TEXT_KINDS = kinds(
  'text',
  'dot',
  ')',
  '(',
  'integer',
  'float',
  'string',
  'escape',
  '{ref',
  '}ref',
  'empty-index',
)
const ARGUMENT_STARTS = kinds(
  'identifier',
  '{ref',
  'word',
  'string',
  'integer',
  '[',
  'float',
  '{',
  'true',
  'false',
)
const PARAMETER_STARTS = kinds(
  'string',
  'integer',
  '[',
  '{',
  'true',
  'false',
  'identifier',
  '{ref',
  'float',
  'blank',
)
const CONTROL = kinds('if', 'else', 'elseif', 'end')
const CONTROL_WORDS: ReadonlySet<string> = new Set(['if', 'end', 'set', 'else', 'elseif'])

/** Operators that associate to the left, loosest first. */
const PRECEDENCE: readonly ReadonlySet<TokenKind>[] = [
  kinds('or'),
  kinds('and'),
  kinds('equal', 'not-equal'),
  kinds('less', 'greater', 'less-equal', 'greater-equal'),
  kinds('plus', 'minus'),
  kinds('times', 'divide', 'modulo'),
]

/** How messages name what was found. */
const shown = (token: Token): string =>
  token.kind === 'end-of-template' ? 'the end of the template' : JSON.stringify(token.image.slice(0, 40))

/**
 * The grammar of Velocity 1.7, with its lookaheads: where they give up, what looks like VTL is text.
 */
class Parser {
  readonly #lexer: Lexer
  /** Tokens read so far; the parser may go back in them. */
  readonly #tokens: Mutable<Token>[] = []
  #at = 0
  #nesting = 0
  /** Macros defined above: a backslash escapes them. */
  readonly #macros = new Set<string>()
  /** Whether the `[` at a token begins a range: asked again and again on the way back. */
  readonly #ranges = new Map<number, boolean>()

  constructor(text: string) {
    this.#lexer = new Lexer(text)
  }

  template(): Node[] {
    const body = this.#statements()
    const token = this.#peek()
    if (token.kind !== 'end-of-template') {
      this.#fail(
        CONTROL.has(token.kind)
          ? `${shown(token)} without an open #if or #foreach`
          : `unexpected ${shown(token)}`,
      )
    }
    return body
  }

  #peek(ahead = 0): Mutable<Token> {
    while (this.#tokens.length <= this.#at + ahead) this.#tokens.push({ ...this.#lexer.next() })
    return this.#tokens[this.#at + ahead] as Mutable<Token>
  }

  #take(): Mutable<Token> {
    const token = this.#peek()
    this.#at++
    return token
  }

  #expect(kind: TokenKind, expected: string): Mutable<Token> {
    if (this.#peek().kind !== kind) this.#fail(`expected ${expected}, found ${shown(this.#peek())}`)
    return this.#take()
  }

  #skipBlank(): void {
    if (this.#peek().kind === 'blank') this.#at++
  }

  /** Velocity's lexer takes a `#` before a number for a part of it; what reads the number does not. */
  #checkNumber({ image }: Token): void {
    if (image.startsWith('#')) this.#fail(`expected a number, found ${image}`)
    this.#at++
  }

  #fail(message: string): never {
    throw new SyntaxFailure(message, this.#peek().offset)
  }

  #nested<T>(read: () => T): T {
    if (++this.#nesting > nestingMax) this.#fail(`more than ${nestingMax} levels of nesting`)
    const result = read()
    this.#nesting--
    return result
  }

  /** Tokens from `start` up to here as they print. */
  #literalFrom(start: number): string {
    let text = ''
    for (const token of this.#tokens.slice(start, this.#at)) {
      if (token.kind !== 'block-comment') text += token.before + token.image
    }
    return text
  }

  #statements(): Node[] {
    const nodes: Node[] = []
    for (;;) {
      const node = this.#statement()
      if (node === undefined) return nodes
      const last = nodes.at(-1)
      if (node.kind === 'text' && last?.kind === 'text') {
        nodes[nodes.length - 1] = { kind: 'text', text: last.text + node.text, offset: last.offset }
      } else {
        nodes.push(node)
      }
    }
  }

  #statement(): Node | undefined {
    const token = this.#peek()
    switch (token.kind) {
      case 'if':
        return this.#if()
      case 'identifier':
        return this.#reference()
      case '{ref':
        return this.#peek(1).kind === 'identifier' ? this.#reference() : this.#text()
      case 'line-comment-start':
        return this.#lineComment()
      case 'block-comment':
      case 'formal-comment':
        this.#at++
        return text(token.image.slice(0, Math.max(0, token.image.indexOf('#*'))), token)
      case 'text-block':
        this.#at++
        return text(token.image.slice(3, -3), token)
      case 'set':
        return this.#set()
      case 'escaped-directive':
        return this.#escapedDirective()
      case 'double-escape':
        return this.#escape()
      case 'word':
      case 'bracketed-word':
        return this.#nested(() => this.#directive())
      default:
        return TEXT_KINDS.has(token.kind) ? this.#text() : undefined
    }
  }

  #text(): Node {
    const token = this.#take()
    return text(token.before + token.image, token)
  }

  #lineComment(): Node {
    const token = this.#take()
    if (this.#peek().kind === 'line-comment-end') this.#at++
    return text(token.image.slice(0, token.image.indexOf('##')), token)
  }

  #isKnown(name: string): boolean {
    return isDirective(name) || this.#macros.has(name)
  }

  #escapedDirective(): Node {
    const token = this.#take()
    const last = token.image.lastIndexOf('\\')
    const directive = token.image.slice(last + 1)
    const name = directive[1] === '{' ? directive.slice(2, -1) : directive.slice(1)
    if (this.#isKnown(name) || CONTROL_WORDS.has(name)) {
      token.image = token.image.slice(0, Math.trunc(last / 2)) + directive
    }
    return text(token.image, token)
  }

  #escape(): Node {
    const token = this.#peek()
    let count = 0
    while (this.#peek().kind === 'double-escape') {
      this.#at++
      count++
    }
    const next = this.#peek()
    const control = CONTROL.has(next.kind) || this.#isKnown(next.image.slice(1))
    return text((control ? '\\' : '\\\\').repeat(count), token)
  }

  #if(): Node {
    return this.#nested(() => {
      const { offset } = this.#take()
      const branches: Mutable<Extract<Node, { kind: 'if' }>['branches'][number]>[] = []
      branches.push({ condition: this.#condition(), body: this.#statements() })
      while (this.#peek().kind === 'elseif') {
        this.#at++
        branches.push({ condition: this.#condition(), body: this.#statements() })
      }
      if (this.#peek().kind === 'else') {
        this.#at++
        branches.push({ condition: undefined, body: this.#statements() })
      }
      this.#expect('end', '#end')
      return { kind: 'if', branches, offset }
    })
  }

  #condition(): Expression {
    this.#skipBlank()
    this.#expect('(', '"(" and a condition')
    const condition = this.#expression()
    this.#expect(')', '")"')
    return condition
  }

  #set(): Node {
    const { offset } = this.#take()
    this.#skipBlank()
    const kind = this.#peek().kind
    if (kind !== 'identifier' && kind !== '{ref')
      this.#fail(`expected a reference to set, found ${shown(this.#peek())}`)
    const target = this.#reference()
    this.#skipBlank()
    this.#expect('assign', '"="')
    const value = this.#expression()
    this.#expect(')', '")"')
    this.#lexer.endSet()
    return { kind: 'set', target, value, offset }
  }

  #directive(): DirectiveNode {
    const first = this.#at
    const token = this.#take()
    const name = token.kind === 'bracketed-word' ? token.image.slice(2, -1) : token.image.slice(1)
    const node = { kind: 'directive', name, offset: token.offset } as const
    const isMacro = name === 'macro'
    this.#lexer.become('directive')
    if (!this.#lexer.isBeforeParenthesis()) {
      if (isMacro) this.#fail('#macro needs "(" and a name')
      this.#lexer.pop()
      return { ...node, args: [], body: undefined, bodyText: '', literal: token.image, called: false }
    }
    this.#skipBlank()
    this.#expect('(', '"("')
    const args = this.#directiveArguments(name)
    this.#skipBlank()
    this.#expect(')', '")"')
    if (bodyOf(name) === 'none') {
      return {
        ...node,
        args,
        body: undefined,
        bodyText: '',
        literal: this.#literalOf(name, first),
        called: true,
      }
    }
    const start = this.#at
    const body = this.#statements()
    const bodyText = name === 'literal' ? this.#literalFrom(start) : ''
    if (this.#peek().kind !== 'end') this.#fail(`expected #end of #${name}, found ${shown(this.#peek())}`)
    this.#take()
    if (isMacro) {
      if (args[0]?.kind !== 'word')
        throw new SyntaxFailure('#macro needs a name as its first argument', token.offset)
      this.#macros.add(args[0].word)
    }
    return { ...node, args, body, bodyText, literal: this.#literalOf(name, first), called: true }
  }

  /** Only what may turn out to be no directive prints as it is written. */
  #literalOf(name: string, start: number): string {
    let text = ''
    if (isDirective(name)) return text
    for (const token of this.#tokens.slice(start, this.#at)) text += token.image
    return text
  }

  #directiveArguments(name: string): Argument[] {
    const args: Argument[] = []
    while (this.#isArgumentAhead()) {
      this.#skipBlank()
      if (this.#peek().kind === ',') {
        this.#at++
        this.#skipBlank()
      }
      const token = this.#peek()
      if (!ARGUMENT_STARTS.has(token.kind))
        this.#fail(`expected an argument of #${name}, found ${shown(token)}`)
      if (token.kind !== 'word') {
        if (name === 'macro' && args.length === 0) this.#fail('#macro needs a name as its first argument')
        args.push(this.#nested(() => this.#operand()))
        continue
      }
      const place = args.length
      if (isDirective(name) && !(name === 'macro' && place === 0) && !(name === 'foreach' && place === 1)) {
        this.#fail(`#${name} takes no word here, found ${shown(token)}`)
      }
      this.#at++
      args.push({ kind: 'word', word: token.image, offset: token.offset })
    }
    return args
  }

  /** Looks two tokens ahead, as Velocity does. */
  #isArgumentAhead(): boolean {
    const first = this.#peek().kind
    if (first === 'blank') {
      const second = this.#peek(1).kind
      return second === ',' || ARGUMENT_STARTS.has(second)
    }
    if (first === ',') {
      const second = this.#peek(1).kind
      return second === 'blank' || ARGUMENT_STARTS.has(second)
    }
    return ARGUMENT_STARTS.has(first)
  }

  #expression(): Expression {
    return this.#nested(() => this.#binary(0))
  }

  #binary(level: number): Expression {
    const operators = PRECEDENCE[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    const nesting = this.#nesting
    while (operators.has(this.#peek().kind)) {
      if (++this.#nesting > nestingMax) this.#fail(`more than ${nestingMax} levels of nesting`)
      const operator = this.#take()
      const start = this.#at
      const right = this.#binary(level + 1)
      left = {
        kind: 'binary',
        operator: operator.kind as BinaryOperator,
        left,
        right,
        offset: operator.offset,
        literal: this.#literalFrom(start),
      } satisfies Binary
    }
    this.#nesting = nesting
    return left
  }

  #unary(): Expression {
    const blank = this.#peek().kind === 'blank' ? 1 : 0
    if (this.#peek(blank).kind !== 'not') return this.#primary()
    this.#at += blank
    const { offset } = this.#take()
    const start = this.#at
    const operand = this.#nested(() => this.#unary())
    return { kind: 'not', operand, offset, literal: this.#literalFrom(start) }
  }

  #primary(): Expression {
    this.#skipBlank()
    let expression: Expression
    if (this.#peek().kind === '(') {
      this.#at++
      expression = this.#expression()
      this.#expect(')', '")"')
    } else {
      expression = this.#nested(() => this.#operand())
    }
    this.#skipBlank()
    return expression
  }

  /** A value with blanks around it, as between the parentheses of a method. */
  #parameter(): Expression {
    this.#skipBlank()
    const value = this.#nested(() => this.#operand())
    this.#skipBlank()
    return value
  }

  #operand(): Expression {
    const token = this.#peek()
    const { offset } = token
    switch (token.kind) {
      case 'identifier':
      case '{ref':
        return this.#reference()
      case 'string':
        this.#at++
        return stringLiteral(token)
      case 'integer':
        if (token.image.length > DIGITS_MAX) this.#fail(`an integer of more than ${DIGITS_MAX} digits`)
        this.#checkNumber(token)
        return { kind: 'integer', digits: token.image, offset, literal: token.image }
      case 'float':
        this.#checkNumber(token)
        return { kind: 'float', digits: token.image, offset, literal: token.image }
      case 'true':
      case 'false':
        this.#at++
        return { kind: 'boolean', value: token.kind === 'true', offset, literal: token.image }
      case '[':
        return this.#isRange() ? this.#range() : this.#list()
      case '{':
        return this.#map()
      default:
        return this.#fail(`expected a value, found ${shown(token)}`)
    }
  }

  #isRange(): boolean {
    const start = this.#at
    let answer = this.#ranges.get(start)
    if (answer !== undefined) return answer
    const nesting = this.#nesting
    try {
      this.#at++
      this.#skipBlank()
      this.#rangeEnd()
      this.#skipBlank()
      answer = this.#peek().kind === '..'
    } catch (failure) {
      if (!(failure instanceof SyntaxFailure)) throw failure
      answer = false
    }
    this.#at = start
    this.#nesting = nesting
    this.#ranges.set(start, answer)
    return answer
  }

  #rangeEnd(): Expression {
    const kind = this.#peek().kind
    if (kind !== 'identifier' && kind !== '{ref' && kind !== 'integer') {
      this.#fail(`expected an integer or a reference, found ${shown(this.#peek())}`)
    }
    return this.#nested(() => this.#operand())
  }

  #range(): Expression {
    const start = this.#at
    const { offset } = this.#take()
    this.#skipBlank()
    const from = this.#rangeEnd()
    this.#skipBlank()
    this.#expect('..', '".."')
    this.#skipBlank()
    const to = this.#rangeEnd()
    this.#skipBlank()
    this.#expect(']', '"]"')
    return { kind: 'range', from, to, offset, literal: this.#literalFrom(start) }
  }

  #list(): Expression {
    const start = this.#at
    const { offset } = this.#take()
    const items: Expression[] = []
    if (PARAMETER_STARTS.has(this.#peek().kind)) {
      items.push(this.#parameter())
      while (this.#peek().kind === ',') {
        this.#at++
        items.push(this.#parameter())
      }
    }
    this.#expect(']', '"]" or ","')
    return { kind: 'list', items, offset, literal: this.#literalFrom(start) }
  }

  #map(): Expression {
    const start = this.#at
    const { offset } = this.#take()
    const entries: (readonly [Expression, Expression])[] = []
    const blank = this.#peek().kind === 'blank' ? 1 : 0
    const first = this.#peek(blank).kind
    if (first !== 'blank' && PARAMETER_STARTS.has(first)) {
      entries.push(this.#entry())
      while (this.#peek().kind === ',') {
        this.#at++
        entries.push(this.#entry())
      }
    } else {
      this.#at += blank
    }
    const close = this.#peek().kind
    if (close !== '}' && close !== '}ref') this.#fail(`expected "}" or ",", found ${shown(this.#peek())}`)
    this.#at++
    return { kind: 'map', entries, offset, literal: this.#literalFrom(start) }
  }

  #entry(): readonly [Expression, Expression] {
    const key = this.#parameter()
    this.#expect(':', '":"')
    return [key, this.#parameter()]
  }

  #reference(): ReferenceNode {
    const start = this.#at
    const first = this.#take()
    const braced = first.kind === '{ref'
    const identifier = braced ? this.#expect('identifier', 'a name') : first
    const steps: Step[] = []
    this.#indexes(steps)
    while (this.#peek().kind === 'dot' && this.#peek(1).kind === 'identifier') {
      this.#at++
      steps.push(this.#isMethodAhead() ? this.#method() : this.#property())
      this.#indexes(steps)
    }
    if (braced) this.#expect('}ref', '"}"')
    return this.#rooted(start, first, identifier, steps)
  }

  #property(): Step {
    const token = this.#take()
    return { kind: 'property', name: token.image, offset: token.offset }
  }

  /** Looks three tokens ahead, as Velocity does. */
  #isMethodAhead(): boolean {
    if (this.#peek(1).kind !== '(') return false
    const third = this.#peek(2).kind
    return third === ')method' || PARAMETER_STARTS.has(third)
  }

  #method(): Step {
    const token = this.#take()
    this.#at++
    const args: Expression[] = []
    if (this.#peek().kind !== ')method') {
      args.push(this.#parameter())
      while (this.#peek().kind === ',') {
        this.#at++
        args.push(this.#parameter())
      }
    }
    this.#expect(')method', '")" or ","')
    return { kind: 'method', name: token.image, args, offset: token.offset }
  }

  #indexes(steps: Step[]): void {
    while (this.#peek().kind === '[index') {
      const { offset } = this.#take()
      this.#skipBlank()
      const kind = this.#peek().kind
      if (!INDEX_STARTS.has(kind)) this.#fail(`expected an index, found ${shown(this.#peek())}`)
      const index = this.#nested(() => this.#operand())
      this.#skipBlank()
      this.#expect(']index', '"]"')
      steps.push({ kind: 'index', index, offset })
    }
  }

  /** Takes the image of a reference's first token apart: backslashes, stray text, `$`, `!`, `{`. */
  #rooted(start: number, first: Mutable<Token>, identifier: Token, steps: readonly Step[]): ReferenceNode {
    const node = { kind: 'reference', steps, offset: first.offset } as const
    const slashBang = first.image.indexOf('\\!')
    if (slashBang >= 0) {
      // `$\!name`: one backslash less, and never a value.
      const from = first.image.indexOf('\\', first.image.indexOf('$'))
      const literal = first.image.slice(0, slashBang) + first.image.slice(slashBang + 1)
      const shape = { quiet: false, escaped: false, backslashes: '', prefix: '', computable: false }
      return { ...node, ...shape, name: from < 0 ? undefined : literal, literal, image: literal }
    }
    const count = /^\\*/.exec(first.image)?.[0].length ?? 0
    const backslashes = '\\'.repeat(Math.trunc(count / 2))
    const escaped = count % 2 === 1
    first.image = first.image.slice(count)
    const dollar = first.image.lastIndexOf('$')
    const prefix = dollar > 0 ? first.image.slice(0, dollar) : ''
    if (dollar > 0) first.image = first.image.slice(dollar)
    const image = this.#literalFrom(start)
    const quiet = first.image.startsWith('$!')
    const literal = quiet && !escaped ? '' : image
    const shape = { quiet, escaped, backslashes, prefix, literal, image, computable: true }
    if (dollar < 0) return { ...node, ...shape, name: undefined, literal: first.image }
    const name = first === identifier ? first.image.slice(quiet ? 2 : 1) : identifier.image
    return { ...node, ...shape, name }
  }
}

const INDEX_STARTS = kinds('string', 'integer', 'true', 'false', 'identifier', '{ref')

function text(value: string, token: Token): Node {
  return { kind: 'text', text: value, offset: token.offset }
}

/** Quotes double to stand for themselves; double quotes read `\uXXXX` and hold VTL. */
function stringLiteral(token: Token): Expression {
  const quote = token.image[0] as string
  const inner = token.image.slice(1, -1)
  const { offset, image: literal } = token
  if (quote === "'") return { kind: 'string', text: inner.replaceAll("''", "'"), offset, literal }
  const value = unescapeUnicode(inner, offset).replaceAll('""', '"')
  if (!/[$#]/.test(inner)) return { kind: 'string', text: value, offset, literal }
  // Velocity appends a blank, without which a reference at the end could not be told from an unfinished one.
  const padded = !value.includes('##')
  try {
    const body = new Parser(padded ? `${value} ` : value).template()
    return { kind: 'interpolated', body, padded, offset, literal }
  } catch (failure) {
    if (!(failure instanceof SyntaxFailure) && !(failure instanceof LexicalError)) throw failure
    throw new SyntaxFailure(`in the string ${literal.slice(0, 40)}: ${failure.message}`, offset)
  }
}

function unescapeUnicode(text: string, offset: number): string {
  return text.replace(/\\u([^]{0,4})/g, (_, digits: string) => {
    if (!/^[0-9a-fA-F]{4}$/.test(digits))
      throw new SyntaxFailure(`expected four hex digits after "\\u"`, offset)
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
}

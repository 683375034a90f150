import type { Diagnostic } from '#base/diagnostic.ts'
import { isDirective } from './directives.ts'
import { positionOf } from '#base/position.ts'
import type { Argument, DirectiveNode, Expression, Node, Template } from './tree.ts'

/** What is wrong with a template besides its syntax: Velocity refuses these before it renders anything. */
export function check(template: Template): Diagnostic[] {
  const checker = new Checker(template.text)
  checker.nodes(template.body, undefined)
  return checker.diagnostics
}

type ArgumentKind = Argument['kind']

/** What is wrong with a directive's arguments, by its name. */
const ARGUMENT_RULES: ReadonlyMap<string, (node: DirectiveNode) => string | undefined> = new Map([
  ['foreach', (node) => (node.called ? undefined : '#foreach needs ($item in $list)')],
  ['define', (node) => (node.args.length === 1 ? undefined : '#define needs one name, as in #define($name)')],
  ['literal', checkLiteral],
  [
    'break',
    (node) => (node.args.length <= 1 ? undefined : '#break takes at most one scope, such as $foreach'),
  ],
  ['stop', (node) => (node.args.length <= 1 ? undefined : '#stop takes at most one message')],
  ['evaluate', checkEvaluate],
])

function checkLiteral({ called, args, body }: DirectiveNode): string | undefined {
  if (!called) return '#literal needs parentheses, as in #literal()'
  return args.length === 0 && body?.length === 0 ? '#literal needs something before its #end' : undefined
}

const EVALUATED: ReadonlySet<ArgumentKind> = new Set<ArgumentKind>(['string', 'interpolated', 'reference'])

function checkEvaluate({ args: [text, ...rest] }: DirectiveNode): string | undefined {
  if (text === undefined || rest.length > 0) return '#evaluate needs exactly one argument'
  return EVALUATED.has(text.kind) ? undefined : '#evaluate needs a string or a reference'
}

class Checker {
  readonly diagnostics: Diagnostic[] = []
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  /** @param within where the nodes stand when their own offsets do not count in the template's text */
  nodes(nodes: readonly Node[], within: number | undefined): void {
    for (const node of nodes) {
      switch (node.kind) {
        case 'text':
          break
        case 'reference':
          this.#expression(node, within)
          break
        case 'set':
          this.#expression(node.target, within)
          this.#expression(node.value, within)
          break
        case 'if':
          for (const { condition, body } of node.branches) {
            if (condition !== undefined) this.#expression(condition, within)
            this.nodes(body, within)
          }
          break
        case 'directive':
          this.#directive(node, within)
          break
      }
    }
  }

  #directive(node: DirectiveNode, within: number | undefined): void {
    const problem = ARGUMENT_RULES.get(node.name)?.(node)
    const offset = within ?? node.offset
    if (problem !== undefined) this.#report('error', problem, offset)
    if (node.name === 'include' || node.name === 'parse') {
      this.#report(
        'warning',
        `#${node.name} reads files, which templates may not: rendering it fails`,
        offset,
      )
    }
    if (!isDirective(node.name) && !node.name.startsWith('@') && node.called && node.args.some(isWord)) {
      this.#report('warning', `#${node.name} with a bare word is printed as it is written`, offset)
    }
    for (const argument of node.args) if (argument.kind !== 'word') this.#expression(argument, within)
    if (node.body !== undefined) this.nodes(node.body, within)
  }

  #expression(expression: Expression, within: number | undefined): void {
    switch (expression.kind) {
      case 'string':
      case 'integer':
      case 'float':
      case 'boolean':
        break
      case 'interpolated':
        this.nodes(expression.body, within ?? expression.offset)
        break
      case 'reference':
        for (const step of expression.steps) {
          if (step.kind === 'method') for (const argument of step.args) this.#expression(argument, within)
          if (step.kind === 'index') this.#expression(step.index, within)
        }
        break
      case 'list':
        for (const item of expression.items) this.#expression(item, within)
        break
      case 'map':
        for (const [key, value] of expression.entries) {
          this.#expression(key, within)
          this.#expression(value, within)
        }
        break
      case 'range':
        this.#expression(expression.from, within)
        this.#expression(expression.to, within)
        break
      case 'not':
        this.#expression(expression.operand, within)
        break
      case 'binary':
        this.#expression(expression.left, within)
        this.#expression(expression.right, within)
        break
    }
  }

  #report(severity: Diagnostic['severity'], message: string, offset: number): void {
    this.diagnostics.push({ severity, message, ...positionOf(this.#text, offset) })
  }
}

const isWord = (argument: Argument): boolean => argument.kind === 'word'

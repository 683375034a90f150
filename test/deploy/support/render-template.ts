import { stringify } from 'yaml'

// As much of Go's templates and of Helm's functions as the chart uses; anything else is an error. Not Helm itself: what it
// would say of other things (hooks, dependencies, its own rules for names) is not checked.

export type Values = Readonly<Record<string, unknown>>

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly pipeline: string }
  | { readonly kind: 'block'; readonly head: string; readonly body: readonly Node[] }

interface Scope {
  readonly root: Values
  readonly variables: Readonly<Record<string, unknown>>
}

/** Renders the templates of a chart. */
export class ChartTemplates {
  readonly #defined = new Map<string, readonly Node[]>()

  /** Takes the `define`s of a file. */
  define(text: string): void {
    for (const node of parse(text)) {
      const [, name] = node.kind === 'block' ? (/^define "(.+)"$/.exec(node.head) ?? []) : []
      if (name !== undefined && node.kind === 'block') this.#defined.set(name, node.body)
    }
  }

  render(text: string, root: Values): string {
    return this.#render(parse(text), { root, variables: {} })
  }

  #render(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.#renderOne(node, scope)).join('')
  }

  #renderOne(node: Node, scope: Scope): string {
    if (node.kind === 'text') return node.text
    if (node.kind === 'value') return shown(this.#evaluate(node.pipeline, scope))
    const [, word = '', rest = ''] = /^(\S+) (.+)$/.exec(node.head) ?? []
    if (word === 'if') return isTrue(this.#evaluate(rest, scope)) ? this.#render(node.body, scope) : ''
    const [, key, value, over = ''] = /^\$(\w+), \$(\w+) := (.+)$/.exec(rest) ?? []
    if (word !== 'range' || key === undefined || value === undefined)
      throw new Error(`unknown block: ${node.head}`)
    // Go ranges over maps in the order of their keys.
    return Object.entries(this.#evaluate(over, scope) as Values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) =>
        this.#render(node.body, { ...scope, variables: { ...scope.variables, [key]: name, [value]: each } }),
      )
      .join('')
  }

  #evaluate(pipeline: string, scope: Scope): unknown {
    const [first = '', ...functions] = pipeline.split(' | ')
    return functions.reduce(
      (value, call) => {
        const [name = '', argument = ''] = call.split(' ')
        return this.#call(name, argument, value, scope)
      },
      this.#first(first, scope),
    )
  }

  #first(text: string, scope: Scope): unknown {
    const [name = '', argument] = text.split(' ')
    if (argument === undefined) return operand(name, scope)
    if (name === 'include') {
      const nodes = this.#defined.get(JSON.parse(argument) as string)
      if (nodes === undefined) throw new Error(`no template ${argument}`)
      return this.#render(nodes, scope)
    }
    return this.#call(name, '', operand(argument, scope), scope)
  }

  #call(name: string, argument: string, value: unknown, scope: Scope): unknown {
    switch (name) {
      case 'quote':
        return JSON.stringify(shown(value))
      case 'int64':
        return BigInt(value as number)
      case 'default':
        return isTrue(value) ? value : operand(argument, scope)
      case 'not':
        return !isTrue(value)
      case 'toYaml':
        return stringify(value).trimEnd()
      case 'nindent':
        return `\n${shown(value).replaceAll(/^/gm, ' '.repeat(Number(argument)))}`
      default:
        throw new Error(`unknown function ${name}`)
    }
  }
}

function operand(text: string, { root, variables }: Scope): unknown {
  if (text.startsWith('$')) return found(variables, text.slice(1), text)
  if (!text.startsWith('.')) throw new Error(`unknown operand ${text}`)
  return text
    .slice(1)
    .split('.')
    .reduce<unknown>((value, name) => found(value as Values, name, text), root)
}

/** What is nowhere is a mistake, where Helm would say nothing. */
function found(values: Values, name: string, of: string): unknown {
  if (Object.hasOwn(values, name)) return values[name]
  throw new Error(`there is no ${of}`)
}

/** Numbers of a chart's values are floats to Helm, and Go writes large ones with an exponent. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && value >= 1e6) return value.toExponential().replace(/\+(?=\d$)/, '+0')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isTrue(value: unknown): boolean {
  return value !== '' && value !== 0 && value !== false && value !== undefined
}

function parse(text: string): readonly Node[] {
  const stack: { head: string; body: Node[] }[] = [{ head: '', body: [] }]
  let at = 0
  for (const match of text.matchAll(/(\s*\{\{-|\{\{) *(.*?) *(-\}\}\s*|\}\})/g)) {
    top(stack).body.push({ kind: 'text', text: text.slice(at, match.index) })
    at = match.index + match[0].length
    const action = match[2] as string
    if (/^(if|range|define) /.test(action)) stack.push({ head: action, body: [] })
    else if (action === 'end') {
      const { head, body } = top(stack)
      stack.pop()
      top(stack).body.push({ kind: 'block', head, body })
    } else top(stack).body.push({ kind: 'value', pipeline: action })
  }
  const { body } = top(stack)
  if (stack.length !== 1) throw new Error(`no end of {{ ${stack.at(-1)?.head} }}`)
  body.push({ kind: 'text', text: text.slice(at) })
  return body
}

function top<T>(stack: readonly T[]): T {
  const last = stack.at(-1)
  if (last === undefined) throw new Error('an end too many')
  return last
}

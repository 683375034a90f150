import type { Argument, DirectiveNode, Expression, Node, ReferenceNode, Step } from '#languages/vtl/tree.ts'

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>

/** A template's text that parses to the same tree, apart from what repeats how it was written. */
export function printTemplate(nodes: readonly Node[]): string {
  return joinTexts(nodes).map(printNode).join('')
}

/** What only looks like a reference is text, as is what was joined to the front of one; neighbouring texts are one. */
export function joinTexts(nodes: readonly Node[]): readonly Node[] {
  const joined: Node[] = []
  const add = (text: string, offset: number): void => {
    const last = joined.at(-1)
    if (last?.kind === 'text') joined[joined.length - 1] = { ...last, text: last.text + text }
    else if (text !== '') joined.push({ kind: 'text', text, offset })
  }
  for (const node of nodes) {
    const text = textOf(node)
    if (text !== undefined) {
      add(text, node.offset)
    } else if (node.kind === 'reference' && !node.escaped && node.backslashes === '') {
      add(node.prefix, node.offset)
      joined.push({ ...node, prefix: '' })
    } else {
      joined.push(node)
    }
  }
  return joined
}

/** What a node prints whatever is defined; undefined when it depends. */
function textOf(node: Node): string | undefined {
  if (node.kind === 'text') return node.text
  if (node.kind === 'reference') return node.name === undefined ? node.literal : undefined
  if (node.kind !== 'directive' || node.called) return undefined
  return /^#\{?[a-zA-Z_@][\w@]*\}?$/.test(node.literal) ? undefined : node.literal
}

function printNode(node: Node): string {
  switch (node.kind) {
    case 'text':
      return printText(node.text)
    case 'reference':
      return printReference(node)
    case 'set':
      return `#set(${printReference(node.target)} = ${printExpression(node.value)})`
    case 'if':
      return `${node.branches
        .map(({ condition, body }, place) =>
          condition === undefined
            ? `#else${printTemplate(body)}`
            : `#${place === 0 ? 'if' : 'elseif'}(${printExpression(condition)})${printTemplate(body)}`,
        )
        .join('')}#end`
    case 'directive':
      return printDirective(node)
  }
}

/** Unread text, so that nothing around it eats its blanks. `]]#` is cut in two. */
function printText(text: string): string {
  return text === '' ? '' : `#[[${text.replaceAll(']]#', ']]]]##[[#')}]]#`
}

function printDirective({ name, args, body, bodyText, literal, called }: DirectiveNode): string {
  if (!called) return literal
  const start = literal === '' ? `#${name}` : literal.slice(0, literal.indexOf('(')).trimEnd()
  const call = `${start}(${args.map(printArgument).join(' ')})`
  if (body === undefined) return call
  // The line break is eaten; a body that prints nothing was a comment.
  const text = name === 'literal' ? `\n${bodyText === '' ? '#**#' : bodyText}` : printTemplate(body)
  return `${call}${text}#end`
}

function printArgument(argument: Argument): string {
  return argument.kind === 'word' ? argument.word : printOperand(argument)
}

/** Whether it is written with braces shows when it has no value, and when it is set. */
export function isBraced({ image }: ReferenceNode): boolean {
  return /^\$!?\{/.test(image)
}

function printReference(node: ReferenceNode): string {
  const steps = node.steps.map(printStep).join('')
  if (node.name === undefined) return node.literal + steps
  if (!node.computable) {
    const start = node.literal.replace('!', '\\!')
    return start.endsWith('{') ? `${start}lost${steps}}` : start + steps
  }
  const before = node.backslashes.repeat(2) + (node.escaped ? '\\' : '') + node.prefix
  const mark = node.quiet ? '$!' : '$'
  return before + mark + (isBraced(node) ? `{${node.name}${steps}}` : node.name + steps)
}

function printStep(step: Step): string {
  switch (step.kind) {
    case 'property':
      return `.${step.name}`
    case 'method':
      return `.${step.name}(${step.args.map(printOperand).join(', ')})`
    case 'index':
      return `[${printOperand(step.index)}]`
  }
}

/** Where operators may stand. */
function printExpression(expression: Expression): string {
  if (expression.kind === 'not') return `!(${printExpression(expression.operand)})`
  if (expression.kind !== 'binary') return printOperand(expression)
  const { left, operator, right } = expression
  return `(${printExpression(left)}) ${OPERATORS[operator]} (${printExpression(right)})`
}

const OPERATORS: Readonly<Record<Of<'binary'>['operator'], string>> = {
  plus: '+',
  minus: '-',
  times: '*',
  divide: '/',
  modulo: '%',
  and: '&&',
  or: '||',
  less: '<',
  'less-equal': '<=',
  greater: '>',
  'greater-equal': '>=',
  equal: '==',
  'not-equal': '!=',
}

function printOperand(expression: Expression): string {
  switch (expression.kind) {
    case 'reference':
      return printReference(expression)
    case 'string':
      return printString(expression.text)
    case 'interpolated':
      return printInterpolated(expression)
    case 'integer':
    case 'float':
      return expression.digits
    case 'boolean':
      return String(expression.value)
    case 'list':
      return `[${expression.items.map((item) => `${printOperand(item)} `).join(', ')}]`
    case 'map':
      return `{${expression.entries
        .map(([key, value]) => `${printOperand(key)} : ${printOperand(value)} `)
        .join(', ')}}`
    case 'range':
      return `[${printOperand(expression.from)} .. ${printOperand(expression.to)} ]`
    case 'not':
    case 'binary':
      throw new Error(`a ${expression.kind} where no operator may stand`)
  }
}

function printString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function printInterpolated(expression: Of<'interpolated'>): string {
  const body = unpadded(expression)
  if (body.every((node) => node.kind === 'text')) return printString(body.map(({ text }) => text).join(''))
  const inner = printTemplate(body).replaceAll('\\u', '\\u005cu')
  return `"${inner.replaceAll('"', '""')}"`
}

/** What stands in an interpolated string, without the blank that the parser added. */
export function unpadded({ body, padded }: Of<'interpolated'>): readonly Node[] {
  const last = body.at(-1)
  if (!padded || last?.kind !== 'text') return body
  return [...body.slice(0, -1), { ...last, text: last.text.slice(0, -1) }]
}

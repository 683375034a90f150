import { parseInteger } from '#languages/json/number.ts'
import { Double, Foreign, JsonArray, JsonObject } from '#languages/json/value.ts'
import { propertyReader, readIndex, setIndex, setProperty } from '#languages/vtl/access.ts'
import { arithmetic } from '#languages/vtl/arithmetic.ts'
import { compareNumbers, isNumber, looselyEqual } from '#languages/vtl/compare.ts'
import { JavaCollection, JavaList } from '#languages/vtl/java-lists.ts'
import { JavaIterator, LoopScope } from '#languages/vtl/java-objects.ts'
import { callUnknown, findMethod } from '#languages/vtl/methods/index.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import type { Budget, Scope, VtlValue } from '#languages/vtl/scope.ts'
import { textOf } from '#languages/vtl/text.ts'
import type {
  Argument,
  DirectiveNode,
  Expression,
  Node,
  ReferenceNode,
  Step,
  Template,
} from '#languages/vtl/tree.ts'

/**
 * What a template prints, found by walking its tree and looking every name up: slow, and as plain as Velocity's own.
 * @throws Error of any kind when the render fails
 */
export function interpretTemplate(template: Template, scope: Scope): string {
  if (template.error !== undefined) throw new Error(template.error.message)
  const interpreter = new Interpreter(scope, template.body)
  try {
    interpreter.nodes(template.body)
  } catch (thrown) {
    if (!(thrown instanceof Left)) throw thrown
  }
  return interpreter.out
}

/** `#break` and `#stop`. */
class Left extends Error {
  readonly what: 'nearest' | 'template' | LoopScope
  constructor(what: 'nearest' | 'template' | LoopScope) {
    super('left')
    this.what = what
  }
}

/** A macro call, or a round of `#foreach` over null, in which its item `hidden` has no value. */
interface Frame {
  readonly outer: Frame | undefined
  readonly hidden?: string
  readonly values: Map<string, VtlValue>
  readonly args: Map<string, Argument>
}

class Block extends Foreign {
  readonly body: readonly Node[]
  readonly #interpreter: Interpreter
  readonly #frame: Frame | undefined
  readonly #depthMax: number
  depth = 0
  constructor(interpreter: Interpreter, body: readonly Node[], depthMax: number) {
    super()
    this.#interpreter = interpreter
    this.#frame = interpreter.frame
    this.#depthMax = depthMax
    this.body = body
  }

  get tooDeep(): boolean {
    return this.depth >= this.#depthMax
  }

  override text(): string {
    return this.#interpreter.captured(() =>
      this.#interpreter.within(this.#frame, () => this.#interpreter.block(this)),
    )
  }
}

/** Work after which the plain interpreter gives up, too. */
const WORK_MAX = 20_000_000

class Interpreter {
  out = ''
  frame: Frame | undefined
  readonly #scope: Scope
  readonly #globals = new Map<string, VtlValue>()
  #macros = new Map<string, readonly Argument[]>()
  #bodies = new Map<string, readonly Node[]>()
  #depth = 0
  #work = 0
  readonly #budget: Budget

  constructor(scope: Scope, body: readonly Node[]) {
    this.#scope = scope
    this.#budget = {
      textMax: scope.limits.textMax,
      regexSteps: { left: scope.limits.regexStepsMax },
      work: (units) => this.#spend(units),
      text: (length) => this.#spend(length >> 6),
    }
    this.#defineMacros(body)
  }

  #spend(units: number): void {
    this.#work += units
    if (this.#work > WORK_MAX) throw new RangeError('too much work')
  }

  nodes(nodes: readonly Node[]): void {
    for (const node of nodes) this.#node(node)
  }

  #node(node: Node): void {
    this.#spend(1)
    switch (node.kind) {
      case 'text':
        this.out += node.text
        break
      case 'reference':
        this.#print(node)
        break
      case 'set': {
        const value = this.#value(node.value)
        if (value !== null) this.#assign(node.target, value)
        break
      }
      case 'if': {
        const branch = node.branches.find(
          ({ condition }) => condition === undefined || this.#holds(condition),
        )
        if (branch !== undefined) this.nodes(branch.body)
        break
      }
      case 'directive':
        this.#directive(node)
    }
  }

  // References.

  #print(node: ReferenceNode): void {
    const { name, backslashes, prefix, literal, escaped } = node
    if (name === undefined) {
      this.out += literal
      return
    }
    const value = this.#read(name, node.steps)
    const before = backslashes + prefix
    if (escaped) this.out += backslashes + (value === null ? '\\' : '') + this.#literal(literal)
    else if (value === null || (value instanceof Block && value.tooDeep))
      this.out += backslashes + before + this.#literal(literal)
    else if (value instanceof Block) this.block(value)
    else this.out += before + textOf(value)
  }

  /** In a macro a parameter without value prints its argument as written. */
  #literal(literal: string): string {
    for (let { frame } = this; frame !== undefined; frame = frame.outer) {
      for (const [name, argument] of frame.args) if (literal === `$${name}`) return writtenAs(argument)
    }
    return literal
  }

  #read(name: string, steps: readonly Step[]): VtlValue {
    let value = this.#get(name)
    for (const step of steps) if (value !== null) value = this.#step(value, step)
    return value ?? this.#missing()
  }

  #missing(): VtlValue {
    return this.#scope.missing === 'empty' ? '' : null
  }

  #step(value: VtlValue, step: Step): VtlValue {
    this.#spend(1)
    if (step.kind === 'property') return propertyReader(step.name)(value, this.#budget)
    if (step.kind === 'index') return readIndex(value, this.#value(step.index))
    const args = step.args.map((argument) => this.#value(argument))
    const key = `${step.name}/${args.length}`
    const result = findMethod(value, key)?.(value as never, args, this.#budget)
    return result === undefined ? callUnknown(value, step.name, key, args, this.#budget) : result
  }

  #assign(node: ReferenceNode, value: VtlValue): void {
    const last = node.steps.at(-1)
    if (last === undefined) {
      // Velocity names the variable by the first token of the reference, without its first character.
      this.#put((/^\$!?\{/.exec(node.image)?.[0] ?? node.image).slice(1), value)
      return
    }
    let target = this.#get(node.name ?? '')
    for (const step of node.steps.slice(0, -1)) if (target !== null) target = this.#step(target, step)
    if (target === null) return
    if (last.kind === 'index') setIndex(target, this.#value(last.index), value)
    else setProperty(target, last.name, value)
  }

  #get(name: string): VtlValue {
    for (let { frame } = this; frame !== undefined; frame = frame.outer) {
      if (frame.hidden === name) return null
      const value = frame.values.get(name) ?? null
      if (value !== null) return value
      const argument = frame.args.get(name)
      if (argument !== undefined) return this.within(frame.outer, () => this.#argument(argument))
    }
    if (!this.#globals.has(name)) this.#globals.set(name, this.#scope.variable(name) ?? null)
    return this.#globals.get(name) as VtlValue
  }

  /** A plain variable given to a macro is not subject to the rule for what is missing. */
  #argument(argument: Argument): VtlValue {
    if (argument.kind === 'word') return null
    return argument.kind === 'reference' && argument.name !== undefined && argument.steps.length === 0
      ? this.#get(argument.name)
      : this.#value(argument)
  }

  #put(name: string, value: VtlValue): void {
    for (let { frame } = this; frame !== undefined; frame = frame.outer)
      if (frame.hidden === undefined) frame.values.set(name, value)
    this.#globals.set(name, value)
  }

  #putBack(name: string, value: VtlValue): void {
    if (value !== null) {
      this.#put(name, value)
      return
    }
    for (let { frame } = this; frame !== undefined; frame = frame.outer) {
      frame.values.delete(name)
      frame.args.delete(name)
    }
    this.#globals.set(name, null)
  }

  within<T>(frame: Frame | undefined, run: () => T): T {
    const inner = this.frame
    this.frame = frame
    try {
      return run()
    } finally {
      this.frame = inner
    }
  }

  captured(run: () => void): string {
    const before = this.out
    this.out = ''
    try {
      run()
      return this.out
    } finally {
      this.out = before
    }
  }

  // Expressions.

  #value(expression: Expression): VtlValue {
    switch (expression.kind) {
      case 'reference':
        return expression.name === undefined || !expression.computable
          ? null
          : this.#read(expression.name, expression.steps)
      case 'string':
        return expression.text
      case 'interpolated': {
        const text = this.captured(() => this.nodes(expression.body))
        return expression.padded ? text.slice(0, -1) : text
      }
      case 'integer':
        return parseInteger(expression.digits)
      case 'float':
        return new Double(Number(expression.digits))
      case 'boolean':
        return expression.value
      case 'list':
        return new JavaList(expression.items.map((item) => this.#value(item)))
      case 'map': {
        const map = new JsonObject()
        for (const [key, value] of expression.entries) map.set(this.#value(key), this.#value(value))
        return map
      }
      case 'range':
        return this.#range(this.#value(expression.from), this.#value(expression.to))
      case 'not':
        return !this.#holds(expression.operand)
      case 'binary':
        return this.#binary(expression)
    }
  }

  #range(from: VtlValue, to: VtlValue): VtlValue {
    if (!isNumber(from) || !isNumber(to)) return null
    const list = new JavaList()
    const [start, end] = [intOf(from), intOf(to)]
    const step = start < end ? 1 : -1
    for (let item = start; ; item += step) {
      this.#spend(1)
      list.items.push(item)
      if (item === end) return list
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): VtlValue {
    if (operator === 'and') return this.#holds(left) && this.#holds(right)
    if (operator === 'or') return this.#holds(left) || this.#holds(right)
    const a = this.#value(left)
    const b = this.#value(right)
    switch (operator) {
      case 'equal':
        return looselyEqual(a, b, this.#budget)
      case 'not-equal':
        return !looselyEqual(a, b, this.#budget)
      case 'less':
        return isNumber(a) && isNumber(b) && compareNumbers(a, b) < 0
      case 'less-equal':
        return isNumber(a) && isNumber(b) && compareNumbers(a, b) <= 0
      case 'greater':
        return isNumber(a) && isNumber(b) && compareNumbers(a, b) > 0
      case 'greater-equal':
        return isNumber(a) && isNumber(b) && compareNumbers(a, b) >= 0
      default:
        if (operator === 'plus' && (typeof a === 'string' || typeof b === 'string'))
          return textOf(a ?? left.literal) + textOf(b ?? right.literal)
        return isNumber(a) && isNumber(b) ? arithmetic(operator, a, b) : null
    }
  }

  /** Only references, booleans, comparisons and what is made of them can hold. */
  #holds(expression: Expression): boolean {
    const { kind } = expression
    if (kind === 'reference') {
      const value = this.#value(expression)
      return value !== null && value !== false
    }
    if (kind === 'binary' && ARITHMETIC.has(expression.operator)) return false
    return (kind === 'boolean' || kind === 'not' || kind === 'binary') && this.#value(expression) === true
  }

  // Directives.

  #directive(node: DirectiveNode): void {
    const { name, args, body = [], bodyText } = node
    const [first] = args
    switch (name) {
      case 'foreach':
        this.#foreach(node)
        break
      case 'macro':
        break
      case 'define':
        this.#put(first === undefined ? '' : nameOf(first), new Block(this, body, 2))
        break
      case 'literal':
        this.out += first === undefined ? bodyText : writtenAs(first)
        break
      case 'evaluate':
        this.#evaluate(first)
        break
      case 'break': {
        const loop = first === undefined || first.kind === 'word' ? undefined : this.#value(first)
        if (first === undefined) throw new Left('nearest')
        throw loop instanceof LoopScope ? new Left(loop) : new Error('no scope')
      }
      case 'stop':
        throw new Left('template')
      case 'include':
      case 'parse':
        throw new Error('no files')
      default:
        this.#macro(node)
    }
  }

  #foreach({ args, body = [] }: DirectiveNode): void {
    const [item, , list] = args
    if (list === undefined && args.length === 2) return
    if (list === undefined) throw new Error('no list')
    const name = (item?.kind === 'reference' ? item.name : undefined) ?? ''
    const items = this.#itemsOf(list.kind === 'word' ? null : this.#value(list))
    if (items === undefined) return
    const before = [name, 'velocityCount', 'velocityHasNext'].map((key) => [key, this.#get(key)] as const)
    const loop = new LoopScope(this.#get('foreach'))
    this.#put('foreach', loop)
    try {
      this.#rounds(items, name, loop, body)
    } catch (thrown) {
      if (!(thrown instanceof Left) || (thrown.what !== 'nearest' && thrown.what !== loop)) throw thrown
    } finally {
      for (const [key, value] of before) this.#putBack(key, value)
      const after = this.#get('foreach')
      if (after instanceof LoopScope) this.#putBack('foreach', after.parent ?? after.replaced)
    }
  }

  #rounds({ list, size, iterator }: Items, name: string, loop: LoopScope, body: readonly Node[]): void {
    const sizeBefore = size()
    const start = iterator?.place ?? 0
    for (let at = start; at < start + this.#scope.limits.roundsPerLoopMax && at !== list.length; at++) {
      if (size() !== sizeBefore) throw new Error('changed')
      loop.index++
      loop.hasNext = at + 1 !== list.length
      this.#put('velocityCount', loop.index + 1)
      this.#put('velocityHasNext', loop.hasNext)
      this.#put(name, list[at] as VtlValue)
      if (iterator !== undefined) iterator.place = at + 1
      if (list[at] === null) {
        const hiding: Frame = { outer: this.frame, hidden: name, values: new Map(), args: new Map() }
        this.within(hiding, () => this.nodes(body))
      } else {
        this.nodes(body)
      }
    }
  }

  #itemsOf(value: VtlValue): Items | undefined {
    if (value instanceof JavaCollection) return { list: value.items, size: () => value.map.size }
    if (value instanceof JsonArray) return { list: value.items, size: () => value.items.length }
    if (value instanceof JsonObject) return { list: [...value.values], size: () => value.size }
    if (!(value instanceof JavaIterator)) return undefined
    return { list: value.items, size: () => value.items.length, iterator: value }
  }

  /** One level deeper; `#break` inside ends it. */
  #deeper(nodes: readonly Node[]): void {
    if (++this.#depth > this.#scope.limits.depthMax) throw new RangeError('too deep')
    try {
      this.nodes(nodes)
    } catch (thrown) {
      if (!(thrown instanceof Left) || thrown.what !== 'nearest') throw thrown
    } finally {
      this.#depth--
    }
  }

  block(block: Block): void {
    if (block.tooDeep) return
    block.depth++
    try {
      this.#deeper(block.body)
    } finally {
      block.depth--
    }
  }

  #evaluate(argument: Argument | undefined): void {
    const value = argument === undefined || argument.kind === 'word' ? null : this.#value(argument)
    const { template } = parseTemplate(value === null ? '' : textOf(value))
    if (template.error !== undefined) throw new Error(template.error.message)
    this.#macros = new Map(this.#macros)
    this.#bodies = new Map(this.#bodies)
    this.#defineMacros(template.body)
    try {
      this.#deeper(template.body)
    } catch (thrown) {
      if (!(thrown instanceof Left) || thrown.what !== 'template') throw thrown
    }
  }

  #macro({ name: written, called, args, body, literal }: DirectiveNode): void {
    if (written.startsWith('@') && !called) {
      this.out += `#${written}`
      return
    }
    const name = written.replace(/^@/, '')
    const parameters = this.#macros.get(name)
    if (parameters === undefined) {
      this.out += literal
      return
    }
    if (args.some(({ kind }) => kind === 'word')) throw new Error('a bare word')
    const frame: Frame = { outer: this.frame, values: new Map(), args: new Map() }
    for (const [at, parameter] of parameters.entries()) {
      const argument = args[at]
      if (argument === undefined || argument.kind === 'word') continue
      if (CONSTANTS.has(argument.kind)) frame.values.set(nameOf(parameter), this.#value(argument))
      else frame.args.set(nameOf(parameter), argument)
    }
    if (body !== undefined)
      frame.values.set('bodyContent', new Block(this, body, this.#scope.limits.depthMax))
    this.within(frame, () => this.#deeper(this.#bodies.get(name) ?? []))
  }

  /** Macros are there before anything is printed, wherever they stand; the last of a name counts. */
  #defineMacros(tree: unknown): void {
    if (Array.isArray(tree)) for (const part of tree) this.#defineMacros(part)
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return
    for (const part of Object.values(tree)) this.#defineMacros(part)
    const { kind, name, args, body } = tree as Partial<DirectiveNode>
    const [first, ...parameters] = kind === 'directive' && name === 'macro' ? (args ?? []) : []
    if (first?.kind !== 'word') return
    this.#macros.set(first.word, parameters)
    this.#bodies.set(first.word, body ?? [])
  }
}

interface Items {
  readonly list: readonly VtlValue[]
  /** Changes when what is gone through grows or shrinks, which fails. */
  readonly size: () => number
  readonly iterator?: JavaIterator
}

const ARITHMETIC: ReadonlySet<string> = new Set(['plus', 'minus', 'times', 'divide', 'modulo'])
/** Arguments of macros that are read once. */
const CONSTANTS: ReadonlySet<string> = new Set(['integer', 'float', 'boolean'])

const intOf = (value: number | bigint | Double): number =>
  value instanceof Double ? Math.trunc(value.value) | 0 : Number(BigInt.asIntN(32, BigInt(value)))

function writtenAs(argument: Argument): string {
  if (argument.kind === 'word') return argument.word
  return argument.kind === 'reference' ? argument.image : argument.literal
}

/** The name that a parameter of a macro, or of `#define`, gives. */
function nameOf(parameter: Argument): string {
  const text = writtenAs(parameter)
  return parameter.kind === 'word' ? text : (/^\$(!?\{|!?[\w-]+)/.exec(text)?.[1] ?? text)
}

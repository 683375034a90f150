import { JsonArray, JsonObject } from '#languages/json/value.ts'
import type { CompileContext } from './compile-context.ts'
import { compileRange } from './compile-expression.ts'
import { JavaCollection } from './java-lists.ts'
import { JavaIterator, LoopScope } from './java-objects.ts'
import { parseTemplate } from './parse.ts'
import {
  Block,
  failAt,
  Frame,
  Leave,
  leaveNearest,
  leaveTemplate,
  Names,
  type Eval,
  type Macro,
  type MacroArgument,
  type Render,
  type Run,
} from './render.ts'
import type { VtlValue } from './scope.ts'
import { textOf } from './text.ts'
import type { Argument, DirectiveNode, Template } from './tree.ts'

/** Compiles a template found while rendering, whose names and macros join those of the render. */
export type CompileInto = (template: Template, names: Names, macros: Map<string, Macro>) => Run

type CompileDirective = (node: DirectiveNode, context: CompileContext, compileInto: CompileInto) => Run

const nothing: Run = () => {}

const DIRECTIVES: ReadonlyMap<string, CompileDirective> = new Map<string, CompileDirective>([
  ['foreach', compileForeach],
  ['macro', compileMacro],
  ['define', compileDefine],
  ['literal', compileLiteral],
  ['evaluate', compileEvaluate],
  ['break', compileBreak],
  ['stop', () => () => raise(leaveTemplate)],
  ['include', refuse],
  ['parse', refuse],
])

export function compileDirective(
  node: DirectiveNode,
  context: CompileContext,
  compileInto: CompileInto,
): Run {
  return (DIRECTIVES.get(node.name) ?? compileMacroCall)(node, context, compileInto)
}

function write(text: string): Run {
  return (render) => {
    render.out += text
  }
}

function raise(thrown: Error): never {
  throw thrown
}

/** Prints its body as written, and its argument in place of the body when there is one. */
function compileLiteral({ args: [argument], body, bodyText }: DirectiveNode, context: CompileContext): Run {
  // What is written is not run, but a macro defined there is defined.
  context.block(body ?? [])
  if (argument === undefined) return write(bodyText)
  return write(
    argument.kind === 'word'
      ? argument.word
      : argument.kind === 'reference'
        ? argument.image
        : argument.literal,
  )
}

function refuse({ name, offset }: DirectiveNode, context: CompileContext): Run {
  const refused = new Error(`#${name} reads files, which templates may not`)
  return () => failAt(refused, () => context.at(offset))
}

function valueOf(argument: Argument, context: CompileContext): Eval {
  return argument.kind === 'word' ? () => null : context.value(argument)
}

function compileForeach(node: DirectiveNode, context: CompileContext): Run {
  const [item, , list] = node.args
  const body = context.block(node.body ?? [])
  const at = () => context.at(node.offset)
  const itemSlot = context.names.slot(item?.kind === 'reference' ? (item.name ?? '') : '')
  // With fewer arguments Velocity takes the body for the list, which has no value.
  if (list === undefined)
    return node.args.length === 2 ? nothing : () => failAt(new Error('#foreach needs ($item in $list)'), at)
  const slots = {
    item: itemSlot,
    count: context.names.slot('velocityCount'),
    hasNext: context.names.slot('velocityHasNext'),
    loop: context.names.slot('foreach'),
  }
  const read = list.kind === 'range' ? compileRange(list, context, true) : valueOf(list, context)
  return (render) => {
    const items = itemsOf(read(render), render)
    if (items === undefined) return
    const before = {
      item: render.get(slots.item),
      count: render.get(slots.count),
      hasNext: render.get(slots.hasNext),
    }
    const loop = new LoopScope(render.get(slots.loop))
    render.put(slots.loop, loop)
    try {
      runRounds(items, body, slots, loop, render)
    } catch (thrown) {
      if (!(thrown instanceof Leave) || thrown.what === 'template') {
        restore(render, slots, before)
        failAt(thrown, at)
      }
      if (thrown.what !== 'nearest' && thrown.what !== loop) {
        restore(render, slots, before)
        throw thrown
      }
    }
    restore(render, slots, before)
  }
}

interface LoopSlots {
  readonly item: number
  readonly count: number
  readonly hasNext: number
  readonly loop: number
}

function runRounds(items: Items, body: Run, slots: LoopSlots, loop: LoopScope, render: Render): void {
  const { list } = items
  const size = items.size()
  const end = items.start + render.limits.roundsPerLoopMax
  for (let at = items.start; at < end && at !== list.length; at++) {
    render.work(1)
    // Java's iterators notice when what they go through grows or shrinks, except just before the end.
    if (items.size() !== size) throw new Error('what a #foreach goes through changed inside it')
    const hasNext = at + 1 !== list.length
    loop.index++
    loop.hasNext = hasNext
    if (render.frame === undefined) {
      render.slots[slots.count] = loop.index + 1
      render.slots[slots.hasNext] = hasNext
      render.slots[slots.item] = list[at] as VtlValue
    } else {
      render.put(slots.count, loop.index + 1)
      render.put(slots.hasNext, hasNext)
      render.put(slots.item, list[at] as VtlValue)
    }
    items.taken(at + 1)
    if (list[at] === null) render.within(new Frame(render.frame, slots.item), body)
    else body(render)
    render.checkOutput()
  }
}

function restore(
  render: Render,
  slots: LoopSlots,
  before: { readonly item: VtlValue; readonly count: VtlValue; readonly hasNext: VtlValue },
): void {
  putBack(render, slots.item, before.item)
  putBack(render, slots.count, before.count)
  putBack(render, slots.hasNext, before.hasNext)
  const loop = render.get(slots.loop)
  // A template that set $foreach itself keeps what it set.
  if (loop instanceof LoopScope) putBack(render, slots.loop, loop.parent ?? loop.replaced)
}

function putBack(render: Render, slot: number, value: VtlValue): void {
  if (value === null) render.remove(slot)
  else render.put(slot, value)
}

interface Items {
  readonly list: readonly VtlValue[]
  readonly start: number
  /** Changes when what is gone through grows or shrinks. */
  size(): number
  taken(place: number): void
}

const ignore = (): void => {}

/** What `#foreach` goes through: items of lists, values of maps, the rest of an iterator. */
function itemsOf(value: VtlValue, render: Render): Items | undefined {
  if (value instanceof JavaCollection) {
    return { list: value.items, start: 0, size: () => value.map.size, taken: ignore }
  }
  if (value instanceof JsonArray)
    return { list: value.items, start: 0, size: () => value.items.length, taken: ignore }
  if (value instanceof JsonObject) {
    render.work(value.size >> 3)
    return { list: value.values.slice(), start: 0, size: () => value.size, taken: ignore }
  }
  if (!(value instanceof JavaIterator)) return undefined
  const { items, place: start } = value
  return { list: items, start, size: () => items.length, taken: (place) => (value.place = place) }
}

function compileMacro(node: DirectiveNode, context: CompileContext): Run {
  const [name, ...parameters] = node.args
  if (name?.kind !== 'word') return nothing
  const macro: Macro = {
    name: name.word,
    parameters: parameters.map((parameter) => {
      const text = parameterName(parameter)
      return { name: text, slot: context.names.slot(text) }
    }),
    body: context.block(node.body ?? []),
  }
  context.macros.set(macro.name, macro)
  return nothing
}

function parameterName(parameter: Argument): string {
  if (parameter.kind === 'word') return parameter.word
  const text = parameter.kind === 'reference' ? parameter.image : parameter.literal
  return /^\$(!?\{|!?[\w-]+)/.exec(text)?.[1] ?? text
}

function compileMacroCall(node: DirectiveNode, context: CompileContext): Run {
  const withBody = node.name.startsWith('@')
  if (withBody && !node.called) return write(`#${node.name}`)
  const name = withBody ? node.name.slice(1) : node.name
  const args = node.args.map((argument) => compileArgument(argument, context))
  const word = node.args.find((argument) => argument.kind === 'word')
  const body = node.body === undefined ? undefined : context.block(node.body)
  const bodySlot = context.names.slot('bodyContent')
  const at = () => context.at(node.offset)
  return (render) => {
    render.work(1)
    const macro = render.macros.get(name)
    if (macro === undefined) {
      render.out += node.literal
      return
    }
    try {
      if (word !== undefined) throw new Error(`#${name} takes no bare word`)
      const frame = newFrame(macro, args, render)
      if (body !== undefined) frame.values.set(bodySlot, new Block(render, body, render.limits.depthMax))
      render.within(frame, () => render.deeper(macro.body))
    } catch (thrown) {
      if (!(thrown instanceof Leave) || thrown.what !== 'nearest') failAt(thrown, at)
    }
  }
}

function newFrame(macro: Macro, args: readonly MacroArgument[], render: Render): Frame {
  const frame = new Frame(render.frame)
  macro.parameters.forEach(({ name, slot }, place) => {
    const argument = args[place]
    if (argument === undefined) return
    if (argument.constant) {
      frame.values.set(slot, argument.read(render))
    } else {
      frame.args.set(slot, argument)
      frame.literals.set(`$${name}`, argument.literal)
    }
  })
  return frame
}

const CONSTANTS: ReadonlySet<Argument['kind']> = new Set<Argument['kind']>([
  'integer',
  'float',
  'boolean',
  'word',
])

function compileArgument(argument: Argument, context: CompileContext): MacroArgument {
  const constant = CONSTANTS.has(argument.kind)
  if (argument.kind === 'word') return { read: () => null, constant, literal: argument.word }
  const read = argument.kind === 'reference' ? context.variable(argument) : context.value(argument)
  return { read, constant, literal: argument.kind === 'reference' ? argument.image : argument.literal }
}

/** `#define`d blocks may mention themselves this deep: Velocity's define.provide default. */
const DEFINE_DEPTH_MAX = 2

function compileDefine(node: DirectiveNode, context: CompileContext): Run {
  const name = node.args[0]
  const slot = context.names.slot(name === undefined ? '' : parameterName(name))
  const body = context.block(node.body ?? [])
  return (render) => render.put(slot, new Block(render, body, DEFINE_DEPTH_MAX))
}

function compileEvaluate(node: DirectiveNode, context: CompileContext, compileInto: CompileInto): Run {
  const [argument] = node.args
  const read = argument === undefined ? () => null : valueOf(argument, context)
  const at = () => context.at(node.offset)
  return (render) => {
    try {
      const value = read(render)
      const text = value === null ? '' : textOf(value, render.textMax)
      // Parsing costs far more than printing.
      render.work(1 + text.length)
      const { template } = parseTemplate(text)
      if (template.error !== undefined) throw new Error(`in the evaluated text: ${template.error.message}`)
      const names = new Names(render.names)
      const macros = new Map(render.macros)
      const run = compileInto(template, names, macros)
      render.names = names
      render.macros = macros
      render.readScope()
      render.deeper(run)
    } catch (thrown) {
      if (!(thrown instanceof Leave) || thrown.what instanceof LoopScope) failAt(thrown, at)
    }
  }
}

function compileBreak(node: DirectiveNode, context: CompileContext): Run {
  const [argument] = node.args
  if (argument === undefined) return () => raise(leaveNearest)
  const read = valueOf(argument, context)
  const at = () => context.at(node.offset)
  return (render) => {
    const scope = read(render)
    if (scope instanceof LoopScope) throw new Leave(scope)
    failAt(new Error('#break takes a scope such as $foreach'), at)
  }
}

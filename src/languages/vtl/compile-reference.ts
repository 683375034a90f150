import { propertyReader, readIndex, setIndex, setProperty } from './access.ts'
import type { CompileContext } from './compile-context.ts'
import { callUnknown, findMethod, methodsOf } from './methods/index.ts'
import { Block, failAt, type Eval, type Render, type Run } from './render.ts'
import type { HostMethod, MethodTable, VtlValue } from './scope.ts'
import { textOf } from './text.ts'
import type { Expression, ReferenceNode, Step } from './tree.ts'

/** Goes one step from a value; null when there is nothing. */
type Walk = (value: VtlValue, render: Render) => VtlValue

/** The value of a reference: null, or the empty text where the scope says so, when it has none. */
export function compileReference(node: ReferenceNode, context: CompileContext): Eval {
  if (node.name === undefined || !node.computable) return () => null
  return compileExecute(node, context)
}

/** As a value, except that `$\!name` is looked for too: so Velocity renders it. */
function compileExecute(node: ReferenceNode, context: CompileContext): Eval {
  const { trace } = context
  const read = compileRead(node, context)
  if (trace === undefined) return read
  return (render) => {
    const value = read(render)
    trace.read(node.image, value)
    return value
  }
}

function compileRead(node: ReferenceNode, context: CompileContext): Eval {
  const slot = context.names.slot(node.name as string)
  const [first, second, ...rest] = node.steps.map((step) => compileStep(step, context))
  if (first === undefined) {
    return (render) => {
      const value = render.frame === undefined ? render.slots[slot] : render.get(slot)
      return value ?? render.missing
    }
  }
  if (second === undefined) {
    return (render) => {
      const root = render.get(slot)
      return root === null ? render.missing : (first(root, render) ?? render.missing)
    }
  }
  const later = [second, ...rest]
  return (render) => {
    let value: VtlValue = render.get(slot)
    if (value === null) return render.missing
    value = first(value, render)
    for (let place = 0; place < later.length && value !== null; place++) {
      value = (later[place] as Walk)(value, render)
    }
    return value ?? render.missing
  }
}

/** What a macro's argument reads: a plain variable is not subject to the rule for what is missing. */
export function compileVariable(node: ReferenceNode, context: CompileContext): Eval {
  if (node.name === undefined || node.steps.length > 0) return compileReference(node, context)
  const slot = context.names.slot(node.name)
  return (render) => render.get(slot)
}

function compileStep(step: Step, context: CompileContext): Walk {
  const at = () => context.at(step.offset)
  switch (step.kind) {
    case 'property': {
      const read = propertyReader(step.name)
      return (value, render) => {
        render.work(1)
        try {
          return read(value, render)
        } catch (thrown) {
          return failAt(thrown, at)
        }
      }
    }
    case 'index': {
      const index = context.value(step.index)
      return (value, render) => {
        render.work(1)
        try {
          return readIndex(value, index(render))
        } catch (thrown) {
          return failAt(thrown, at)
        }
      }
    }
    case 'method':
      return compileMethod(step, context)
  }
}

function compileMethod(step: Extract<Step, { kind: 'method' }>, context: CompileContext): Walk {
  const at = () => context.at(step.offset)
  const { name } = step
  const key = `${name}/${step.args.length}`
  const readArguments = compileArguments(step.args, context)
  // A place in a template mostly sees values of one class.
  let table: MethodTable | undefined
  let method: HostMethod | undefined
  return (value, render) => {
    render.work(1)
    try {
      const given = readArguments(render)
      const own = methodsOf(value)
      if (own !== table) {
        table = own
        method = findMethod(value, key)
      }
      // Looking through a text takes time that its length tells.
      if (typeof value === 'string') render.work(value.length >> 8)
      let result = method?.(value as never, given, render)
      if (result === undefined) result = callUnknown(value, name, key, given, render)
      if (typeof result === 'string') render.text(result.length)
      return result
    } catch (thrown) {
      return failAt(thrown, at, `${name}: `)
    }
  }
}

const NO_ARGUMENTS: readonly VtlValue[] = []

function compileArguments(
  args: readonly Expression[],
  context: CompileContext,
): (render: Render) => readonly VtlValue[] {
  const values = args.map((argument) => context.value(argument))
  const [first] = values
  if (first === undefined) return () => NO_ARGUMENTS
  if (values.length === 1) return (render) => [first(render)]
  return (render) => values.map((value) => value(render))
}

/** `#set`: a step that has no value on the way sets nothing. */
export function compileAssignment(
  node: ReferenceNode,
  context: CompileContext,
): (render: Render, value: VtlValue) => void {
  const last = node.steps.at(-1)
  if (last === undefined) {
    const slot = context.names.slot(assignedName(node))
    return (render, value) => {
      if (render.frame === undefined) render.slots[slot] = value
      else render.put(slot, value)
    }
  }
  const slot = context.names.slot(node.name ?? '')
  const walks = node.steps.slice(0, -1).map((step) => compileStep(step, context))
  const assign = compileLastStep(last, context)
  const at = () => context.at(last.offset)
  return (render, value) => {
    let target: VtlValue = render.get(slot)
    for (const walk of walks) if (target !== null) target = walk(target, render)
    if (target === null) return
    try {
      assign(target, value, render)
    } catch (thrown) {
      failAt(thrown, at)
    }
  }
}

/** Velocity sets the name as its first token has it: without `$`, and with a `!` or `{` if there is one. */
function assignedName(node: ReferenceNode): string {
  return node.image.startsWith('$!{') ? '!{' : node.image.startsWith('${') ? '{' : node.image.slice(1)
}

function compileLastStep(
  step: Step,
  context: CompileContext,
): (target: VtlValue, value: VtlValue, render: Render) => void {
  if (step.kind !== 'index') return (target, value) => setProperty(target, step.name, value)
  const index = context.value(step.index)
  return (target, value, render) => setIndex(target, index(render), value)
}

/**
 * Prints a reference.
 * @param after text that follows it: written in one go, it costs little more
 */
export function compileReferenceOutput(node: ReferenceNode, context: CompileContext, after: string): Run {
  const { name, backslashes, prefix, literal } = node
  if (name === undefined) {
    const text = literal + after
    return (render) => {
      render.out += text
    }
  }
  const read = compileExecute(node, context)
  if (node.escaped) {
    return (render) => {
      const escape = read(render) === null ? '\\' : ''
      render.out += backslashes + escape + render.literalOf(literal) + after
    }
  }
  const before = backslashes + prefix
  const printMissing: Run = (render) => {
    // Velocity writes the backslashes twice here.
    render.out += backslashes + before + render.literalOf(literal)
  }
  const at = () => context.at(node.offset)
  return (render) => {
    const value = read(render)
    if (typeof value === 'string' && before === '') {
      // The limit may be passed by `after`, which the next check finds.
      const { out } = render
      if (out.length + value.length > render.textMax) failAt(new RangeError(tooLong(render)), at)
      render.out = out + value + after
      return
    }
    try {
      print(value, before, render, printMissing)
      render.out += after
    } catch (thrown) {
      failAt(thrown, at)
    }
  }
}

function print(value: VtlValue, before: string, render: Render, printMissing: Run): void {
  render.work(1)
  if (value === null) {
    printMissing(render)
  } else if (value instanceof Block) {
    if (!value.renderInto(render)) printMissing(render)
  } else {
    const text = textOf(value, render.textMax)
    render.work(text.length >> 6)
    render.out += before + text
  }
  render.checkOutput()
}

const tooLong = (render: Render): string => `an output longer than ${render.textMax} characters`

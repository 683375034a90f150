import { compileDirective, type CompileInto } from './compile-directive.ts'
import type { CompileContext } from './compile-context.ts'
import { compileTest, compileValue } from './compile-expression.ts'
import { compileAssignment, compileReferenceOutput, compileVariable } from './compile-reference.ts'
import { TemplateError } from './error.ts'
import { positionOf } from '#base/position.ts'
import { failAt, Leave, Names, Render, type Macro, type Run, type Test } from './render.ts'
import type { Scope } from './scope.ts'
import type { Trace } from './trace.ts'
import type { IfNode, Node, SetNode, Template } from './tree.ts'

/**
 * Makes a template a function. Compile once, render often.
 * @param trace collects what the renders of this function evaluate
 * @returns a function that throws `TemplateError`, and nothing else, when the render fails or reaches a limit
 */
export function compileTemplate(template: Template, trace?: Trace): (scope: Scope) => string {
  const { error } = template
  if (error !== undefined) {
    return () => {
      throw new TemplateError(error.message, error.line ?? 1, error.column ?? 1)
    }
  }
  const names = new Names()
  const macros = new Map<string, Macro>()
  const run = contextOf(template.text, names, macros, undefined, trace).block(template.body)
  return (scope) => {
    try {
      const render = new Render(scope, names, macros)
      runToEnd(run, render)
      render.checkOutput()
      return render.out
    } catch (thrown) {
      return failAt(thrown, () => ({ line: 1, column: 1 }))
    }
  }
}

/** `#stop`, and a `#break` outside of every loop, end the template where they stand. */
function runToEnd(run: Run, render: Render): void {
  try {
    run(render)
  } catch (thrown) {
    if (!(thrown instanceof Leave)) throw thrown
  }
}

const compileInto: CompileInto = (template, names, macros) =>
  contextOf(template.text, names, macros, undefined, undefined).block(template.body)

/** @param within where everything is said to be, for a string's own text; undefined when offsets count in `text` */
function contextOf(
  text: string,
  names: Names,
  macros: Map<string, Macro>,
  within: number | undefined,
  trace: Trace | undefined,
): CompileContext {
  const context: CompileContext = {
    names,
    macros,
    trace,
    block: (nodes) =>
      compileBlock(
        trace === undefined
          ? compileNodes(nodes, context)
          : nodes.map((node) => {
              const run = compileNode(node, '', context)
              // What stands in a string is part of the directive around it.
              if (node.kind === 'text' || within !== undefined) return run
              const source = node.kind === 'reference' ? node.image : text.slice(node.offset)
              return trace.around(run, source, () => context.at(node.offset))
            }),
      ),
    blockAt: (nodes, offset) => contextOf(text, names, macros, within ?? offset, trace).block(nodes),
    value: (expression) => compileValue(expression, context),
    test: (expression) => compileTest(expression, context),
    variable: (reference) => compileVariable(reference, context),
    at: (offset) => positionOf(text, within ?? offset),
  }
  return context
}

function compileBlock(runs: readonly Run[]): Run {
  const [first, second] = runs
  if (first === undefined) return () => {}
  if (second === undefined) return first
  if (runs.length === 2) {
    return (render) => {
      first(render)
      second(render)
    }
  }
  return (render) => {
    for (let at = 0; at < runs.length; at++) (runs[at] as Run)(render)
  }
}

/** Text after a reference is the reference's to write. */
function compileNodes(nodes: readonly Node[], context: CompileContext): Run[] {
  const runs: Run[] = []
  for (let place = 0; place < nodes.length; place++) {
    const node = nodes[place] as Node
    const next = nodes[place + 1]
    const after = node.kind === 'reference' && next?.kind === 'text' ? next.text : undefined
    if (after !== undefined) place++
    runs.push(compileNode(node, after ?? '', context))
  }
  return runs
}

/** @param after what a reference writes after itself */
function compileNode(node: Node, after: string, context: CompileContext): Run {
  switch (node.kind) {
    case 'text': {
      const { text } = node
      return (render) => {
        render.out += text
      }
    }
    case 'reference':
      return compileReferenceOutput(node, context, after)
    case 'set':
      return compileSet(node, context)
    case 'if':
      return compileIf(node, context)
    case 'directive':
      return compileDirective(node, context, compileInto)
  }
}

/** A value of null sets nothing: the old value stays. */
function compileSet(node: SetNode, context: CompileContext): Run {
  const read = context.value(node.value)
  const assign = compileAssignment(node.target, context)
  return (render) => {
    render.work(1)
    const value = read(render)
    if (value !== null) assign(render, value)
  }
}

const always: Test = () => true

function compileIf(node: IfNode, context: CompileContext): Run {
  const branches = node.branches.map(({ condition, body }) => ({
    test: condition === undefined ? always : context.test(condition),
    run: context.block(body),
  }))
  return (render) => {
    render.work(1)
    for (const { test, run } of branches) {
      if (test(render)) {
        run(render)
        return
      }
    }
  }
}

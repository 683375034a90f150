import type { Eval, Macro, Names, Run, Test } from './render.ts'
import type { Trace } from './trace.ts'
import type { Expression, Node, ReferenceNode } from './tree.ts'

/** What compiling one part of a template needs of the rest. */
export interface CompileContext {
  readonly names: Names
  /** Macros found so far; a later one of the same name replaces the earlier. */
  readonly macros: Map<string, Macro>
  block(nodes: readonly Node[]): Run
  /** The same with positions of an interpolated string: its own offsets count in the string. */
  blockAt(nodes: readonly Node[], offset: number): Run
  value(expression: Expression): Eval
  test(expression: Expression): Test
  /** The variable behind a reference, without the rule for what is missing. */
  variable(reference: ReferenceNode): Eval
  /** What is told of each evaluation; undefined when nobody asks. */
  readonly trace: Trace | undefined
  /** Where an offset is in the template; asked only when something failed. */
  at(offset: number): { readonly line: number; readonly column: number }
}

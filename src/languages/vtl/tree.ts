import type { Diagnostic } from '#base/diagnostic.ts'

/**
 * A template as a tree. Offsets are UTF-16 units of the template's text, from 0; inside an interpolated string they
 * count from the start of the string's own text.
 */
export interface Template {
  readonly text: string
  readonly body: readonly Node[]
  /** Why the text is no template; the body is then empty. */
  readonly error: Diagnostic | undefined
}

export type Node = TextNode | ReferenceNode | IfNode | SetNode | DirectiveNode

export interface TextNode {
  readonly kind: 'text'
  readonly text: string
  readonly offset: number
}

export interface ReferenceNode {
  readonly kind: 'reference'
  /** The variable's name; undefined when it is no reference after all and prints `literal`. */
  readonly name: string | undefined
  readonly steps: readonly Step[]
  /** `$!name`: prints nothing when it has no value. */
  readonly quiet: boolean
  /** An odd number of backslashes stands before it: it prints itself. */
  readonly escaped: boolean
  /** Half of the backslashes before it. */
  readonly backslashes: string
  /** Text that the lexer joined to it, such as the first `$` of `$$name`. */
  readonly prefix: string
  /** What prints when it has no value. */
  readonly literal: string
  /** The text between `$` and its end as written, for `==` messages and macro arguments. */
  readonly image: string
  /** False for `$\!name`, which is no value in expressions. */
  readonly computable: boolean
  readonly offset: number
}

export type Step =
  | { readonly kind: 'property'; readonly name: string; readonly offset: number }
  | {
      readonly kind: 'method'
      readonly name: string
      readonly args: readonly Expression[]
      readonly offset: number
    }
  | { readonly kind: 'index'; readonly index: Expression; readonly offset: number }

export interface IfNode {
  readonly kind: 'if'
  /** The first whose condition holds is rendered; the last may lack a condition (`#else`). */
  readonly branches: readonly { readonly condition: Expression | undefined; readonly body: readonly Node[] }[]
  readonly offset: number
}

export interface SetNode {
  readonly kind: 'set'
  readonly target: ReferenceNode
  readonly value: Expression
  readonly offset: number
}

/** `#name(…)`, with a body up to `#end` where the directive has one; also macro calls and what only looks like one. */
export interface DirectiveNode {
  readonly kind: 'directive'
  readonly name: string
  readonly args: readonly Argument[]
  readonly body: readonly Node[] | undefined
  /** The body of `#literal` as written; empty for others. */
  readonly bodyText: string
  /** What an unknown directive prints: itself as written. Empty for those of Velocity. */
  readonly literal: string
  /** Whether parentheses follow the name. */
  readonly called: boolean
  readonly offset: number
}

export type Argument = Expression | WordArgument

/** A bare word, as `in` of `#foreach($x in $list)`. */
export interface WordArgument {
  readonly kind: 'word'
  readonly word: string
  readonly offset: number
}

export type BinaryOperator =
  | 'plus'
  | 'minus'
  | 'times'
  | 'divide'
  | 'modulo'
  | 'and'
  | 'or'
  | 'less'
  | 'less-equal'
  | 'greater'
  | 'greater-equal'
  | 'equal'
  | 'not-equal'

export type Expression =
  | ReferenceNode
  | { readonly kind: 'string'; readonly text: string; readonly offset: number; readonly literal: string }
  | {
      readonly kind: 'interpolated'
      readonly body: readonly Node[]
      /** One blank was added to the end of the text so that it could be read; it is taken off again. */
      readonly padded: boolean
      readonly offset: number
      readonly literal: string
    }
  | { readonly kind: 'integer'; readonly digits: string; readonly offset: number; readonly literal: string }
  | { readonly kind: 'float'; readonly digits: string; readonly offset: number; readonly literal: string }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly offset: number; readonly literal: string }
  | {
      readonly kind: 'list'
      readonly items: readonly Expression[]
      readonly offset: number
      readonly literal: string
    }
  | {
      readonly kind: 'map'
      readonly entries: readonly (readonly [key: Expression, value: Expression])[]
      readonly offset: number
      readonly literal: string
    }
  | {
      readonly kind: 'range'
      readonly from: Expression
      readonly to: Expression
      readonly offset: number
      readonly literal: string
    }
  | { readonly kind: 'not'; readonly operand: Expression; readonly offset: number; readonly literal: string }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
      readonly offset: number
      readonly literal: string
    }

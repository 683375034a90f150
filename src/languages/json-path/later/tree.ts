import type { JsonValue } from '#languages/json/value.ts'

/** A JSONPath as Jayway 2.4 to 2.9 read it. */
export interface LaterPath {
  readonly tokens: readonly LaterToken[]
  /** In a filter: whether it starts at the document (`$`) or at the item (`@`). */
  readonly fromRoot: boolean
}

export type LaterToken =
  | { readonly kind: 'property'; readonly names: readonly string[] }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'scan' }
  /** Below zero: counted from the end. */
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'filter'; readonly filter: LaterFilter }
  /** Ends a path. */
  | { readonly kind: 'function'; readonly name: PathFunction; readonly args: readonly FunctionArgument[] }

export const pathFunctions = [
  'length',
  'size',
  'min',
  'max',
  'avg',
  'sum',
  'stddev',
  'keys',
  'first',
  'last',
  'index',
  'append',
  'concat',
] as const
export type PathFunction = (typeof pathFunctions)[number]

export type FunctionArgument =
  | { readonly kind: 'path'; readonly path: LaterPath }
  | { readonly kind: 'value'; readonly value: JsonValue }

export type LaterFilter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly LaterFilter[] }
  | { readonly kind: 'not'; readonly part: LaterFilter }
  | { readonly kind: 'exists'; readonly path: LaterPath; readonly wanted: boolean }
  | {
      readonly kind: 'compare'
      readonly operator: LaterOperator
      readonly left: LaterOperand
      readonly right: LaterOperand
    }

/** Longer ones first: a reader takes the first that fits. */
export const symbolOperators = ['===', '!==', '==', '!=', '>=', '<=', '=~', '>', '<'] as const
export const wordOperators = [
  'in',
  'nin',
  'subsetof',
  'anyof',
  'noneof',
  'all',
  'contains',
  'size',
  'empty',
] as const
export type LaterOperator = (typeof symbolOperators)[number] | (typeof wordOperators)[number]

export type LaterOperand =
  | { readonly kind: 'path'; readonly path: LaterPath }
  | { readonly kind: 'value'; readonly value: JsonValue }
  /** A Java regular expression with its flags in front: `(?i)…`. */
  | { readonly kind: 'pattern'; readonly source: string }

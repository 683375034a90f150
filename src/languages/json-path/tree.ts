/** A JSONPath as Jayway reads it: what it does to the root, token by token. */
export interface Path {
  readonly tokens: readonly PathToken[]
  /** Whether it leads to one value at most; others give an array of all that they find. */
  readonly definite: boolean
  /** Applied to what the tokens find. */
  readonly fn: PathFunction | undefined
  /** Whether an index below zero counts from the end. */
  readonly fromEnd: boolean
  /** In a filter: whether it starts at the document (`$`) or at the item (`@`). */
  readonly fromRoot: boolean
}

export type PathToken =
  /** `$` in the middle: stays where it is. */
  | { readonly kind: 'here' }
  /** `.name`, `['name']`; several names make an object of those that are there. */
  | { readonly kind: 'property'; readonly names: readonly string[] }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'scan' }
  /** Below zero it counts from the end where the path's `fromEnd` says so, and finds nothing otherwise. */
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  /** `[(@.length - 1)]`: counted from the array's length. */
  | { readonly kind: 'from-length'; readonly offset: number }
  | { readonly kind: 'slice-from'; readonly from: number }
  | { readonly kind: 'slice-to'; readonly to: number }
  | { readonly kind: 'slice-between'; readonly from: number; readonly to: number }
  | { readonly kind: 'filter'; readonly filter: Filter }

/**
 * `2.0`: what the JSONPath cases measured against real Jayway say, and the default. `2.4` besides counts negative
 * indexes from the end and has functions (`$.list.length()`), as later releases do.
 */
export type PathDialect = '2.0' | '2.4'

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
] as const
export type PathFunction = (typeof pathFunctions)[number]

export type Filter =
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'exists'; readonly path: Path; readonly wanted: boolean }
  | {
      readonly kind: 'compare'
      readonly operator: FilterOperator
      readonly left: Operand
      readonly right: Operand
    }

export type FilterOperator = '==' | '>=' | '<=' | '!=' | '<' | '>' | '=~'

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  /** A literal; without quotes it is text as well, and compares with numbers as one. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pattern'; readonly source: string }

/** The path is no JSONPath, or cannot be applied to the document. */
export class PathError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PathError'
  }
}

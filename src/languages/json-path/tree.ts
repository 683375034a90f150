/** Longest path, in UTF-16 units. */
export const pathTextMax = 10_000

/** A JSONPath as Jayway 2.0 reads it: what it does to the root, token by token. */
export interface Path {
  readonly tokens: readonly PathToken[]
  /** Whether it leads to one value at most; others give an array of all that they find. */
  readonly definite: boolean
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
  /** Below zero it finds nothing. */
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  /** `[(@.length - 1)]`: counted from the array's length. */
  | { readonly kind: 'from-length'; readonly offset: number }
  | { readonly kind: 'slice-from'; readonly from: number }
  | { readonly kind: 'slice-to'; readonly to: number }
  | { readonly kind: 'slice-between'; readonly from: number; readonly to: number }
  | { readonly kind: 'filter'; readonly filter: Filter }

/**
 * `aws`, for templates: a path that Jayway 2.0 can read means what it means there; one that needs what later releases
 * brought means what it means in 2.9. `2.0` is that release alone.
 */
export type PathDialect = (typeof pathDialects)[number]
export const pathDialects = ['aws', '2.0'] as const
/** Which release API Gateway runs is not known: this is the place to change when it is. */
export const defaultDialect: PathDialect = 'aws'

export type Filter =
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'exists'; readonly path: Path; readonly wanted: boolean }
  | {
      readonly kind: 'compare'
      readonly operator: FilterOperator
      readonly left: Operand
      readonly right: Operand
      /** Whether a number beside what is no number is an error rather than unequal. */
      readonly strict: boolean
    }

export type FilterOperator = '==' | '>=' | '<=' | '!=' | '<' | '>' | '=~'

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  /** A literal; without quotes it is text as well, and compares with numbers as one. */
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'pattern'; readonly source: string }

/** The path is no JSONPath, or cannot be applied to the document. */
export class PathError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PathError'
  }
}

import type { PatternPiece } from './pattern.ts'

/** An IAM policy document as a tree. IAM User Guide, "Grammar of the IAM JSON policy language". */
export interface Policy {
  readonly version: PolicyVersion
  readonly id: string | undefined
  readonly statements: readonly Statement[]
}

/** Policy variables are read in the later version only; a document that names none has the earlier one. */
export type PolicyVersion = '2008-10-17' | '2012-10-17'

export interface Statement {
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** Undefined where the kind of policy has none: identity policies belong to their principal. */
  readonly principal: Negatable<PrincipalPattern> | undefined
  /** Patterns in lower case. */
  readonly action: Negatable<string>
  /** Undefined where the kind of policy has none: trust policies belong to their role. */
  readonly resource: Negatable<readonly PatternPiece[]> | undefined
  readonly conditions: readonly Condition[]
  /** From 1; undefined when the document was no text. */
  readonly line: number | undefined
  readonly column: number | undefined
}

/** `Action` and `NotAction`, `Resource` and `NotResource`, `Principal` and `NotPrincipal`. */
export interface Negatable<T> {
  readonly not: boolean
  readonly items: readonly T[]
}

/** `type` is a key of the Principal element in lower case; `any` is `"*"`. */
export interface PrincipalPattern {
  readonly type: 'any' | 'aws' | 'service' | 'federated' | 'canonicaluser'
  readonly value: string
}

export interface Condition {
  /** A name of `operators`. */
  readonly operator: string
  readonly quantifier: 'all' | 'any' | undefined
  readonly ifExists: boolean
  /** A condition key in lower case. */
  readonly key: string
  readonly values: readonly (readonly PatternPiece[])[]
}

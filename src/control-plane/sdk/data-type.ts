/** What a JSON schema allows, as far as the type systems of client languages can say it. */
export type DataType =
  | { readonly kind: 'unknown' | 'string' | 'number' | 'integer' | 'boolean' | 'null' }
  | { readonly kind: 'literals'; readonly values: readonly Literal[] }
  | { readonly kind: 'list'; readonly of: DataType }
  | ObjectType
  | { readonly kind: 'either' | 'all'; readonly of: readonly DataType[] }
  | { readonly kind: 'named'; readonly key: string }

export type Literal = string | number | boolean | null

export interface ObjectType {
  readonly kind: 'object'
  readonly members: readonly Member[]
  /** Of members without a name of their own; undefined: there are none that one should rely on. */
  readonly rest: DataType | undefined
}

export interface Member {
  readonly name: string
  readonly type: DataType
  readonly required: boolean
}

/** A type that others refer to by its key: a model, or a part of one that a pointer leads to. */
export interface NamedType {
  readonly key: string
  /** What its name is made of, in any language. */
  readonly label: string
  readonly description: string | undefined
  readonly type: DataType
}

export const unknownType: DataType = { kind: 'unknown' }

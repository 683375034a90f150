import type { LocatedValue } from '#languages/json/located.ts'
import type { Pattern } from './ecma-pattern.ts'
import type { Format } from './formats.ts'
import type { Decimal } from './number.ts'

export type SchemaType = 'array' | 'boolean' | 'integer' | 'null' | 'number' | 'object' | 'string'

/** A number of a schema, with the text that messages show. */
export interface Bound {
  readonly value: Decimal
  readonly text: string
}

export type Dependency = readonly string[] | SchemaNode

/** A JSON Schema of draft 4 with its references followed; a keyword that was not given is undefined. */
export interface SchemaNode {
  /** Alone when given: draft 4 has nothing beside a reference. */
  ref?: SchemaNode
  type?: ReadonlySet<SchemaType>
  enum?: { readonly values: LocatedValue; readonly canonical: ReadonlySet<string> }
  allOf?: readonly SchemaNode[]
  anyOf?: readonly SchemaNode[]
  oneOf?: readonly SchemaNode[]
  not?: SchemaNode
  multipleOf?: Bound
  maximum?: Bound
  exclusiveMaximum?: boolean
  minimum?: Bound
  exclusiveMinimum?: boolean
  maxLength?: number
  minLength?: number
  pattern?: Pattern
  format?: { readonly name: string; readonly format: Format }
  items?: SchemaNode | readonly SchemaNode[]
  additionalItems?: boolean | SchemaNode
  maxItems?: number
  minItems?: number
  uniqueItems?: boolean
  maxProperties?: number
  minProperties?: number
  required?: readonly string[]
  properties?: ReadonlyMap<string, SchemaNode>
  patternProperties?: readonly (readonly [pattern: Pattern, schema: SchemaNode])[]
  additionalProperties?: boolean | SchemaNode
  dependencies?: ReadonlyMap<string, Dependency>
}

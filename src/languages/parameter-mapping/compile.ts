import type { Diagnostic } from '#base/diagnostic.ts'
import { diagnose } from '#languages/expressions/error.ts'
import type { JsonValue } from '#languages/json/value.ts'
import { Foreign, JsonArray, JsonObject } from '#languages/json/value.ts'
import { printJson } from '#languages/json/print.ts'
import { compilePath, type CompiledPath } from '#languages/json-path/compile.ts'
import { PathError } from '#languages/json-path/tree.ts'
import { MappingError, parseMapping, type MappingExpression, type MappingSide } from './expression.ts'

/** What a mapping reads when a request is served. */
export interface MappingScope {
  path(name: string): string | undefined
  /** Every value of a query parameter, in order. */
  query(name: string): readonly string[] | undefined
  /** Every value of a header, by its exact name, in order. */
  header(name: string): readonly string[]
  bodyText(): string
  /** The body as JSON; undefined when it does not look like JSON. */
  bodyJson(): JsonValue | undefined
  context(name: string): string | undefined
  stageVariable(name: string): string | undefined
}

/** Several values for a repeated query parameter; undefined: the target is left out. */
export type MappedValue = string | readonly string[] | undefined

export type Mapping = (scope: MappingScope) => MappedValue

type Compilers = {
  readonly [kind in MappingExpression['kind']]: (
    expression: Extract<MappingExpression, { readonly kind: kind }>,
  ) => Mapping
}

const compilers: Compilers = {
  static:
    ({ value }) =>
    () =>
      value,
  path:
    ({ name }) =>
    (scope) =>
      scope.path(name),
  querystring:
    ({ name }) =>
    (scope) =>
      scope.query(name)?.at(-1),
  header:
    ({ name }) =>
    (scope) =>
      scope.header(name).at(-1),
  multivaluequerystring:
    ({ name }) =>
    (scope) =>
      scope.query(name),
  multivalueheader:
    ({ name }) =>
    (scope) => {
      const values = scope.header(name)
      return values.length === 0 ? undefined : values.join(',')
    },
  body: ({ path }) => (path === undefined ? (scope) => scope.bodyText().trim() : bodyMember(path)),
  context:
    ({ name }) =>
    (scope) =>
      scope.context(name),
  stageVariable:
    ({ name }) =>
    (scope) =>
      scope.stageVariable(name),
}

/** @throws MappingError when a JSONPath in it is wrong */
export function compileMapping(expression: MappingExpression): Mapping {
  return (compilers[expression.kind] as (expression: MappingExpression) => Mapping)(expression)
}

/** What is wrong with a mapping's text. */
export function checkMapping(text: string, side: MappingSide): Diagnostic[] {
  return diagnose(text, (given) => compileMapping(parseMapping(given, side)))
}

function bodyMember(text: string): Mapping {
  let path: CompiledPath
  try {
    path = compilePath(text)
  } catch (cause) {
    if (!(cause instanceof PathError)) throw cause
    throw new MappingError(`invalid JSONPath ${text}: ${cause.message}`)
  }
  return (scope) => {
    const root = scope.bodyJson()
    return root === undefined ? undefined : textOf(read(path, root))
  }
}

/** A path that cannot be applied to this body leads to nothing. */
function read(path: CompiledPath, root: JsonValue): JsonValue {
  try {
    return path.read(root) ?? null
  } catch (error) {
    if (error instanceof PathError) return null
    throw error
  }
}

/** Text as it is, what is composed as compact JSON, nothing for null. */
function textOf(value: JsonValue): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'string') return value
  if (value instanceof JsonArray || value instanceof JsonObject) return printJson(value)
  if (value instanceof Foreign) return value.text()
  return printJson(value)
}

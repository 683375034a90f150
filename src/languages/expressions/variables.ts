import { printJson } from '#languages/json/print.ts'
import { JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { compilePath, type CompiledPath } from '#languages/json-path/compile.ts'
import { PathError } from '#languages/json-path/tree.ts'
import { ExpressionError } from './error.ts'
import type { BodyView, ExpressionScope } from './scope.ts'

/** Where a variable's value comes from: what stands before the name. */
export type VariableSource =
  | 'request.method'
  | 'request.basepath'
  | 'request.path'
  | 'request.header'
  | 'request.querystring'
  | 'request.body'
  /** Identity sources of REST and WebSocket APIs. */
  | `${'method' | 'route'}.request.${'header' | 'querystring'}`
  /** HTTP APIs. */
  | `response.${'header' | 'body'}`
  /** WebSocket APIs. */
  | `integration.response.${'statuscode' | 'header' | 'multivalueheader' | 'body'}`
  | 'context'
  | 'stageVariables'

/** Undefined: there is no such value. */
export type Reader = (scope: ExpressionScope) => string | undefined

/** How an expression's variables are read. */
export interface VariableRules {
  /** The variables that this place knows. */
  readonly sources: readonly VariableSource[]
  /** `simple` has no `..` and no filters. */
  readonly jsonPath: 'simple' | 'full'
  /** How a list or a map is written. */
  readonly composed: (value: JsonArray | JsonObject) => string
}

interface SourceRow {
  /** Whether a name follows, after a point. */
  readonly name: 'needed' | 'none' | 'optional'
  readonly compile: (name: string | undefined, rules: VariableRules) => Reader
}

type BodyOf = (scope: ExpressionScope) => BodyView | undefined

function body(of: BodyOf): SourceRow {
  return { name: 'optional', compile: (path, rules) => compileBody(of, path, rules) }
}

function named(read: (scope: ExpressionScope, name: string) => string | undefined): SourceRow {
  return { name: 'needed', compile: (name) => (scope) => read(scope, name as string) }
}

function single(read: Reader): SourceRow {
  return { name: 'none', compile: () => read }
}

const requestHeader = named(({ request }, name) => request?.header(name))
const requestQuery = named(({ request }, name) => request?.queryParameter(name))

const sources: Readonly<Record<VariableSource, SourceRow>> = {
  'request.method': single(({ request }) => request?.method),
  'request.basepath': single(({ request }) => request?.basePath),
  'request.path': {
    name: 'optional',
    compile: (name) =>
      name === undefined ? ({ request }) => request?.path : ({ request }) => request?.pathParameter(name),
  },
  'request.header': requestHeader,
  'request.querystring': requestQuery,
  'request.body': body(({ request }) => request?.body),
  'method.request.header': requestHeader,
  'method.request.querystring': requestQuery,
  'route.request.header': requestHeader,
  'route.request.querystring': requestQuery,
  // HTTP APIs join a response header's values.
  'response.header': named(({ response }, name) => response?.multiValueHeader(name)),
  'response.body': body(({ response }) => response?.body),
  'integration.response.statuscode': single(({ response }) => response && String(response.status)),
  'integration.response.header': named(({ response }, name) => response?.header(name)),
  'integration.response.multivalueheader': named(({ response }, name) => response?.multiValueHeader(name)),
  'integration.response.body': body(({ response }) => response?.body),
  context: named((scope, name) => scope.context(name)),
  stageVariables: named((scope, name) => scope.stageVariable(name)),
}

/** A variable's text, split into what `sources` knows and the rest. */
export interface Variable {
  readonly source: VariableSource
  /** A name, or a JSONPath without `$` such as `.a.b` or `[0]`. */
  readonly name: string | undefined
}

/**
 * @param text without `$` and braces
 * @throws ExpressionError
 */
export function parseVariable(text: string, rules: VariableRules, offset: number): Variable {
  for (const source of rules.sources) {
    if (!text.startsWith(source)) continue
    const rest = text.slice(source.length)
    const { name } = sources[source]
    if (rest === '' && name !== 'needed') return { source, name: undefined }
    if (source.endsWith('.body') && /^(?:\..|\[)/.test(rest)) return { source, name: rest }
    if (/^\.[^\s.[\]{}'"][^\s{}'"]*$/.test(rest) && name !== 'none') return { source, name: rest.slice(1) }
  }
  throw new ExpressionError(`unknown variable ${text}: expected ${expected(rules)}`, offset)
}

/** @throws ExpressionError when a JSONPath in it is wrong */
export function compileVariable({ source, name }: Variable, rules: VariableRules, offset: number): Reader {
  try {
    return sources[source].compile(name, rules)
  } catch (error) {
    if (error instanceof PathError) throw new ExpressionError(`${source}${name}: ${error.message}`, offset)
    throw error
  }
}

/** For messages: `request.header.{name}, request.path or context.{name}`. */
function expected({ sources: known }: VariableRules): string {
  const forms = known.flatMap((source) => {
    const { name } = sources[source]
    const after = `${source}.{${source.endsWith('.body') ? 'JSONPath' : 'name'}}`
    return name === 'none' ? [source] : name === 'needed' ? [after] : [source, after]
  })
  return forms.length < 2 ? forms.join() : `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`
}

function compileBody(of: BodyOf, name: string | undefined, { jsonPath, composed }: VariableRules): Reader {
  if (name === undefined) return (scope) => of(scope)?.text()
  const text = name.startsWith('.$') ? name.slice(1) : `$${name}`
  const path = compilePath(text)
  if (jsonPath === 'simple') refuseSearches(path)
  return (scope) => {
    const root = of(scope)?.json()
    if (root === undefined) return undefined
    const found = readPath(path, root)
    if (found === undefined || found === null) return undefined
    if (typeof found === 'string') return found
    return found instanceof JsonArray || found instanceof JsonObject ? composed(found) : printJson(found)
  }
}

/** @throws PathError */
function refuseSearches({ kinds }: CompiledPath): void {
  if (kinds.has('scan')) throw new PathError('".." is not supported here')
  if (kinds.has('filter')) throw new PathError('filters are not supported here')
}

/** A path that cannot be applied to this body leads to nothing. */
function readPath(path: CompiledPath, root: JsonValue): JsonValue | undefined {
  try {
    return path.read(root)
  } catch (error) {
    if (error instanceof PathError) return undefined
    throw error
  }
}

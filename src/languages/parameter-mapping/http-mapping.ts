import type { Diagnostic } from '#base/diagnostic.ts'
import { diagnose } from '#languages/expressions/error.ts'
import { compileExpression, type Expression } from '#languages/expressions/expression.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
import type { Reader, VariableSource } from '#languages/expressions/variables.ts'
import { printJson } from '#languages/json/print.ts'
import { MappingError } from './expression.ts'
import { parseHttpTarget, type HttpSide, type HttpTarget } from './http-target.ts'

/** A message of an HTTP API, as mappings change it. A missing name is empty. */
export interface HttpEdits {
  append(place: HttpTarget['place'], name: string, value: string): void
  overwrite(place: HttpTarget['place'], name: string, value: string): void
  remove(place: HttpTarget['place'], name: string): void
}

/** Mappings ready to run. */
export interface HttpMappings {
  /** Whether a value looks into the body of the message. */
  readonly readsBody: boolean
  /**
   * Makes the edits in their order. Every mapping reads the message as it came, whatever others change; one whose value
   * is missing changes nothing.
   * @param scope must show the message before any edit
   */
  readonly apply: Apply
}

type Apply = (scope: ExpressionScope, edits: HttpEdits) => void

/** Developer guide, "Transforming API requests and responses": supported values. */
const sources: Readonly<Record<HttpSide, readonly VariableSource[]>> = {
  request: [
    'request.header',
    'request.querystring',
    'request.body',
    'request.path',
    'context',
    'stageVariables',
  ],
  response: ['response.header', 'response.body', 'context', 'stageVariables'],
}

/**
 * One value: `$request.header.x`, `${request.path.id}-${context.requestId}`, `text`. Also what parameters of
 * integrations with AWS services are.
 * @throws ExpressionError
 */
export function compileHttpValue(text: string, side: HttpSide): Expression {
  return compileExpression(text, {
    sources: sources[side],
    jsonPath: 'simple',
    composed: (value) => printJson(value),
  })
}

/**
 * `requestParameters` of an integration, or `responseParameters` for one status code.
 * @throws ExpressionError (a MappingError for a key)
 */
export function compileHttpMappings(
  mappings: Readonly<Record<string, string>>,
  side: HttpSide,
): HttpMappings {
  const compiled = Object.entries(mappings).map(([key, value]) => compileMapping(key, value, side))
  return {
    readsBody: compiled.some(({ readsBody }) => readsBody),
    apply: (scope, edits) => {
      for (const { apply } of compiled) apply(scope, edits)
    },
  }
}

/** What is wrong with the mappings, each at its key. */
export function checkHttpMappings(mappings: Readonly<Record<string, string>>, side: HttpSide): Diagnostic[] {
  return Object.entries(mappings).flatMap(([key, value]) => {
    const ofKey = diagnose(key, (text) => parseHttpTarget(text, side))
    const found = ofKey.length > 0 ? ofKey : diagnose(value, (text) => compileMapping(key, text, side))
    return found.map((diagnostic) => ({ ...diagnostic, where: key }))
  })
}

function compileMapping(key: string, text: string, side: HttpSide): HttpMappings {
  const target = parseHttpTarget(key, side)
  const { action, place, name } = target
  // The value of a removal is not looked at: it is '' in AWS's examples.
  if (action === 'remove') return { readsBody: false, apply: (_, edits) => edits.remove(place, name) }
  const expression = compileHttpValue(text, side)
  const value = readerOf(target, expression)
  return {
    readsBody: expression.readsBody,
    apply: (scope, edits) => {
      const given = value(scope)
      if (given !== undefined) edits[action](place, name, given)
    },
  }
}

function readerOf({ place }: HttpTarget, { constant, evaluate }: Expression): Reader {
  if (place === 'path') return (scope) => pathOf(evaluate(scope))
  if (place !== 'statuscode') return evaluate
  if (constant !== undefined && !isStatus(constant)) {
    throw new MappingError(`a status code is from 200 to 599: found "${constant}"`)
  }
  return (scope) => {
    const status = evaluate(scope)
    return status !== undefined && isStatus(status) ? status : undefined
  }
}

function pathOf(value: string | undefined): string | undefined {
  return value === undefined || value.startsWith('/') ? value : `/${value}`
}

/** What a final answer can have. */
function isStatus(text: string): boolean {
  return /^[2-5]\d\d$/.test(text)
}

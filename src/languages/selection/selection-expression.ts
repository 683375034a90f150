import type { Diagnostic } from '#base/diagnostic.ts'
import { diagnose, ExpressionError } from '#languages/expressions/error.ts'
import { compileExpression } from '#languages/expressions/expression.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
import type { VariableRules, VariableSource } from '#languages/expressions/variables.ts'
import { composedText } from './composed-text.ts'

/** A key, or undefined when the expression reads a body that is no JSON. What is missing in the body is empty. */
export type Selection = (scope: ExpressionScope) => string | undefined

/** The key that catches what no other does. */
export const DEFAULT_KEY = '$default'

interface PlaceRow {
  readonly sources: readonly VariableSource[]
  /** The only texts that the place takes, each with or without braces. */
  readonly only?: readonly string[]
}

/** Where a selection expression stands: the property that holds it. */
export type SelectionPlace =
  /** `Api.routeSelectionExpression` of a WebSocket API. */
  | 'route'
  /** `Api.routeSelectionExpression` of an HTTP API. */
  | 'httpRoute'
  /** `Api.apiKeySelectionExpression`. */
  | 'apiKey'
  /** Of a custom domain name's `ApiMapping`. */
  | 'apiMapping'
  /** `Route.modelSelectionExpression`. */
  | 'model'
  /** `Route.routeResponseSelectionExpression`. */
  | 'routeResponse'
  /** `Integration.templateSelectionExpression`. */
  | 'requestTemplate'
  /** `Integration.integrationResponseSelectionExpression`. */
  | 'integrationResponse'
  /** `IntegrationResponse.templateSelectionExpression`. */
  | 'responseTemplate'

const ofResponse: readonly VariableSource[] = [
  'integration.response.statuscode',
  'integration.response.header',
  'integration.response.multivalueheader',
  'integration.response.body',
]

/** Developer guide, "WebSocket selection expressions" (summary table); API Gateway V2 API reference, `Api`. */
const places: Readonly<Record<SelectionPlace, PlaceRow>> = {
  route: { sources: ['request.body', 'request.header', 'request.querystring', 'context', 'stageVariables'] },
  httpRoute: { sources: ['request.method', 'request.path'], only: ['$request.method $request.path'] },
  apiKey: {
    sources: ['request.header', 'context'],
    only: ['$request.header.x-api-key', '$context.authorizer.usageIdentifierKey'],
  },
  apiMapping: { sources: ['request.basepath'], only: ['$request.basepath'] },
  model: { sources: ['request.body', 'context', 'stageVariables'] },
  routeResponse: { sources: [], only: [DEFAULT_KEY] },
  requestTemplate: { sources: ['request.body', 'context', 'stageVariables'] },
  integrationResponse: { sources: ofResponse },
  responseTemplate: { sources: ['request.body', ...ofResponse, 'context', 'stageVariables'] },
}

/**
 * Reads `$request.body.action`, `${request.body.service}/${request.body.action}`, `text`, `\$default`, `$default`.
 * @throws ExpressionError
 */
export function compileSelection(text: string, place: SelectionPlace): Selection {
  const { sources, only } = places[place]
  if (only !== undefined && !only.includes(text.replaceAll(/\$\{([^}]*)\}/g, '$$$1'))) {
    throw new ExpressionError(`expected ${only.join(' or ')}: found ${text === '' ? 'nothing' : text}`)
  }
  if (text === '') throw new ExpressionError('the selection expression is empty')
  if (text === DEFAULT_KEY) return () => DEFAULT_KEY
  const rules: VariableRules = { sources, jsonPath: 'full', composed: composedText }
  const { evaluate, readsBody } = compileExpression(text, rules)
  return (scope) => {
    if (readsBody && scope.request?.body.json() === undefined) return undefined
    return evaluate(scope) ?? ''
  }
}

/** What is wrong with a selection expression. */
export function checkSelection(text: string, place: SelectionPlace): Diagnostic[] {
  return diagnose(text, (given) => compileSelection(given, place))
}

/** Of models or templates by key: the one for `key`, else the one for `$default`. */
export function selectByKey<Choice>(
  choices: ReadonlyMap<string, Choice>,
  key: string | undefined,
): Choice | undefined {
  return (key === undefined ? undefined : choices.get(key)) ?? choices.get(DEFAULT_KEY)
}

import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import { compileMapping, type Mapping } from '#languages/parameter-mapping/compile.ts'
import { MappingError, parseMapping } from '#languages/parameter-mapping/expression.ts'
import { parseResponseTarget } from '#languages/parameter-mapping/target.ts'
import { compileSelectionPattern, SelectionPatternError } from '#languages/selection/selection-pattern.ts'
import type { IntegrationResponse as ResponseDefinition } from '#model/rest-api.ts'
import { isIdentity, responseConversion, type Conversion } from './conversion.ts'
import type { Exchange, IntegrationResponse } from './exchange.ts'
import { configurationError } from './gateway-error.ts'
import { ResponseScope } from './mapping-scope.ts'
import { overrideHeaders } from './mapped-request.ts'
import { compileMappingTemplate, type MappingTemplate } from './mapping-template.ts'
import { mediaTypeOf } from './media-type.ts'
import type { Step } from './plan.ts'
import { mappedRules, remapHeaders } from './remapped-headers.ts'
import { headerValue } from './reply-headers.ts'
import { DefinitionError, type IntegrationDefinition } from './route-definition.ts'

/** One integration response, ready to run. */
interface Variant {
  readonly status: string
  /** Undefined for the one that is taken when no other is. */
  readonly pattern: string | undefined
  readonly matches: (selection: string) => boolean
  readonly apply: (exchange: Exchange, answer: IntegrationResponse) => void | Promise<void>
}

export interface MappedResponseOptions {
  /** Whether the reply carries `X-Amzn-Trace-Id`: it does not for MOCK (recorded on AWS). */
  readonly traceHeader: boolean
}

/**
 * The integration response and method response of the types that map (HTTP, AWS, MOCK): the first response whose
 * pattern matches, else the one without a pattern. Developer guide, "Set up integration responses".
 * @throws DefinitionError
 */
export function compileMappedResponse(
  definition: IntegrationDefinition,
  options: MappedResponseOptions,
): Step {
  const { integrationResponses } = definition.integration
  const variants: Variant[] = []
  let fallback: Variant | undefined
  for (const [status, response] of Object.entries(integrationResponses)) {
    const where = `integration/integrationResponses/${status}`
    const apply = compileVariant(definition, response, where, options)
    if (isDefault(response)) fallback ??= { status, pattern: undefined, matches: () => true, apply }
    else {
      const pattern = response.selectionPattern ?? ''
      variants.push({ status, pattern, matches: compilePattern(pattern, where), apply })
    }
  }
  return (exchange) => {
    const answer = exchange.integrationResponse
    if (answer === undefined) throw configurationError('the integration was not invoked')
    const variant = variants.find(({ matches }) => matches(answer.selection)) ?? fallback
    exchange.explanation?.tell('integrationResponses', explained(variants, fallback, variant))
    if (variant === undefined) {
      // Nobody will read it, and its connection would wait for that.
      answer.unread?.body.cancel()
      throw configurationError(
        'No match for output mapping and no default output mapping configured. ' +
          `Endpoint Response Status Code: ${answer.status}`,
      )
    }
    return variant.apply(exchange, answer)
  }
}

/** Why one was taken and the others were not. */
function explained(
  variants: readonly Variant[],
  fallback: Variant | undefined,
  taken: Variant | undefined,
): object[] {
  const at = taken === undefined ? -1 : variants.indexOf(taken)
  const told = variants.map((variant, place) => ({
    statusCode: variant.status,
    selectionPattern: variant.pattern,
    outcome: variant === taken ? 'matches' : at !== -1 && place > at ? 'not looked at' : 'does not match',
  }))
  const outcome = taken === fallback ? 'taken: no pattern matches' : 'not needed: a pattern matches'
  return fallback === undefined ? told : [...told, { statusCode: fallback.status, outcome }]
}

function isDefault({ selectionPattern }: ResponseDefinition): boolean {
  return selectionPattern === undefined || selectionPattern === ''
}

function compilePattern(pattern: string, where: string): (selection: string) => boolean {
  try {
    return compileSelectionPattern(pattern)
  } catch (error) {
    if (!(error instanceof SelectionPatternError)) throw error
    throw new DefinitionError(`selection pattern ${pattern}: ${error.message}`, `${where}/selectionPattern`)
  }
}

function compileVariant(
  definition: IntegrationDefinition,
  response: ResponseDefinition,
  where: string,
  { traceHeader }: MappedResponseOptions,
): Variant['apply'] {
  const { isBinary } = definition
  const status = Number(response.statusCode)
  const mappings = compileHeaders(response, where)
  const templates = new Map(
    Object.entries(response.responseTemplates ?? {}).map(([type, text]): [string, TypedTemplate] => [
      type,
      { type, template: compileMappingTemplate(definition, text, `${where}/responseTemplates/${type}`) },
    ]),
  )
  const [first] = templates.values()
  const usual = templates.get('application/json') ?? first
  const looksAtBody = templates.size > 0 || mappings.some(({ readsBody }) => readsBody)
  return (exchange, answer) => {
    const { unread } = answer
    if (unread !== undefined) {
      const passes = !looksAtBody && isIdentity(conversionOf(exchange, answer))
      if (!passes) return unread.read().then((body) => apply(exchange, { ...answer, body }))
    }
    return apply(exchange, answer, unread?.body)
  }

  function conversionOf(exchange: Exchange, { headers }: IntegrationResponse): Conversion {
    return responseConversion(
      isBinary(headers.get('content-type')),
      isBinary(exchange.request.headers.get('accept')),
      response.contentHandling,
    )
  }

  /** @param passing the body, where it is not looked at */
  function apply(exchange: Exchange, answer: IntegrationResponse, passing?: Body): void {
    const mapped = new Headers()
    const scope = new ResponseScope(exchange, answer.headers, answer.body)
    for (const { name, value } of mappings) {
      const text = value(scope)
      if (text !== undefined) mapped.set(name, headerValue(String(text)))
    }
    const accept = exchange.request.headers.get('accept')
    const choice = chosen(templates, accept) ?? usual
    const convert = conversionOf(exchange, answer)
    let body: Uint8Array
    if (choice === undefined) {
      body = convert(answer.body)
    } else {
      const { template, type } = choice
      body = template(
        exchange,
        response.contentHandling === 'CONVERT_TO_TEXT' ? convert(answer.body) : answer.body,
      )
      if (response.contentHandling === 'CONVERT_TO_BINARY') body = convert(body)
      if (!mapped.has('content-type')) mapped.add('Content-Type', type)
    }
    const overrides = exchange.templateContext.overrides()?.response
    if (overrides !== undefined) overrideHeaders(mapped, overrides.header)
    const headers = remapHeaders(mapped, mappedRules)
    if (traceHeader) headers.add('X-Amzn-Trace-Id', exchange.traceId)
    exchange.response = {
      status: statusOverride(overrides?.status) ?? status,
      headers,
      body: passing ?? new WholeBody(body),
    }
  }
}

interface TypedTemplate {
  readonly type: string
  readonly template: MappingTemplate
}

/** By the first media type of Accept; JSON, else the first template, is for all others. */
function chosen(
  templates: ReadonlyMap<string, TypedTemplate>,
  accept: string | undefined,
): TypedTemplate | undefined {
  if (accept === undefined || templates.size < 2) return undefined
  const type = mediaTypeOf(accept)
  return type === undefined ? undefined : templates.get(type)
}

/** Statuses that no final answer can have are ignored, as AWS ignores what is not from 100 to 599. */
function statusOverride(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : undefined
}

function compileHeaders(
  response: ResponseDefinition,
  where: string,
): readonly { readonly name: string; readonly value: Mapping; readonly readsBody: boolean }[] {
  return Object.entries(response.responseParameters ?? {}).map(([key, text]) => {
    try {
      const { name } = parseResponseTarget(key)
      const expression = parseMapping(text, 'integration.response')
      return { name, value: compileMapping(expression), readsBody: expression.kind === 'body' }
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      throw new DefinitionError(error.message, `${where}/responseParameters/${key}`)
    }
  })
}

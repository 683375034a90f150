import type { PlainValue } from '#languages/json/plain.ts'
import type { Headers } from '#http/headers.ts'
import { compileRequestConversion } from './conversion.ts'
import type { HeaderNames } from './header-names.ts'
import type { Exchange } from './exchange.ts'
import type { Step } from './plan.ts'
import { isHeaderName } from '#base/header-name.ts'
import { headerValue } from './reply-headers.ts'
import { compileRequestParameters, type MappedParameters } from './request-parameters.ts'
import { compileRequestTemplates } from './request-template.ts'
import type { IntegrationDefinition } from './route-definition.ts'
import { pathPiece } from './uri-template.ts'

const NOTHING = new Uint8Array(0)

/**
 * The integration request of the types that map (HTTP, AWS, MOCK): content handling, template, parameters, then what
 * the template overrode. Developer guide, "Use a mapping template to override an API's request and response
 * parameters and status codes".
 * @param forbidden headers that parameters may not set
 * @throws DefinitionError
 */
export function compileMappedRequest(definition: IntegrationDefinition, forbidden: HeaderNames): Step {
  const parameters = compileRequestParameters(definition, forbidden)
  const choose = compileRequestTemplates(definition)
  const convert = compileRequestConversion(definition)
  return (exchange) => {
    const template = choose(exchange)
    const payload = convert(exchange, exchange.body ?? NOTHING)
    const { headers, query, path } = parameters.evaluate(exchange)
    if (template === undefined) {
      exchange.integrationRequest = { headers, query, path, body: payload }
      return
    }
    const body = template(exchange, payload)
    overrideRequest(exchange, { headers, query, path })
    exchange.integrationRequest = { headers, query, path, body }
  }
}

/** Sets what a template put into `$context.requestOverride`. */
export function overrideRequest(
  { templateContext }: Exchange,
  { headers, query, path }: MappedParameters,
): void {
  const overrides = templateContext.overrides()?.request
  if (overrides === undefined) return
  overrideHeaders(headers, overrides.header)
  for (const [name, value] of Object.entries(overrides.querystring)) query.set(name, textsOf(value))
  for (const [name, value] of Object.entries(overrides.path)) path.set(name, pathPiece(textOf(value)))
}

/** Sets what a template put into `$context.{request|response}Override.header`. */
export function overrideHeaders(headers: Headers, overrides: Readonly<Record<string, PlainValue>>): void {
  for (const [name, value] of Object.entries(overrides)) {
    if (value === null || value === undefined || !isHeaderName(name)) continue
    const [first = '', ...more] = textsOf(value)
    headers.set(name, headerValue(first))
    for (const text of more) headers.add(name, headerValue(text))
  }
}

function textsOf(value: PlainValue): string[] {
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)]
}

function textOf(value: PlainValue): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

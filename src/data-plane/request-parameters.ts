import { Headers } from '#http/headers.ts'
import { compileMapping, type Mapping } from '#languages/parameter-mapping/compile.ts'
import {
  MappingError,
  parseMapping,
  type MappingExpression,
} from '#languages/parameter-mapping/expression.ts'
import { parseRequestTarget, type RequestPlace } from '#languages/parameter-mapping/target.ts'
import type { Exchange } from './exchange.ts'
import { configurationError } from './gateway-error.ts'
import { HeaderNames } from './header-names.ts'
import { RequestScope } from './mapping-scope.ts'
import { headerValue } from './reply-headers.ts'
import { DefinitionError, type IntegrationDefinition } from './route-definition.ts'
import { pathPiece } from './uri-template.ts'

/** What an integration's `requestParameters` gave for one request. */
export interface MappedParameters {
  readonly headers: Headers
  readonly query: Map<string, string[]>
  readonly path: Map<string, string>
}

export interface RequestParameters {
  readonly isEmpty: boolean
  /** Whether a mapping reads the request body. */
  readonly readsBody: boolean
  /** Whether a mapping sets a header that mappings may not set. */
  readonly setsForbidden: boolean
  /** @throws GatewayError when a header may not be set, or the body is not JSON */
  evaluate(exchange: Exchange): MappedParameters
}

/** Headers that a mapping may not set: the request fails with 500 (recorded on AWS). */
export const forbiddenHeaders: HeaderNames = new HeaderNames(
  'Content-Length',
  'Transfer-Encoding',
  'X-Amzn-Trace-Id',
  'X-Amzn-Apigateway-Api-Id',
)

/** The same for integrations with AWS services. */
export const forbiddenAwsHeaders: HeaderNames = new HeaderNames(
  'Content-Length',
  'Transfer-Encoding',
  'X-Amzn-Trace-Id',
  'X-Amzn-Apigateway-Api-Id',
  'Authorization',
  'Connection',
  'Expect',
  'Proxy-Authenticate',
  'TE',
)

interface CompiledParameter {
  readonly place: RequestPlace
  readonly name: string
  readonly value: Mapping
  /** Whether values come from the request path as sent, and so are escaped already. */
  readonly raw: boolean
  readonly forbidden: boolean
}

/** @throws DefinitionError for a mapping that cannot be read */
export function compileRequestParameters(
  { integration }: IntegrationDefinition,
  forbidden: HeaderNames,
): RequestParameters {
  const expressions: MappingExpression[] = []
  const compiled = Object.entries(integration.requestParameters ?? {}).map(
    ([key, text]): CompiledParameter => {
      try {
        const { place, name } = parseRequestTarget(key)
        const expression = parseMapping(text, 'method.request')
        expressions.push(expression)
        return {
          place,
          name,
          value: compileMapping(expression),
          raw: expression.kind === 'path',
          forbidden: place === 'header' && forbidden.has(name),
        }
      } catch (error) {
        if (!(error instanceof MappingError)) throw error
        throw new DefinitionError(error.message, `integration/requestParameters/${key}`)
      }
    },
  )
  return {
    isEmpty: compiled.length === 0,
    readsBody: expressions.some(({ kind }) => kind === 'body'),
    setsForbidden: compiled.some((parameter) => parameter.forbidden),
    evaluate: (exchange) => evaluate(compiled, exchange),
  }
}

function evaluate(compiled: readonly CompiledParameter[], exchange: Exchange): MappedParameters {
  const mapped: MappedParameters = { headers: new Headers(), query: new Map(), path: new Map() }
  if (compiled.length === 0) return mapped
  const scope = new RequestScope(exchange)
  for (const parameter of compiled) {
    const value = parameter.value(scope)
    // A source that is missing leaves its target out.
    if (value === undefined) continue
    if (parameter.forbidden) throw configurationError(`${parameter.name} header already present`)
    setters[parameter.place](mapped, parameter, typeof value === 'string' ? [value] : value)
  }
  return mapped
}

type Setter = (mapped: MappedParameters, parameter: CompiledParameter, values: readonly string[]) => void

const setters: Readonly<Record<RequestPlace, Setter>> = {
  header: ({ headers }, { name }, values) => headers.set(name, headerValue(values.join(','))),
  querystring: ({ query }, { name }, values) => void query.set(name, [...values]),
  path: ({ path }, { name, raw }, values) => {
    const value = values.at(-1) ?? ''
    path.set(name, raw ? value : pathPiece(value))
  },
}

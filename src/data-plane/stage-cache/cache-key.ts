import { createHash } from 'node:crypto'
import { sameName } from '#http/same-name.ts'
import { compileMapping, type MappedValue } from '#languages/parameter-mapping/compile.ts'
import { MappingError, parseMapping } from '#languages/parameter-mapping/expression.ts'
import type { Integration } from '#model/rest-api.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { RequestScope } from '#data-plane/mapping-scope.ts'
import { areCallers } from '#data-plane/integrations/integration-credentials.ts'
import { endsAtDoor } from '#data-plane/method-headers.ts'
import { DefinitionError, type RouteDefinition } from '#data-plane/route-definition.ts'

/** What a request's answer is kept under: equal texts are for equal requests, as far as the method's parameters say. */
export type CacheKey = (exchange: Exchange) => string

type Part = (exchange: Exchange) => MappedValue

/** Longer keys are replaced by their hashes. */
const KEY_LENGTH_MAX = 256

/**
 * The key: stage, deployment, namespace, verb, stage variables where the integration reads them, then the values of
 * `cacheKeyParameters`. Other parameters change nothing, those of the path neither (developer guide, "Use method or
 * integration parameters as cache keys"). The deployment is part of it, so a canary of another deployment has entries of
 * its own and one of the same shares them ("Canary release deployment in API Gateway").
 */
export function compileCacheKey(
  { snapshot, stage, stageVariables }: RouteDefinition,
  integration: Integration,
): CacheKey {
  // What one caller may ask a backend for in its own name, another may not.
  const ofCaller = areCallers(integration.credentials, stageVariables)
  const parameters = integration.cacheKeyParameters.toSorted().map((name) => ({
    name,
    read: partOf(name, integration),
  }))
  const prefix = JSON.stringify([
    snapshot.api.id,
    stage.stageName,
    snapshot.deploymentId,
    integration.cacheNamespace,
    readsStageVariables(integration) ? sortedVariables(stageVariables) : [],
    parameters.map(({ name }) => name),
  ])
  return (exchange) => {
    let key = `${exchange.method} ${prefix}`
    if (ofCaller) key += framed(exchange.identity?.accessKey)
    for (const { read } of parameters) key += framed(read(exchange))
    return key.length > KEY_LENGTH_MAX ? createHash('sha256').update(key, 'utf8').digest('base64') : key
  }
}

/** Names of path parameters whose values do not tell answers apart. */
export function unkeyedPathParameters(names: readonly string[], integration: Integration): readonly string[] {
  const keyed = new Set(
    integration.cacheKeyParameters.map((parameter) =>
      parameter.startsWith('integration.') ? integration.requestParameters?.[parameter] : parameter,
    ),
  )
  return names.filter((name) => !keyed.has(`method.request.path.${name}`))
}

/** Values with their lengths: no value can look like two, and none is not an empty one. */
function framed(value: MappedValue): string {
  if (value === undefined) return ' -'
  if (typeof value === 'string') return ` ${value.length}:${value}`
  return ` [${value.map(framed).join('')} ]`
}

function sortedVariables(variables: Readonly<Record<string, string>>): string[][] {
  return Object.keys(variables)
    .toSorted()
    .map((name) => [name, variables[name] as string])
}

function readsStageVariables(integration: Integration): boolean {
  // Functions are told all of them.
  return integration.type === 'AWS_PROXY' || JSON.stringify(integration).includes('stageVariables')
}

/** @throws DefinitionError */
function partOf(parameter: string, integration: Integration): Part {
  const [, side, place, name] =
    /^(method|integration)\.request\.(header|multivalueheader|querystring|multivaluequerystring|path)\.(.+)$/.exec(
      parameter,
    ) ?? []
  const read = places[place as string]
  if (read === undefined || name === undefined) {
    throw new DefinitionError(
      `cache key parameter ${parameter}: expected method.request.{header|path|querystring}.{name} or integration.request.…`,
      'integration/cacheKeyParameters',
    )
  }
  if (side === 'method') return read(name)
  const mapping = integration.requestParameters?.[parameter]
  // What proxy integrations are not told to map they pass on.
  return mapping === undefined ? read(name) : mapped(mapping)
}

function mapped(text: string): Part {
  try {
    const expression = parseMapping(text, 'method.request')
    // Names are looked up as those of method parameters, in any case, with all their values.
    const direct = 'name' in expression ? places[expression.kind] : undefined
    if (direct !== undefined) return direct((expression as { readonly name: string }).name)
    const value = compileMapping(expression)
    return (exchange) => value(new RequestScope(exchange))
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw new DefinitionError(error.message, 'integration/cacheKeyParameters')
  }
}

/**
 * All values of a name. Those of headers are found in any case: a backend that is sent them finds them so, and two
 * answers must not be confused because a client writes `authorization`.
 */
const header = (name: string): Part => {
  // What the gateway drops, adds or hides is looked up among the headers as an API sees them.
  if (endsAtDoor(name) || /^(?:host|authorization)$/i.test(name)) return ({ headers }) => seen(headers, name)
  return ({ request }) => {
    const values = request.headers.getAll(name)
    return values.length === 0 ? undefined : values
  }
}

function seen(headers: readonly string[], name: string): readonly string[] | undefined {
  const values = headers.filter((_, i) => i % 2 === 1 && sameName(headers[i - 1] as string, name))
  return values.length === 0 ? undefined : values
}

const querystring = (name: string): Part => {
  return ({ query }) => query.get(name)
}

const places: Readonly<Record<string, (name: string) => Part>> = {
  header,
  multivalueheader: header,
  querystring,
  multivaluequerystring: querystring,
  path: (name) => (exchange) => exchange.pathParameter(name),
}

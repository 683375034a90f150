import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { MethodDefinition } from '#data-plane/route-definition.ts'
import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { ApiIntegration } from '#model/http-api.ts'
import type { Integration, TrafficDocument } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'

/**
 * How a method's requests go to its backend: what its document says of the API, the resource and the method, then what
 * the gateway's own settings say. Of each member the last that says something holds.
 * @returns undefined where nothing is asked for
 */
export function compileTraffic(definition: MethodDefinition): TrafficSettings | undefined {
  const { snapshot, stage, resource, method, trafficRules, warn } = definition
  const { api } = snapshot
  const { integration, httpMethod } = method
  return trafficOf({
    said: [api.traffic, resource.traffic, method.traffic],
    trafficRules,
    place: { api: [api.id, api.name], stage: stage.stageName, httpMethod, path: resource.path },
    withoutEffect: (asked) => (integration === undefined ? [] : withoutEffect(integration, asked)),
    warn,
  })
}

/** The same of a route of an HTTP API. */
export function compileRouteTraffic(
  definition: HttpRouteDefinition,
  integration: ApiIntegration,
): TrafficSettings | undefined {
  const { snapshot, stage, route, httpMethod, resourcePath, trafficRules, warn } = definition
  const { api } = snapshot
  const isHttp = integration.integrationType === 'HTTP_PROXY'
  return trafficOf({
    said: [api.traffic, route.traffic],
    trafficRules,
    place: { api: [api.apiId, api.name], stage: stage.stageName, httpMethod, path: resourcePath },
    withoutEffect: (asked) => (isHttp ? [] : asked.filter((name) => OF_HTTP.includes(name))),
    warn,
  })
}

interface TrafficSource {
  /** What documents say, the most special last. */
  readonly said: readonly (TrafficDocument | undefined)[]
  readonly trafficRules: readonly TrafficRule[] | undefined
  readonly place: Place
  /** Of what is asked for, what the integration cannot have. */
  readonly withoutEffect: (asked: readonly string[]) => readonly string[]
  readonly warn: MethodDefinition['warn']
}

interface Place {
  /** Id and name. */
  readonly api: readonly string[]
  readonly stage: string
  readonly httpMethod: string
  readonly path: string
}

function trafficOf({
  trafficRules = [],
  place,
  warn,
  ...source
}: TrafficSource): TrafficSettings | undefined {
  const rules = trafficRules.filter((rule) => isFor(rule, place))
  const said = [...source.said, ...rules.map(({ settings }) => settings)]
  const documents = said.filter((document): document is TrafficDocument => document !== undefined)
  if (documents.length === 0) return undefined
  const { settings, findings } = readTraffic(Object.assign({}, ...documents))
  for (const { message } of findings) warn(`${message}: nothing of it holds`)
  if (settings === undefined) return undefined
  const { budget: _, ...policies } = settings
  const asked = Object.entries(policies).flatMap(([name, set]) => (set === undefined ? [] : [name]))
  if (asked.length === 0) return undefined
  const idle = source.withoutEffect(asked)
  if (idle.length > 0)
    warn(`x-gatehouse-traffic: ${idle.join(', ')} has no effect on this integration`, 'integration')
  return settings
}

function isFor(rule: TrafficRule, { api, stage, httpMethod, path }: Place): boolean {
  return (
    ['*', ...api].includes(rule.api) &&
    ['*', stage].includes(rule.stage) &&
    ['*', httpMethod].includes(rule.httpMethod) &&
    ['*', path].includes(rule.path)
  )
}

/** Only HTTP requests can be copied, or sent to another host. */
const OF_HTTP = ['mirror', 'targets']

function withoutEffect(integration: Integration, asked: readonly string[]): readonly string[] {
  const { type } = integration
  if (type === 'HTTP' || type === 'HTTP_PROXY') return []
  if (type === 'MOCK' || streamsAnswers(integration)) return asked
  return asked.filter((name) => OF_HTTP.includes(name))
}

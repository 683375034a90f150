import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { MethodDefinition } from '#data-plane/route-definition.ts'
import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { Integration, TrafficDocument } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'

/**
 * How a method's requests go to its backend: what its document says of the API, the resource and the method, then what
 * the gateway's own settings say. Of each member the last that says something holds.
 * @returns undefined where nothing is asked for
 */
export function compileTraffic(definition: MethodDefinition): TrafficSettings | undefined {
  const { snapshot, resource, method, trafficRules = [], warn } = definition
  const rules = trafficRules.filter((rule) => isFor(rule, definition))
  const said = [
    snapshot.api.traffic,
    resource.traffic,
    method.traffic,
    ...rules.map(({ settings }) => settings),
  ]
  const documents = said.filter((document): document is TrafficDocument => document !== undefined)
  if (documents.length === 0) return undefined
  const { settings, findings } = readTraffic(Object.assign({}, ...documents))
  for (const { message } of findings) warn(`${message}: nothing of it holds`)
  if (settings === undefined) return undefined
  const { budget: _, ...policies } = settings
  const asked = Object.entries(policies).flatMap(([name, set]) => (set === undefined ? [] : [name]))
  if (asked.length === 0) return undefined
  const idle = method.integration === undefined ? [] : withoutEffect(method.integration, asked)
  if (idle.length > 0)
    warn(`x-gatehouse-traffic: ${idle.join(', ')} has no effect on this integration`, 'integration')
  return settings
}

function isFor(rule: TrafficRule, { snapshot, stage, resource, method }: MethodDefinition): boolean {
  const { id, name } = snapshot.api
  return (
    ['*', id, name].includes(rule.api) &&
    ['*', stage.stageName].includes(rule.stage) &&
    ['*', method.httpMethod].includes(rule.httpMethod) &&
    ['*', resource.path].includes(rule.path)
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

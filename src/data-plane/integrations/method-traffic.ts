import { contextText } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { ResilienceState } from '#data-plane/resilience/resilience-state.ts'
import type { Sending } from '#data-plane/resilience/send-http.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
import { compileTrafficKey } from '#languages/traffic/read-traffic.ts'
import { statusesText, type StatusRanges, type TrafficSettings } from '#languages/traffic/settings.ts'

/** What policies need to know of a request. */
export type CompiledSending = (exchange: Exchange) => Sending

/** Of a method's. */
export function compileSending(
  { snapshot, stage, resource, method }: IntegrationDefinition,
  settings: TrafficSettings,
): CompiledSending {
  const route = `${snapshot.api.id}/${stage.stageName}${resource.path}/${method.httpMethod}`
  return compileRouteSending(route, settings)
}

/** Of any kind of API's. @param route what no other one is called */
export function compileRouteSending(route: string, settings: TrafficSettings): CompiledSending {
  const keys = (settings.concurrency ?? []).map(({ per }) =>
    per === undefined ? () => '' : compileTrafficKey(per).evaluate,
  )
  return (exchange) => {
    const { services, executionLog, explanation } = exchange
    explanation?.tell('traffic', shown(settings))
    const scope = keys.length === 0 ? undefined : scopeOf(exchange)
    return {
      // A test of a method meets nothing of what is known of backends.
      state: services.resilience ?? new ResilienceState(),
      route,
      keys: scope === undefined ? NO_KEYS : keys.map((key) => key(scope) ?? ''),
      told: executionLog && (({ policy, message }) => executionLog.traffic(policy, message)),
    }
  }
}

/** As it would be written. */
function shown(settings: TrafficSettings): unknown {
  return JSON.parse(
    JSON.stringify(settings, (name, value: unknown) =>
      name === 'status' && Array.isArray(value) ? statusesText(value as StatusRanges) : value,
    ),
  )
}

const NO_KEYS: readonly string[] = []

function scopeOf(exchange: Exchange): ExpressionScope {
  const { plan, address, method } = exchange
  return {
    context: (name) => contextText(exchange, name),
    stageVariable: (name) => plan.stageVariables[name],
    request: {
      method,
      path: address.path,
      basePath: '',
      body: NO_BODY,
      pathParameter: (name) => exchange.pathParameter(name),
      header: (name) => exchange.request.headers.get(name),
      queryParameter: (name) => exchange.query.get(name)?.join(),
    },
  }
}

/** Keys do not look into bodies. */
const NO_BODY = { text: () => '', json: () => undefined }

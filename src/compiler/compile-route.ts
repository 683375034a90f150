import type { Diagnostic } from '#base/diagnostic.ts'
import { httpIntegrationTypes } from '#data-plane/http-integrations/index.ts'
import { compileResponseMappings } from '#data-plane/http-integrations/response-mappings.ts'
import type { CompiledHttpRoute, HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { RoutePlan } from '#data-plane/plan.ts'
import { DefinitionError, type CompiledIntegration } from '#data-plane/route-definition.ts'
import { parseHttpRouteKey } from '#languages/path-patterns/route-key.ts'
import type { ApiIntegration, Route } from '#model/http-api.ts'
import { compileSteps, failing, guarded, rowsFor } from './compile-steps.ts'
import { compileRouteTraffic } from './compile-traffic.ts'

export interface RouteSource extends Omit<
  HttpRouteDefinition,
  'warn' | 'route' | 'resourcePath' | 'httpMethod'
> {
  /** With a route key that can be read. */
  readonly route: Route
  readonly phases: ReadonlySet<PhaseName>
  readonly report: (diagnostic: Diagnostic) => void
  /** Whether the steps that decide who may come in are left out. */
  readonly unguarded: boolean
  /** Whether all but the steps that say who may call are left out. */
  readonly decisionsOnly: boolean
}

/** A route of an HTTP API. What is broken in it is reported, and the route answers 500. */
export function compileRoute(source: RouteSource): RoutePlan {
  const { route, report, phases } = source
  const place = route.routeKey
  const { httpMethod, resourcePath, names } = partsOf(route.routeKey)
  const definition: HttpRouteDefinition = {
    ...source,
    httpMethod,
    resourcePath,
    warn: (message, where, text) =>
      report({
        severity: 'warning',
        message,
        where: where === undefined ? place : `${place}/${where}`,
        ...text,
      }),
  }
  const integration = integrationOf(definition)
  const compiled: CompiledHttpRoute = {
    ...definition,
    integration,
    compiledIntegration: compileIntegration(definition, integration, place, report),
  }
  return {
    routeKey: route.routeKey,
    resourcePath,
    httpMethod,
    operationName: route.operationName,
    pathParameterNames: names,
    ...compileSteps({
      rows: rowsFor(source),
      compile: (row) => row.http?.(compiled),
      phases,
      place,
      report,
    }),
  }
}

function partsOf(routeKey: string): {
  readonly httpMethod: string
  readonly resourcePath: string
  readonly names: readonly string[]
} {
  const key = parseHttpRouteKey(routeKey)
  if (key.kind === 'default') return { httpMethod: 'ANY', resourcePath: routeKey, names: [] }
  const { method, path } = key
  return { httpMethod: method, resourcePath: routeKey.slice(method.length + 1), names: path.names }
}

function integrationOf({ route: { target }, snapshot }: HttpRouteDefinition): ApiIntegration | undefined {
  const id = target?.replace(/^integrations\//, '')
  return snapshot.integrations.find(({ integrationId }) => integrationId === id)
}

function compileIntegration(
  definition: HttpRouteDefinition,
  integration: ApiIntegration | undefined,
  place: string,
  report: RouteSource['report'],
): CompiledIntegration {
  return guarded(
    (): CompiledIntegration => {
      if (integration === undefined) {
        const { target } = definition.route
        throw new DefinitionError(
          target === undefined
            ? 'no integration is attached to the route'
            : `there is no integration ${JSON.stringify(target)}: expected integrations/{integrationId}`,
          'target',
        )
      }
      const { integrationType } = integration
      const compile = httpIntegrationTypes[integrationType]
      if (compile === undefined) {
        const types = Object.keys(httpIntegrationTypes).join(' or ')
        throw new DefinitionError(
          `integration type ${integrationType}: HTTP APIs have ${types}`,
          'integration/integrationType',
        )
      }
      const timeoutMs = routeTimeout(integration, definition)
      const traffic = compileRouteTraffic(definition, integration)
      const whole = { ...definition, integration, timeoutMs, traffic }
      return { ...compile(whole), response: compileResponseMappings(whole) }
    },
    place,
    report,
    (reason) => ({ readsBody: false, invoke: failing(reason) }),
  )
}

/** What `timeoutInMillis` is when nothing was said. API reference, "CreateIntegration". */
const TIMEOUT_MS_DEFAULT = 30_000

function routeTimeout({ timeoutInMillis }: ApiIntegration, definition: HttpRouteDefinition): number {
  const mostMs = definition.limits.httpApiTimeoutMsMax
  if (timeoutInMillis === TIMEOUT_MS_DEFAULT || timeoutInMillis <= mostMs) {
    return timeoutInMillis === TIMEOUT_MS_DEFAULT ? mostMs : timeoutInMillis
  }
  definition.warn(
    `a timeout of ${timeoutInMillis} ms is cut to the limit of ${mostMs} ms`,
    'integration/timeoutInMillis',
  )
  return mostMs
}

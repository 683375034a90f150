import type { Diagnostic } from '#base/diagnostic.ts'
import { functionError } from '#data-plane/integrations/function-error.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { RoutePlan } from '#data-plane/plan.ts'
import { DefinitionError, type CompiledIntegration } from '#data-plane/route-definition.ts'
import { asMethod } from '#data-plane/websocket/as-method.ts'
import { webSocketIntegrationTypes } from '#data-plane/websocket/integrations/index.ts'
import type {
  CompiledWebSocketRoute,
  WebSocketRouteDefinition,
} from '#data-plane/websocket/route-definition.ts'
import { CONNECT_ROUTE, DISCONNECT_ROUTE } from '#data-plane/websocket/route-selection.ts'
import type { EventType } from '#data-plane/websocket/websocket-event.ts'
import { DEFAULT_KEY } from '#languages/selection/selection-expression.ts'
import type { ApiIntegration, Route } from '#model/http-api.ts'
import { compileSteps, failing, guarded, rowsFor } from './compile-steps.ts'

export interface WebSocketRouteSource extends Omit<
  WebSocketRouteDefinition,
  'warn' | 'eventType' | 'integration' | 'isTwoWay'
> {
  readonly methodLog: CompiledWebSocketRoute['methodLog']
  readonly phases: ReadonlySet<PhaseName>
  readonly report: (diagnostic: Diagnostic) => void
  /** Whether the steps that decide who may come in are left out. */
  readonly unguarded: boolean
  /** Whether all but the steps that say who may call are left out. */
  readonly decisionsOnly: boolean
}

const eventTypes: Readonly<Record<string, EventType>> = {
  [CONNECT_ROUTE]: 'CONNECT',
  [DISCONNECT_ROUTE]: 'DISCONNECT',
}

/** A route of a WebSocket API. What is broken in it is reported, and the route fails. */
export function compileWebSocketRoute(source: WebSocketRouteSource): RoutePlan {
  const { route, report, phases, methodLog } = source
  const place = route.routeKey
  const eventType = (Object.hasOwn(eventTypes, place) ? eventTypes[place] : undefined) ?? 'MESSAGE'
  const definition: WebSocketRouteDefinition = {
    ...source,
    eventType,
    integration: integrationOf(source),
    isTwoWay: eventType === 'MESSAGE' && isTwoWay(route),
    warn: (message, where, text) =>
      report({
        severity: 'warning',
        message,
        where: where === undefined ? place : `${place}/${where}`,
        ...text,
      }),
  }
  const compiledIntegration = compileIntegration(definition, place, report)
  const compiled: CompiledWebSocketRoute = {
    ...definition,
    compiledIntegration,
    method: { ...asMethod(definition), compiledIntegration, methodLog },
    methodLog,
  }
  return {
    routeKey: place,
    resourcePath: place,
    httpMethod: 'ANY',
    operationName: route.operationName,
    pathParameterNames: [],
    failed: methodLog?.failed,
    ...compileSteps({
      rows: rowsFor(source),
      compile: (row) => row.webSocket?.(compiled),
      phases,
      place,
      report,
    }),
  }
}

/** Developer guide, "Set up route responses for WebSocket APIs": the expression and the response that it gives. */
function isTwoWay({ routeResponseSelectionExpression, routeResponses }: Route): boolean {
  const responses = Object.values(routeResponses)
  return (
    routeResponseSelectionExpression !== undefined &&
    responses.some(({ routeResponseKey }) => routeResponseKey === DEFAULT_KEY)
  )
}

function integrationOf({ route: { target }, snapshot }: WebSocketRouteSource): ApiIntegration | undefined {
  const id = target?.replace(/^integrations\//, '')
  return snapshot.integrations.find(({ integrationId }) => integrationId === id)
}

const nothing: CompiledIntegration = { readsBody: false, invoke: () => {} }

function compileIntegration(
  definition: WebSocketRouteDefinition,
  place: string,
  report: WebSocketRouteSource['report'],
): CompiledIntegration {
  const { integration, eventType, route } = definition
  // "If you don't attach an integration to $connect, API Gateway lets everybody in" who is authorized.
  if (route.target === undefined && eventType !== 'MESSAGE') return nothing
  return guarded(
    (): CompiledIntegration => {
      if (integration === undefined) {
        const { target } = route
        throw new DefinitionError(
          target === undefined
            ? 'no integration is attached to the route'
            : `there is no integration ${JSON.stringify(target)}: expected integrations/{integrationId}`,
          'target',
        )
      }
      const compile = webSocketIntegrationTypes[integration.integrationType]
      const timeoutMs = routeTimeout(integration, definition)
      const compiled = compile({ ...definition, integration, timeoutMs })
      return eventType === 'CONNECT' ? refusingFailures(compiled) : compiled
    },
    place,
    report,
    (reason) => ({ readsBody: false, invoke: failing(reason) }),
  )
}

/** A function that fails lets nobody in, although Lambda answers 200 of it. */
function refusingFailures(integration: CompiledIntegration): CompiledIntegration {
  const { response } = integration
  if (response === undefined) return integration
  return {
    ...integration,
    response: (exchange) => {
      const { integrationResponse: answer, functionRequestId } = exchange
      if (answer?.headers.has('x-amz-function-error') === true) {
        throw functionError(answer.body, functionRequestId)
      }
      return response(exchange)
    },
  }
}

/** 29 s, which is what it is when nothing was said, means the limit. */
function routeTimeout({ timeoutInMillis }: ApiIntegration, definition: WebSocketRouteDefinition): number {
  const { integrationTimeoutMsMax, integrationTimeoutMsDefault } = definition.limits
  if (timeoutInMillis === TIMEOUT_MS_DEFAULT) {
    return Math.min(integrationTimeoutMsDefault, integrationTimeoutMsMax)
  }
  if (timeoutInMillis <= integrationTimeoutMsMax) return timeoutInMillis
  definition.warn(
    `a timeout of ${timeoutInMillis} ms is cut to the limit of ${integrationTimeoutMsMax} ms`,
    'integration/timeoutInMillis',
  )
  return integrationTimeoutMsMax
}

/** API reference, "CreateIntegration", of WebSocket APIs. */
const TIMEOUT_MS_DEFAULT = 29_000

import type { Diagnostic } from '#base/diagnostic.ts'
import { isManagementCall, managementRoute } from '#data-plane/connections/management-route.ts'
import { compileMethodLog, endExecutionLog, type MethodLog } from '#data-plane/logs/method-log.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import type { ApiPlan, Observer, RoutePlan } from '#data-plane/plan.ts'
import { renderWebSocketError } from '#data-plane/websocket/render-websocket-error.ts'
import {
  compileRouteOf,
  compileRouteSelection,
  CONNECT_ROUTE,
  DISCONNECT_ROUTE,
} from '#data-plane/websocket/route-selection.ts'
import { webSocketApiKind } from '#data-plane/websocket/websocket-api-kind.ts'
import type { Selection } from '#languages/selection/selection-expression.ts'
import type { ApiStage, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { guarded } from './compile-steps.ts'
import { compileWebSocketRoute } from './compile-websocket-route.ts'
import type { Compiled, CompileOptions } from './compile.ts'
import { routedStage } from './routed-stage.ts'

/** Makes a stage's plan from a deployment's snapshot of a WebSocket API. Never throws for what an owner wrote. */
export function compileWebSocketApi(
  snapshot: RoutedApiSnapshot,
  stage: ApiStage,
  options: CompileOptions = {},
): Compiled {
  const { api } = snapshot
  const { logs } = options
  const diagnostics: Diagnostic[] = []
  const routed = routedStage(snapshot, stage, options, webSocketApiKind, diagnostics)
  const { common } = routed
  const { limits, report } = common
  const observers: Observer[] = [...routed.observers]
  const routes = new Map<string, RoutePlan>()
  for (const route of [...snapshot.routes, ...absentConnect(snapshot)]) {
    const methodLog = logs && compileRouteLog(snapshot, stage, route, logs)
    if (methodLog?.begin !== undefined && !observers.includes(endExecutionLog))
      observers.push(endExecutionLog)
    routes.set(route.routeKey, compileWebSocketRoute({ ...common, route, methodLog }))
  }
  const connect = routes.get(CONNECT_ROUTE) as RoutePlan
  const disconnect = routes.get(DISCONNECT_ROUTE)
  routes.delete(CONNECT_ROUTE)
  routes.delete(DISCONNECT_ROUTE)
  const select = guarded(
    (): Selection => {
      const where = 'routeSelectionExpression'
      return compileRouteSelection(api.routeSelectionExpression, 'route', where)
    },
    '',
    report,
    (): Selection => () => undefined,
  )
  const match = { route: connect, pathValues: [] }
  const { account, region } = snapshot
  const managed = { account, region, apiId: api.apiId, stageName: stage.stageName }
  const management = {
    route: managementRoute(managed, limits, limits.webSocket.messageBytesMax),
    pathValues: [],
  }
  const plan: ApiPlan = {
    kind: webSocketApiKind,
    account: snapshot.account,
    region: snapshot.region,
    apiId: api.apiId,
    deploymentId: snapshot.deploymentId,
    stage: stage.stageName,
    stageVariables: common.stageVariables,
    endpointDisabled: api.disableExecuteApiEndpoint,
    match: (_, address) => {
      if (address.path === '/') return match
      return isManagementCall(address) ? management : undefined
    },
    webSocket: { limits: limits.webSocket, disconnect, routeOf: compileRouteOf(select, routes) },
    resources: [
      { path: '/', methods: ['GET'] },
      { path: '/@connections/{connectionId}', methods: ['GET', 'POST', 'DELETE'] },
    ],
    renderError: renderWebSocketError,
    observers,
  }
  return { plan, diagnostics }
}

/** Without a route of its own, a handshake is let in. */
function absentConnect({ routes }: RoutedApiSnapshot): Route[] {
  if (routes.some(({ routeKey }) => routeKey === CONNECT_ROUTE)) return []
  const open = { authorizationType: 'NONE', apiKeyRequired: false, routeResponses: {} } as const
  return [{ routeId: '', routeKey: CONNECT_ROUTE, ...open }]
}

/** What the stage writes of a route in its execution log. */
function compileRouteLog(
  { api }: RoutedApiSnapshot,
  { stageName, defaultRouteSettings, routeSettings }: ApiStage,
  { routeKey }: Route,
  logs: StageLogs,
): MethodLog | undefined {
  const sink = logs.execution(`API-Gateway-Execution-Logs_${api.apiId}/${stageName}`)
  const setting = { ...defaultRouteSettings, ...routeSettings[routeKey] }
  const level = setting.loggingLevel ?? (logs.tellsFaults ? 'FAULT' : 'OFF')
  if (level === 'OFF' || sink === undefined) return undefined
  const dataTrace = level !== 'FAULT' && setting.dataTraceEnabled === true
  return compileMethodLog({ level, dataTrace, sink })
}

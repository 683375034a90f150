import type { Diagnostic } from '#base/diagnostic.ts'
import { compileCors, isPreflight } from '#data-plane/cors.ts'
import { httpApiKind } from '#data-plane/http-api-kind.ts'
import type { ApiPlan, RoutePlan } from '#data-plane/plan.ts'
import { renderHttpApiError } from '#data-plane/render-http-api-error.ts'
import { guardsPreflights, preflightAnswer } from '#data-plane/steps/cors.ts'
import { buildHttpRouter, type KeyedRoute } from '#languages/path-patterns/http-router.ts'
import { checkHttpRouteKeys } from '#languages/path-patterns/route-key.ts'
import type { ApiStage, Cors, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { compileRoute } from './compile-route.ts'
import type { Compiled, CompileOptions } from './compile.ts'
import { routedStage } from './routed-stage.ts'

/** Makes a stage's plan from a deployment's snapshot of an HTTP API. Never throws for what an owner wrote. */
export function compileHttpApi(
  snapshot: RoutedApiSnapshot,
  stage: ApiStage,
  options: CompileOptions = {},
): Compiled {
  const { api } = snapshot
  const diagnostics: Diagnostic[] = []
  const { common, observers } = routedStage(snapshot, stage, options, httpApiKind, diagnostics)
  const { trafficRules } = options
  const unusable = checkHttpRouteKeys(snapshot.routes.map(({ routeKey }) => routeKey))
  diagnostics.push(...unusable)
  const broken = new Set(unusable.map(({ where }) => where))
  const routes: (KeyedRoute<RoutePlan> & { readonly defined: Route })[] = snapshot.routes
    .filter(({ routeKey }) => !broken.has(routeKey))
    .map((route) => ({
      key: route.routeKey,
      route: compileRoute({ ...common, trafficRules, route }),
      defined: route,
    }))
  const guarded = routes.find(({ defined }) => guardsPreflights({ route: defined }))?.route
  const { corsConfiguration: cors } = api
  const match = buildHttpRouter(routes)
  const plan: ApiPlan = {
    kind: httpApiKind,
    account: snapshot.account,
    region: snapshot.region,
    apiId: api.apiId,
    deploymentId: snapshot.deploymentId,
    stage: stage.stageName,
    stageVariables: common.stageVariables,
    endpointDisabled: api.disableExecuteApiEndpoint,
    match,
    preflight: cors === undefined ? undefined : preflightOf(cors, guarded, match),
    resources: resourcesOf(routes.map(({ route }) => route)),
    renderError: cors === undefined ? renderHttpApiError : renderWithCors(cors),
    observers,
  }
  return { plan, diagnostics }
}

/** @param guarded `$default`, where preflights have to get past its authorizer */
function preflightOf(
  cors: Cors,
  guarded: RoutePlan | undefined,
  match: ApiPlan['match'],
): ApiPlan['preflight'] {
  const route: RoutePlan = {
    resourcePath: '(CORS preflight)',
    httpMethod: 'OPTIONS',
    operationName: undefined,
    pathParameterNames: [],
    steps: [preflightAnswer(cors)],
    stepNames: ['CORS preflight'],
  }
  return ({ request, method, address }) => {
    if (!isPreflight(request)) return undefined
    return guarded !== undefined && match(method, address)?.route === guarded ? undefined : route
  }
}

/** Pages may read the gateway's own answers as well. */
function renderWithCors(cors: Cors): ApiPlan['renderError'] {
  const { added } = compileCors(cors)
  return (exchange, error) => {
    const reply = renderHttpApiError(exchange, error)
    return { ...reply, headers: added(reply.headers, exchange.request) }
  }
}

function resourcesOf(routes: readonly RoutePlan[]): ApiPlan['resources'] {
  const byPath = Map.groupBy(routes, ({ resourcePath }) => resourcePath)
  return [...byPath].map(([path, of]) => ({ path, methods: of.map(({ httpMethod }) => httpMethod) }))
}

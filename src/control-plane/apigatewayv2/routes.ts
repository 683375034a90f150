import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, Route as RouteOutput } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { Route } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { badRequest, notFound } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { childKey, within } from '../apigateway/keys.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { autoDeploy } from './auto-deploy.ts'
import type { Environment } from './environment.ts'
import { findApi, findRoute } from './find.ts'
import { givenMap, givenText, merged, mergedMap } from './merge.ts'
import { listItems } from './paging.ts'
import { constraintsOf, constraintsOutput } from './parameter-constraints.ts'
import { checkRoute } from './route-definition.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

export function routes({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateRoute({ ApiId, ...input }, call) {
      return store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const route = newRoute(newId(7), input)
        await checkRoute(tx, call, api, route)
        await checkRoom(tx, quotas, 'routesPerApi', records.route, within(call, ApiId))
        tx.create(records.route, childKey(call, ApiId, route.routeId), route)
        await autoDeploy(tx, clock, call, ApiId)
        return routeOutput(route)
      })
    },

    async GetRoutes(input, call) {
      await findApi(store, call, input.ApiId)
      return listItems(store, records.route, within(call, input.ApiId), input, routeOutput)
    },

    async GetRoute({ ApiId, RouteId }, call) {
      return routeOutput(await findRoute(store, call, ApiId, RouteId))
    },

    async UpdateRoute({ ApiId, RouteId, ...input }, call) {
      return store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const known = await findRoute(tx, call, ApiId, RouteId)
        const updated = changed(known, input)
        // API reference, Route: apiGatewayManaged.
        if (known.apiGatewayManaged === true && updated.routeKey !== known.routeKey) {
          throw badRequest(`The key of the route that quick create made stays ${known.routeKey}`)
        }
        await checkRoute(tx, call, api, updated)
        tx.write(records.route, childKey(call, ApiId, RouteId), updated)
        await autoDeploy(tx, clock, call, ApiId)
        return routeOutput(updated)
      })
    },

    async DeleteRoute({ ApiId, RouteId }, call) {
      await store.transact(async (tx) => {
        await findRoute(tx, call, ApiId, RouteId)
        tx.delete(records.route, childKey(call, ApiId, RouteId))
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },

    async DeleteRouteRequestParameter({ ApiId, RouteId, RequestParameterKey }, call) {
      await store.transact(async (tx) => {
        const { requestParameters, ...route } = await findRoute(tx, call, ApiId, RouteId)
        if (own(requestParameters, RequestParameterKey) === undefined) {
          throw notFound(`Invalid RequestParameter identifier specified ${RequestParameterKey}`)
        }
        const { [RequestParameterKey]: _, ...left } = requestParameters ?? {}
        tx.write(records.route, childKey(call, ApiId, RouteId), {
          ...route,
          requestParameters: givenMap(left),
        })
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },
  }
}

/** What an owner says of a route, by CreateRoute or in a document. */
export type RouteInput = Omit<Operations['CreateRoute']['input'], 'ApiId'>

/** The route with the defaults that AWS adds, not checked yet. */
export function newRoute(routeId: string, input: RouteInput): Route {
  return guarded({
    routeId,
    routeKey: input.RouteKey,
    target: givenText(input.Target),
    operationName: givenText(input.OperationName),
    authorizationType: input.AuthorizationType ?? 'NONE',
    authorizerId: givenText(input.AuthorizerId),
    authorizationScopes: input.AuthorizationScopes?.length ? input.AuthorizationScopes : undefined,
    apiKeyRequired: input.ApiKeyRequired ?? false,
    modelSelectionExpression: givenText(input.ModelSelectionExpression),
    requestModels: givenMap(input.RequestModels),
    requestParameters: constraintsOf(input.RequestParameters),
    routeResponseSelectionExpression: givenText(input.RouteResponseSelectionExpression),
    routeResponses: {},
  })
}

type Changes = Omit<Operations['UpdateRoute']['input'], 'ApiId' | 'RouteId'>

/** Request parameters are changed one by one: DeleteRouteRequestParameter takes one away. */
function changed(known: Route, { RequestParameters, ...input }: Changes): Route {
  const { requestModels, authorizationScopes, ...route } = merged(known, uncapitalized(input), ['routeKey'])
  return guarded({
    ...route,
    requestModels: givenMap(requestModels),
    authorizationScopes: authorizationScopes?.length ? authorizationScopes : undefined,
    requestParameters: mergedMap(known.requestParameters, constraintsOf(RequestParameters), () => false),
  })
}

/** A route that asks no authorizer has none (aws-cloudformation/cloudformation-coverage-roadmap#2184). */
function guarded({ authorizerId, ...route }: Route): Route {
  const asks = route.authorizationType === 'CUSTOM' || route.authorizationType === 'JWT'
  return asks ? { ...route, authorizerId } : route
}

/** Its responses are shown by operations of their own. */
function routeOutput(record: Route): RouteOutput {
  const { routeResponses: _, ...route } = record
  return { ...capitalized(route), RequestParameters: constraintsOutput(route.requestParameters) }
}

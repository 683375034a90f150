import type { Handlers } from '#aws/call.ts'
import type {
  ApiGatewayV2Operations,
  RouteResponse as RouteResponseOutput,
} from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import { DEFAULT_KEY } from '#languages/selection/selection-expression.ts'
import type { Route, RouteResponse } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict, notFound } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { childKey, type Place } from '../apigateway/keys.ts'
import { autoDeploy } from './auto-deploy.ts'
import { checkDeclarations, checkSelectionMember } from './checks.ts'
import type { Environment } from './environment.ts'
import { findApi, findRoute } from './find.ts'
import { givenMap, givenText, merged, mergedMap } from './merge.ts'
import { pageOfMap } from './paging.ts'
import { constraintsOf, constraintsOutput } from './parameter-constraints.ts'
import { checkModels } from './route-definition.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations
type Responses = Route['routeResponses']

export function routeResponses({ store, clock }: Environment): Handlers<Operations> {
  /** Changes the responses of one route, and deploys. */
  const change = async (
    tx: Transaction,
    place: Place,
    { ApiId, RouteId }: { readonly ApiId: string; readonly RouteId: string },
    responsesOf: (known: Responses) => Responses,
  ): Promise<void> => {
    const route = await findRoute(tx, place, ApiId, RouteId)
    const api = await findApi(tx, place, ApiId)
    if (api.protocolType === 'HTTP') throw badRequest('RouteResponse is not supported on protocolType HTTP')
    const responses = responsesOf(route.routeResponses)
    for (const { responseModels } of Object.values(responses)) {
      await checkModels(tx, place, api, responseModels)
    }
    tx.write(records.route, childKey(place, ApiId, RouteId), { ...route, routeResponses: responses })
    await autoDeploy(tx, clock, place, ApiId)
  }
  return {
    async CreateRouteResponse(input, call) {
      const response: RouteResponse = {
        routeResponseId: newId(7),
        routeResponseKey: input.RouteResponseKey,
        modelSelectionExpression: givenText(input.ModelSelectionExpression),
        responseModels: givenMap(input.ResponseModels),
        responseParameters: constraintsOf(input.ResponseParameters),
      }
      await store.transact((tx) => change(tx, call, input, (known) => withResponse(known, response)))
      return shown(response)
    },

    async GetRouteResponses(input, call) {
      const route = await findRoute(store, call, input.ApiId, input.RouteId)
      return pageOfMap(route.routeResponses, input, shown)
    },

    async GetRouteResponse({ ApiId, RouteId, RouteResponseId }, call) {
      const route = await findRoute(store, call, ApiId, RouteId)
      return shown(found(route.routeResponses, RouteResponseId))
    },

    async UpdateRouteResponse({ ApiId, RouteId, RouteResponseId, ResponseParameters, ...input }, call) {
      return store.transact(async (tx) => {
        const { routeResponses: known } = await findRoute(tx, call, ApiId, RouteId)
        const before = found(known, RouteResponseId)
        const { responseModels, ...response } = merged(before, uncapitalized(input), ['routeResponseKey'])
        const updated: RouteResponse = {
          ...response,
          responseModels: givenMap(responseModels),
          responseParameters: mergedMap(
            before.responseParameters,
            constraintsOf(ResponseParameters),
            () => false,
          ),
        }
        await change(tx, call, { ApiId, RouteId }, (all) => withResponse(all, updated))
        return shown(updated)
      })
    },

    async DeleteRouteResponse({ ApiId, RouteId, RouteResponseId }, call) {
      await store.transact((tx) =>
        change(tx, call, { ApiId, RouteId }, (known) => {
          found(known, RouteResponseId)
          return Object.fromEntries(Object.entries(known).filter(([id]) => id !== RouteResponseId))
        }),
      )
      return {}
    },
  }
}

function shown(response: RouteResponse): RouteResponseOutput {
  return { ...capitalized(response), ResponseParameters: constraintsOutput(response.responseParameters) }
}

/** @throws NotFoundException */
function found(responses: Responses, id: string): RouteResponse {
  const response = own(responses, id)
  if (response === undefined) throw notFound(`Invalid RouteResponse identifier specified ${id}`)
  return response
}

/** @throws BadRequestException, ConflictException */
function withResponse(known: Responses, response: RouteResponse): Responses {
  const {
    routeResponseId: id,
    routeResponseKey: key,
    modelSelectionExpression,
    responseParameters,
  } = response
  // Developer guide, "Setting up a route response for a WebSocket API".
  if (key !== DEFAULT_KEY) {
    throw badRequest(`Invalid routeResponseKey specified: ${key}. Must be one of [${DEFAULT_KEY}]`)
  }
  if (Object.values(known).some(({ routeResponseId }) => routeResponseId !== id)) {
    throw conflict(`RouteResponse with key ${key} already exists for this route`)
  }
  checkSelectionMember('modelSelectionExpression', modelSelectionExpression, 'model')
  checkDeclarations('responseParameters', responseParameters)
  return { ...known, [id]: response }
}

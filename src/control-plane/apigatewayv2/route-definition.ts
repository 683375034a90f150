import type { Api, ApiAuthorizer, ApiModel, ProtocolType, Route } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { checkDeclarations, checkSelectionMember, checkText, checkUnsupported } from './checks.ts'
import { checkRouteKey, checkUniqueKey } from './route-key.ts'

const operationNameCharactersMax = 64
/** Most scopes of one route (developer guide, "HTTP API quotas"), and the longest (API reference, Route). */
const scopesMax = 10
const scopeCharactersMax = 64

/** Whether a route may be so, among what else its API has. @throws BadRequestException, ConflictException */
export async function checkRoute(tx: Transaction, place: Place, api: Api, route: Route): Promise<void> {
  checkRouteMembers(api, route)
  await checkAuthorizer(tx, place, api, route)
  await checkTarget(tx, place, api, route)
  await checkModels(tx, place, api, route.requestModels)
  const routes = await tx.list(records.route, within(place, api.apiId))
  const others = routes.map(({ value }) => value).filter(({ routeId }) => routeId !== route.routeId)
  checkUniqueKey(api, route.routeKey, others)
}

/** Whether a route may be so, whatever else there is. @throws BadRequestException */
export function checkRouteMembers(api: Api, route: Route): void {
  checkRouteKey(api, route.routeKey)
  checkText('operationName', route.operationName, operationNameCharactersMax)
  protocols[api.protocolType](route)
  checkScopes(route)
}

const protocols: Readonly<Record<ProtocolType, (route: Route) => void>> = {
  HTTP: ({
    apiKeyRequired,
    modelSelectionExpression,
    requestModels,
    requestParameters,
    routeResponseSelectionExpression,
  }) =>
    checkUnsupported('HTTP', {
      // Terraform says of every route that it needs none.
      apiKeyRequired: apiKeyRequired ? true : undefined,
      modelSelectionExpression,
      requestModels,
      requestParameters,
      routeResponseSelectionExpression,
    }),
  WEBSOCKET: (route) => {
    const { authorizationScopes, authorizationType, modelSelectionExpression } = route
    checkUnsupported('WEBSOCKET', { authorizationScopes })
    if (authorizationType === 'JWT') {
      throw badRequest('Authorization type JWT is not supported on protocolType WEBSOCKET')
    }
    checkSelectionMember('modelSelectionExpression', modelSelectionExpression, 'model')
    checkSelectionMember(
      'routeResponseSelectionExpression',
      route.routeResponseSelectionExpression,
      'routeResponse',
    )
    checkDeclarations('requestParameters', route.requestParameters)
  },
}

function checkScopes({ authorizationScopes = [], authorizationType }: Route): void {
  if (authorizationScopes.length > 0 && authorizationType !== 'JWT') {
    throw badRequest('authorizationScopes are of routes with authorization type JWT')
  }
  if (authorizationScopes.length > scopesMax) {
    throw badRequest(`A route can have at most ${scopesMax} authorizationScopes`)
  }
  for (const scope of authorizationScopes) checkText('authorizationScope', scope, scopeCharactersMax)
}

/** Which type of authorizer each type of authorization needs, and how AWS says that it is not there. */
const authorizers: Readonly<
  Partial<Record<Route['authorizationType'], { type: ApiAuthorizer['authorizerType']; refusal: string }>>
> = {
  // Seen on AWS: hashicorp/terraform-provider-aws#17497.
  CUSTOM: {
    type: 'REQUEST',
    refusal: 'Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
  },
  // Seen on AWS: anomalyco/ion#1104.
  JWT: { type: 'JWT', refusal: 'Setting the authorization type to JWT requires a valid JWT authorizer.' },
}

async function checkAuthorizer(
  tx: Transaction,
  place: Place,
  { apiId }: Api,
  { authorizationType, authorizerId }: Route,
): Promise<void> {
  const needed = authorizers[authorizationType]
  if (needed === undefined) return
  const found =
    authorizerId === undefined
      ? undefined
      : await tx.read(records.apiAuthorizer, childKey(place, apiId, authorizerId))
  if (found?.value.authorizerType !== needed.type) {
    throw badRequest(`Invalid authorizer ID specified. ${needed.refusal}`)
  }
}

async function checkTarget(tx: Transaction, place: Place, { apiId }: Api, { target }: Route): Promise<void> {
  if (target === undefined) return
  const [, id = ''] = /^integrations\/([^/]+)$/.exec(target) ?? []
  if (id === '' || (await tx.read(records.apiIntegration, childKey(place, apiId, id))) === undefined) {
    throw badRequest(
      `Invalid target specified: ${target}. Expected integrations/{integrationId} of an integration of this API`,
    )
  }
}

/** @throws BadRequestException where an API has no model of a name */
export async function checkModels(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  { apiId }: Pick<Api, 'apiId'>,
  models: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  if (models === undefined) return
  const known = await tx.list(records.apiModel, within(place, apiId))
  const names = new Set(known.map(({ value }: { readonly value: ApiModel }) => value.name))
  const unknown = Object.values(models).find((name) => !names.has(name))
  if (unknown !== undefined) throw badRequest(`Invalid model identifier specified: ${unknown}`)
}

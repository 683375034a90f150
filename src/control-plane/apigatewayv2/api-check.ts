import type { Api } from '#model/http-api.ts'
import { badRequest } from '../apigateway/errors.ts'
import { checkCors } from './cors.ts'
import { checkText } from './checks.ts'

/** Longest texts (API reference, Apis: constraints of the members). */
const nameCharactersMax = 128
const descriptionCharactersMax = 1024
const versionCharactersMax = 64

/** What an HTTP API's expression may be: it has no other way to choose a route (API reference, Apis). */
const httpRouteSelection = /^\$(?:request\.method|\{request\.method\}) \$(?:request\.path|\{request\.path\})$/
/** Where a WebSocket API's key may be read (developer guide, "API Gateway mapping … selection expressions"). */
const keySelections = ['$request.header.x-api-key', '$context.authorizer.usageIdentifierKey']

/** @throws BadRequestException */
export function checkedApi(api: Api): Api {
  if (api.name.trim() === '') throw badRequest('Name cannot be empty')
  checkText('name', api.name, nameCharactersMax)
  checkText('description', api.description, descriptionCharactersMax)
  checkText('version', api.version, versionCharactersMax)
  if (!keySelections.includes(api.apiKeySelectionExpression)) {
    throw badRequest(
      `Invalid ApiKeySelectionExpression specified: ${api.apiKeySelectionExpression}. Must be one of [${keySelections.join(', ')}]`,
    )
  }
  protocols[api.protocolType](api)
  return api
}

const protocols: Readonly<Record<Api['protocolType'], (api: Api) => void>> = {
  HTTP: ({ routeSelectionExpression, disableSchemaValidation, corsConfiguration }) => {
    if (!httpRouteSelection.test(routeSelectionExpression)) {
      throw badRequest(
        `Invalid RouteSelectionExpression specified: ${routeSelectionExpression}. An API with protocolType HTTP has $request.method $request.path`,
      )
    }
    if (disableSchemaValidation !== undefined) {
      throw badRequest('DisableSchemaValidation is not supported on protocolType HTTP')
    }
    if (corsConfiguration !== undefined) checkCors(corsConfiguration)
  },
  WEBSOCKET: ({ routeSelectionExpression, corsConfiguration }) => {
    if (!/^\$\{?(?:request|context)\./.test(routeSelectionExpression)) {
      throw badRequest(
        `Invalid RouteSelectionExpression specified: ${routeSelectionExpression}. Expected an expression of the message, such as $request.body.action`,
      )
    }
    if (corsConfiguration !== undefined) {
      throw badRequest('CORS configuration is not supported on protocolType WEBSOCKET')
    }
  },
}

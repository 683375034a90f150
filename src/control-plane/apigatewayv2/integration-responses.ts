import type { Handlers } from '#aws/call.ts'
import type {
  ApiGatewayV2Operations,
  IntegrationResponse as IntegrationResponseOutput,
} from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import { compileResponseKeys } from '#languages/selection/response-key.ts'
import { SelectionPatternError } from '#languages/selection/selection-pattern.ts'
import type { ApiIntegration, ApiIntegrationResponse } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict, notFound } from '../apigateway/errors.ts'
import { own } from '../apigateway/find.ts'
import { childKey, type Place } from '../apigateway/keys.ts'
import { autoDeploy } from './auto-deploy.ts'
import { checkAnswerMappings, checkSelectionMember } from './checks.ts'
import type { Environment } from './environment.ts'
import { findApi, findIntegration } from './find.ts'
import { givenMap, givenText, merged, mergedMap } from './merge.ts'
import { pageOfMap } from './paging.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations
type Responses = ApiIntegration['integrationResponses']

/** AWS does not say how many one integration may have. */
const responsesMax = 100

export function integrationResponses({ store, clock }: Environment): Handlers<Operations> {
  /** Changes the responses of one integration, and deploys. */
  const change = async (
    tx: Transaction,
    place: Place,
    { ApiId, IntegrationId }: { readonly ApiId: string; readonly IntegrationId: string },
    responsesOf: (known: Responses) => Responses,
  ): Promise<void> => {
    const integration = await findIntegration(tx, place, ApiId, IntegrationId)
    const { protocolType } = await findApi(tx, place, ApiId)
    if (protocolType === 'HTTP') throw badRequest('IntegrationResponse is not supported on protocolType HTTP')
    tx.write(records.apiIntegration, childKey(place, ApiId, IntegrationId), {
      ...integration,
      integrationResponses: responsesOf(integration.integrationResponses),
    })
    await autoDeploy(tx, clock, place, ApiId)
  }
  return {
    async CreateIntegrationResponse(input, call) {
      const response: ApiIntegrationResponse = {
        integrationResponseId: newId(7),
        integrationResponseKey: input.IntegrationResponseKey,
        contentHandlingStrategy: input.ContentHandlingStrategy,
        responseParameters: givenMap(input.ResponseParameters),
        responseTemplates: givenMap(input.ResponseTemplates),
        templateSelectionExpression: givenText(input.TemplateSelectionExpression),
      }
      await store.transact((tx) => change(tx, call, input, (known) => withResponse(known, response)))
      return capitalized(response)
    },

    async GetIntegrationResponses(input, call) {
      const integration = await findIntegration(store, call, input.ApiId, input.IntegrationId)
      return pageOfMap(integration.integrationResponses, input, shown)
    },

    async GetIntegrationResponse({ ApiId, IntegrationId, IntegrationResponseId }, call) {
      const integration = await findIntegration(store, call, ApiId, IntegrationId)
      return capitalized(found(integration.integrationResponses, IntegrationResponseId))
    },

    async UpdateIntegrationResponse(
      { ApiId, IntegrationId, IntegrationResponseId, ResponseParameters, ...input },
      call,
    ) {
      return store.transact(async (tx) => {
        const { integrationResponses: known } = await findIntegration(tx, call, ApiId, IntegrationId)
        const before = found(known, IntegrationResponseId)
        const updated: ApiIntegrationResponse = {
          ...merged(before, uncapitalized(input), ['integrationResponseKey']),
          responseParameters: mergedMap(before.responseParameters, ResponseParameters),
        }
        await change(tx, call, { ApiId, IntegrationId }, (all) => withResponse(all, updated))
        return capitalized(updated)
      })
    },

    async DeleteIntegrationResponse({ ApiId, IntegrationId, IntegrationResponseId }, call) {
      await store.transact((tx) =>
        change(tx, call, { ApiId, IntegrationId }, (known) => {
          found(known, IntegrationResponseId)
          return Object.fromEntries(Object.entries(known).filter(([id]) => id !== IntegrationResponseId))
        }),
      )
      return {}
    },
  }
}

const shown: (response: ApiIntegrationResponse) => IntegrationResponseOutput = capitalized

/** @throws NotFoundException */
function found(responses: Responses, id: string): ApiIntegrationResponse {
  const response = own(responses, id)
  if (response === undefined) throw notFound(`Invalid IntegrationResponse identifier specified ${id}`)
  return response
}

/** @throws BadRequestException, ConflictException */
function withResponse(known: Responses, response: ApiIntegrationResponse): Responses {
  const { integrationResponseId: id, integrationResponseKey: key } = response
  checkKey(key)
  checkAnswerMappings(response.responseParameters)
  checkSelectionMember(
    'templateSelectionExpression',
    response.templateSelectionExpression,
    'responseTemplate',
  )
  const all = { ...known, [id]: response }
  if (
    Object.values(known).some((one) => one.integrationResponseKey === key && one.integrationResponseId !== id)
  ) {
    throw conflict(`IntegrationResponse with key ${key} already exists for this integration`)
  }
  if (Object.keys(all).length > responsesMax) {
    throw badRequest(`An integration can have at most ${responsesMax} integration responses`)
  }
  return all
}

/** `$default`, `200` or `/2\d\d/`. @throws BadRequestException */
function checkKey(key: string): void {
  if (key.trim() === '') throw badRequest('integrationResponseKey must be non-empty')
  try {
    compileResponseKeys([key])
  } catch (error) {
    if (!(error instanceof SelectionPatternError)) throw error
    throw badRequest(`Invalid integrationResponseKey specified: ${key}. ${error.message}`)
  }
}

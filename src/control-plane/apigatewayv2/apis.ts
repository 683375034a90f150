import type { Call, Handlers } from '#aws/call.ts'
import type { Api as ApiOutput, ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { Api } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { badRequest } from '../apigateway/errors.ts'
import { topLevelKey, topLevelOf } from '../apigateway/keys.ts'
import { forgetPlanStages } from '../apigateway/plan-membership.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import { checkedApi } from './api-check.ts'
import { apiOutput } from './api-output.ts'
import { deleteApiRecord } from './api-record.ts'
import { checkUnmapped } from './api-mapping-check.ts'
import { autoDeploy } from './auto-deploy.ts'
import { corsOf } from './cors.ts'
import type { Environment } from './environment.ts'
import { findApi } from './find.ts'
import { givenText, merged } from './merge.ts'
import { listItems } from './paging.ts'
import { createManaged, updateManaged } from './quick-create.ts'
import { uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations
type Input = Operations['CreateApi']['input']

export function apis({ store, clock, quotas, timeouts, endpointOf }: Environment): Handlers<Operations> {
  const shown = (api: Api, { region }: Pick<Call, 'region'>): ApiOutput =>
    apiOutput(api, endpointOf(api, region))
  return {
    async CreateApi(input, call) {
      const api = newApi(input, clock.now())
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'routedApis', records.api, topLevelOf(call))
        tx.create(records.api, topLevelKey(call, api.apiId), api)
        await createManaged(tx, call, api, input, timeouts)
        await autoDeploy(tx, clock, call, api.apiId)
      })
      return shown(api, call)
    },

    async GetApis(input, call) {
      return listItems(store, records.api, topLevelOf(call), input, (api) => shown(api, call))
    },

    async GetApi({ ApiId }, call) {
      return shown(await findApi(store, call, ApiId), call)
    },

    /** Members that are left out stay; what quick create made is changed with it. */
    async UpdateApi({ ApiId, CorsConfiguration, RouteKey, Target, CredentialsArn, ...input }, call) {
      const api = await store.transact(async (tx) => {
        const known = await findApi(tx, call, ApiId)
        const updated = checkedApi(
          merged(known, { ...uncapitalized(input), corsConfiguration: corsOf(CorsConfiguration) }, [
            'name',
            'routeSelectionExpression',
            'apiKeySelectionExpression',
          ]),
        )
        tx.write(records.api, topLevelKey(call, ApiId), updated)
        await updateManaged(tx, call, updated, { RouteKey, Target, CredentialsArn }, timeouts)
        await autoDeploy(tx, clock, call, ApiId)
        return updated
      })
      return shown(api, call)
    },

    async DeleteApi({ ApiId }, call) {
      await store.transact(async (tx) => {
        await findApi(tx, call, ApiId)
        await checkUnmapped(tx, call, ApiId)
        await forgetPlanStages(tx, call, ApiId)
        deleteApiRecord(tx, call, ApiId)
      })
      return {}
    },

    async DeleteCorsConfiguration({ ApiId }, call) {
      await store.transact(async (tx) => {
        const { corsConfiguration: _, ...left } = await findApi(tx, call, ApiId)
        tx.write(records.api, topLevelKey(call, ApiId), left)
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },
  }
}

/** @throws BadRequestException */
function newApi(input: Input, createdDate: number): Api {
  const isHttp = input.ProtocolType === 'HTTP'
  const expression = givenText(input.RouteSelectionExpression)
  if (!isHttp && expression === undefined) {
    throw badRequest(
      'RouteSelectionExpression is required for an API with protocolType WEBSOCKET, such as $request.body.action',
    )
  }
  return checkedApi({
    apiId: newId(10),
    name: input.Name,
    protocolType: input.ProtocolType,
    description: givenText(input.Description),
    createdDate,
    version: givenText(input.Version),
    routeSelectionExpression: expression ?? '$request.method $request.path',
    apiKeySelectionExpression: givenText(input.ApiKeySelectionExpression) ?? '$request.header.x-api-key',
    corsConfiguration: corsOf(input.CorsConfiguration),
    disableExecuteApiEndpoint: input.DisableExecuteApiEndpoint ?? false,
    disableSchemaValidation: input.DisableSchemaValidation,
    ipAddressType: input.IpAddressType ?? 'ipv4',
    tags: checkedTagsOf(input.Tags),
  })
}

import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, Integration as IntegrationOutput } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ApiIntegration } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { badRequest, conflict } from '../apigateway/errors.ts'
import { childKey, within } from '../apigateway/keys.ts'
import { checkRoom } from '../apigateway/quota.ts'
import { autoDeploy } from './auto-deploy.ts'
import type { Environment } from './environment.ts'
import { findApi, findIntegration } from './find.ts'
import { checkedIntegration, newIntegration, tlsConfigOf } from './integration-definition.ts'
import { merged, mergedMap } from './merge.ts'
import { listItems } from './paging.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

export function integrations({ store, clock, quotas, timeouts }: Environment): Handlers<Operations> {
  return {
    async CreateIntegration({ ApiId, ...input }, call) {
      return store.transact(async (tx) => {
        const integration = newIntegration(await findApi(tx, call, ApiId), newId(7), input, timeouts)
        await checkRoom(tx, quotas, 'integrationsPerApi', records.apiIntegration, within(call, ApiId))
        tx.create(records.apiIntegration, childKey(call, ApiId, integration.integrationId), integration)
        await autoDeploy(tx, clock, call, ApiId)
        return integrationOutput(integration)
      })
    },

    async GetIntegrations(input, call) {
      await findApi(store, call, input.ApiId)
      return listItems(store, records.apiIntegration, within(call, input.ApiId), input, integrationOutput)
    },

    async GetIntegration({ ApiId, IntegrationId }, call) {
      return integrationOutput(await findIntegration(store, call, ApiId, IntegrationId))
    },

    async UpdateIntegration({ ApiId, IntegrationId, ...input }, call) {
      return store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const known = await findIntegration(tx, call, ApiId, IntegrationId)
        const updated = checkedIntegration(api, changed(known, input), timeouts)
        tx.write(records.apiIntegration, childKey(call, ApiId, IntegrationId), updated)
        await autoDeploy(tx, clock, call, ApiId)
        return integrationOutput(updated)
      })
    },

    async DeleteIntegration({ ApiId, IntegrationId }, call) {
      await store.transact(async (tx) => {
        const { apiGatewayManaged } = await findIntegration(tx, call, ApiId, IntegrationId)
        // API reference, Integration: apiGatewayManaged.
        if (apiGatewayManaged === true) {
          throw badRequest('The integration that quick create made can be updated, but not deleted')
        }
        const routes = await tx.list(records.route, within(call, ApiId))
        const users = routes.filter(({ value }) => value.target === `integrations/${IntegrationId}`)
        if (users.length > 0) {
          // Seen on AWS: milliHQ/terraform-aws-next-js#247.
          throw conflict(
            `Cannot delete Integration because it is referenced by the following Routes with Ids: [${users.map(({ id }) => id).join(', ')}]`,
          )
        }
        tx.delete(records.apiIntegration, childKey(call, ApiId, IntegrationId))
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },
  }
}

type Changes = Omit<Operations['UpdateIntegration']['input'], 'ApiId' | 'IntegrationId'>

/** Parameters are changed one by one, the parameters of one status code together, templates all together. */
function changed(known: ApiIntegration, input: Changes): ApiIntegration {
  const { RequestParameters, ResponseParameters, TlsConfig, ...others } = input
  const { payloadFormatVersion, ...changes } = uncapitalized(others)
  const isOfHttpApi = known.passthroughBehavior === undefined
  return {
    ...merged(known, {
      ...changes,
      payloadFormatVersion: payloadFormatVersion as ApiIntegration['payloadFormatVersion'],
      passthroughBehavior: isOfHttpApi ? undefined : changes.passthroughBehavior,
    }),
    requestParameters: mergedMap(known.requestParameters, RequestParameters),
    responseParameters: mergedMap(
      known.responseParameters,
      ResponseParameters,
      (mappings) => Object.keys(mappings).length === 0,
    ),
    tlsConfig: TlsConfig === undefined ? known.tlsConfig : tlsConfigOf(TlsConfig),
  }
}

/** Its responses are shown by operations of their own. */
function integrationOutput(record: ApiIntegration): IntegrationOutput {
  const { integrationResponses: _, ...integration } = record
  const { tlsConfig } = integration
  return { ...capitalized(integration), TlsConfig: tlsConfig && capitalized(tlsConfig) }
}

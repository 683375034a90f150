import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations, Authorizer as AuthorizerOutput } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict } from '../apigateway/errors.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { checkRoom } from '../apigateway/quota.ts'
import {
  checkedAuthorizer,
  jwtConfigurationOf,
  newAuthorizer,
  payloadVersion,
} from './authorizer-definition.ts'
import { autoDeploy } from './auto-deploy.ts'
import type { Environment } from './environment.ts'
import { findApi, findAuthorizer } from './find.ts'
import { merged } from './merge.ts'
import { listItems } from './paging.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

export function authorizers({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateAuthorizer({ ApiId, ...input }, call) {
      return store.transact(async (tx) => {
        const authorizer = newAuthorizer(await findApi(tx, call, ApiId), newId(6), input)
        await checkName(tx, call, ApiId, authorizer)
        await checkRoom(tx, quotas, 'authorizersPerApi', records.apiAuthorizer, within(call, ApiId))
        tx.create(records.apiAuthorizer, childKey(call, ApiId, authorizer.authorizerId), authorizer)
        await autoDeploy(tx, clock, call, ApiId)
        return authorizerOutput(authorizer)
      })
    },

    async GetAuthorizers(input, call) {
      await findApi(store, call, input.ApiId)
      return listItems(store, records.apiAuthorizer, within(call, input.ApiId), input, authorizerOutput)
    },

    async GetAuthorizer({ ApiId, AuthorizerId }, call) {
      return authorizerOutput(await findAuthorizer(store, call, ApiId, AuthorizerId))
    },

    async UpdateAuthorizer({ ApiId, AuthorizerId, ...input }, call) {
      return store.transact(async (tx) => {
        const api = await findApi(tx, call, ApiId)
        const known = await findAuthorizer(tx, call, ApiId, AuthorizerId)
        const updated = checkedAuthorizer(api, changed(known, input))
        await checkName(tx, call, ApiId, updated)
        tx.write(records.apiAuthorizer, childKey(call, ApiId, AuthorizerId), updated)
        await autoDeploy(tx, clock, call, ApiId)
        return authorizerOutput(updated)
      })
    },

    async DeleteAuthorizer({ ApiId, AuthorizerId }, call) {
      await store.transact(async (tx) => {
        const { name } = await findAuthorizer(tx, call, ApiId, AuthorizerId)
        const routes = await tx.list(records.route, within(call, ApiId))
        const user = routes.find(({ value }) => value.authorizerId === AuthorizerId)
        if (user !== undefined) {
          // Seen on AWS: anomalyco/sst#5586.
          throw conflict(`Cannot delete authorizer '${name}', is referenced in route: ${user.value.routeKey}`)
        }
        tx.delete(records.apiAuthorizer, childKey(call, ApiId, AuthorizerId))
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },
  }
}

type Changes = Omit<Operations['UpdateAuthorizer']['input'], 'ApiId' | 'AuthorizerId'>

function changed(known: ApiAuthorizer, input: Changes): ApiAuthorizer {
  const { AuthorizerPayloadFormatVersion, JwtConfiguration, IdentitySource, ...others } = input
  return {
    ...merged(
      known,
      { ...uncapitalized(others), identitySource: IdentitySource?.filter((source) => source !== '') },
      ['name'],
    ),
    authorizerPayloadFormatVersion:
      AuthorizerPayloadFormatVersion === undefined
        ? known.authorizerPayloadFormatVersion
        : payloadVersion(AuthorizerPayloadFormatVersion),
    jwtConfiguration:
      JwtConfiguration === undefined ? known.jwtConfiguration : jwtConfigurationOf(JwtConfiguration),
  }
}

async function checkName(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  apiId: string,
  { authorizerId, name }: ApiAuthorizer,
): Promise<void> {
  const known = await tx.list(records.apiAuthorizer, within(place, apiId))
  if (known.some(({ id, value }) => value.name === name && id !== authorizerId)) {
    throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this Api.`)
  }
}

function authorizerOutput(authorizer: ApiAuthorizer): AuthorizerOutput {
  const { jwtConfiguration } = authorizer
  return { ...capitalized(authorizer), JwtConfiguration: jwtConfiguration && capitalized(jwtConfiguration) }
}

import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Authorizer, Resource } from '#model/rest-api.ts'
import type { Store } from '#store/store.ts'
import { checkedAuthorizer, newAuthorizer, patchableAuthorizer } from './authorizer-record.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findChild, findRestApi, type Reader } from './find.ts'
import { childKey, restApiKey, within, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { needRoleElsewhere } from './passed-roles.ts'
import { applyPatch } from './patch.ts'
import { checkRoom } from './quota.ts'

type Operations = ApiGatewayOperations

export function authorizers({ store, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateAuthorizer(input, call) {
      return store.transact(async (tx) => {
        // This operation alone words an unknown API so (recorded on AWS).
        if ((await tx.read(records.restApi, restApiKey(call, input.restApiId))) === undefined) {
          throw conflict(
            'Unable to complete operation due to concurrent modification. Please try again later.',
          )
        }
        const authorizer = newAuthorizer(newId(6), input)
        await checkName(tx, call, input.restApiId, authorizer)
        await checkRoom(tx, quotas, 'authorizersPerApi', records.authorizer, within(call, input.restApiId))
        tx.create(records.authorizer, childKey(call, input.restApiId, authorizer.id), authorizer)
        return authorizer
      })
    },

    async GetAuthorizers(input, call) {
      const request = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const { page, position } = await listPage(
        store,
        records.authorizer,
        within(call, input.restApiId),
        request,
      )
      return { items: page, position }
    },

    async GetAuthorizer({ restApiId, authorizerId }, call) {
      return findAuthorizer(store, call, restApiId, authorizerId)
    },

    async UpdateAuthorizer({ restApiId, authorizerId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const found = await findAuthorizer(tx, call, restApiId, authorizerId)
        const updated = checkedAuthorizer(applyPatch(patchableAuthorizer, found, patchOperations))
        if (updated.name !== found.name) await checkName(tx, call, restApiId, updated)
        await needRoleElsewhere(
          call,
          updated.authorizerCredentials,
          found.authorizerUri,
          updated.authorizerUri,
        )
        tx.write(records.authorizer, childKey(call, restApiId, authorizerId), updated)
        return updated
      })
    },

    async DeleteAuthorizer({ restApiId, authorizerId }, call) {
      await store.transact(async (tx) => {
        const { name } = await findAuthorizer(tx, call, restApiId, authorizerId)
        const resources = await tx.list(records.resource, within(call, restApiId))
        const user = resources
          .map(({ value }) => userOf(value, authorizerId))
          .find((found) => found !== undefined)
        if (user !== undefined) {
          // As AWS says it, `GET//pets`: hashicorp/terraform pull request 6731.
          throw conflict(`Cannot delete authorizer '${name}', is referenced in method: ${user}`)
        }
        tx.delete(records.authorizer, childKey(call, restApiId, authorizerId))
      })
      return {}
    },
  }
}

export function findAuthorizer(
  reader: Reader,
  place: Place,
  restApiId: string,
  id: string,
): Promise<Authorizer> {
  const message = 'Invalid Authorizer identifier specified'
  return findChild(reader, place, restApiId, records.authorizer, id, message)
}

async function checkName(
  reader: Pick<Store, 'list'>,
  place: Place,
  restApiId: string,
  { id, name }: Authorizer,
): Promise<void> {
  const known = await reader.list(records.authorizer, within(place, restApiId))
  if (known.some(({ value }) => value.name === name && value.id !== id)) {
    throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`)
  }
}

/** The method that uses an authorizer, as AWS writes it: `POST//pets`. */
function userOf({ path, methods }: Resource, authorizerId: string): string | undefined {
  const user = Object.values(methods).find((method) => method.authorizerId === authorizerId)
  return user && `${user.httpMethod}/${path}`
}

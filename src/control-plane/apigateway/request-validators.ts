import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { RequestValidator } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findChild, findRestApi, type Reader } from './find.ts'
import { childKey, restApiKey, within, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch, listingDialect, patchBoolean, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations

export function requestValidators({ store }: Environment): Handlers<Operations> {
  return {
    async CreateRequestValidator(input, call) {
      return store.transact(async (tx) => {
        // This operation alone words it so, and as a bad request (recorded on AWS).
        if ((await tx.read(records.restApi, restApiKey(call, input.restApiId))) === undefined) {
          throw badRequest('Invalid REST API identifier specified')
        }
        const validator: RequestValidator = {
          id: newId(6),
          name: checkedName(input.name),
          validateRequestBody: input.validateRequestBody ?? false,
          validateRequestParameters: input.validateRequestParameters ?? false,
        }
        tx.create(records.requestValidator, childKey(call, input.restApiId, validator.id), validator)
        return validator
      })
    },

    async GetRequestValidators(input, call) {
      const request = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const { page, position } = await listPage(
        store,
        records.requestValidator,
        within(call, input.restApiId),
        request,
      )
      return { items: page, position }
    },

    async GetRequestValidator({ restApiId, requestValidatorId }, call) {
      return findValidator(store, call, restApiId, requestValidatorId)
    },

    async UpdateRequestValidator({ restApiId, requestValidatorId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const validator = await findValidator(tx, call, restApiId, requestValidatorId)
        const updated = applyPatch(patchable, validator, patchOperations)
        tx.write(records.requestValidator, childKey(call, restApiId, requestValidatorId), updated)
        return updated
      })
    },

    async DeleteRequestValidator({ restApiId, requestValidatorId }, call) {
      await store.transact(async (tx) => {
        await findValidator(tx, call, restApiId, requestValidatorId)
        tx.delete(records.requestValidator, childKey(call, restApiId, requestValidatorId))
      })
      return {}
    },
  }
}

function findValidator(
  reader: Reader,
  place: Place,
  restApiId: string,
  id: string,
): Promise<RequestValidator> {
  const message = 'Invalid Request Validator identifier specified'
  return findChild(reader, place, restApiId, records.requestValidator, id, message)
}

function checkedName(name = ''): string {
  if (name.trim() === '') throw badRequest('Request Validator name cannot be blank')
  return name
}

const patchable: PatchTable<RequestValidator> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/name',
      ops: ['replace'],
      apply: (validator, { value }) => ({ ...validator, name: checkedName(value) }),
    },
    {
      path: '/validateRequestParameters',
      ops: ['replace'],
      apply: (validator, { value }) => ({ ...validator, validateRequestParameters: patchBoolean(value) }),
    },
    {
      path: '/validateRequestBody',
      ops: ['replace'],
      apply: (validator, { value }) => ({ ...validator, validateRequestBody: patchBoolean(value) }),
    },
  ],
}

import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Method, MethodResponse } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { conflict, notFound } from './errors.ts'
import { findMethod, own, type MethodId, type Reader } from './find.ts'
import type { Place } from './keys.ts'
import { checkContentTypes, checkResponseDeclarations } from './mapping-check.ts'
import { checkModels } from './methods.ts'
import { applyPatch, patchBoolean, plainDialect, withEntry, withoutEntry, type PatchTable } from './patch.ts'
import { writeMethod } from './resource-record.ts'

type Operations = ApiGatewayOperations
type ResponseId = MethodId & { readonly statusCode: string }

export function methodResponses({ store }: Environment): Handlers<Operations> {
  return {
    async PutMethodResponse(input, call) {
      return store.transact(async (tx) => {
        const { resource, method } = await findMethod(tx, call, input)
        const { statusCode, responseParameters, responseModels } = input
        if (own(method.methodResponses, statusCode) !== undefined) {
          throw conflict('Response already exists for this resource')
        }
        const put: MethodResponse = { statusCode, responseParameters, responseModels }
        await checkMethodResponse(tx, call, input.restApiId, put)
        writeMethod(tx, call, input.restApiId, resource, withResponse(method, put))
        return put
      })
    },

    async GetMethodResponse(input, call) {
      return (await findMethodResponse(store, call, input)).response
    },

    async UpdateMethodResponse(input, call) {
      return store.transact(async (tx) => {
        const { resource, method, response } = await findMethodResponse(tx, call, input)
        const updated = applyPatch(patchable, response, input.patchOperations)
        await checkMethodResponse(tx, call, input.restApiId, updated)
        writeMethod(tx, call, input.restApiId, resource, withResponse(method, updated))
        return updated
      })
    },

    async DeleteMethodResponse(input, call) {
      await store.transact(async (tx) => {
        const { resource, method } = await findMethodResponse(tx, call, input)
        writeMethod(tx, call, input.restApiId, resource, {
          ...method,
          methodResponses: withoutEntry(method.methodResponses, input.statusCode) ?? {},
        })
      })
      return {}
    },
  }
}

async function findMethodResponse(reader: Reader, place: Place, id: ResponseId) {
  const found = await findMethod(reader, place, id)
  const response = own(found.method.methodResponses, id.statusCode)
  if (response === undefined) throw notFound('Invalid Response status code specified')
  return { ...found, response }
}

async function checkMethodResponse(
  reader: Reader,
  place: Place,
  restApiId: string,
  response: MethodResponse,
): Promise<void> {
  checkResponseDeclarations(response.responseParameters)
  checkContentTypes(response.responseModels)
  await checkModels(reader, place, restApiId, response.responseModels)
}

function withResponse(method: Method, response: MethodResponse): Method {
  return { ...method, methodResponses: { ...method.methodResponses, [response.statusCode]: response } }
}

const patchable: PatchTable<MethodResponse> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/responseParameters/{name}',
      ops: ['add', 'replace', 'remove'],
      apply: (response, { op, value, names: [name = ''] }) => {
        if (op !== 'add' && own(response.responseParameters, name) === undefined) {
          throw notFound('Invalid parameter name specified')
        }
        return {
          ...response,
          responseParameters:
            op === 'remove'
              ? withoutEntry(response.responseParameters, name)
              : withEntry(response.responseParameters, name, patchBoolean(value)),
        }
      },
    },
    {
      path: '/responseModels/{type}',
      ops: ['add', 'replace', 'remove'],
      apply: (response, { op, value = '', names: [type = ''] }) => {
        if (op !== 'add' && own(response.responseModels, type) === undefined) {
          throw notFound('Content-Type specified was not found')
        }
        return {
          ...response,
          responseModels:
            op === 'remove'
              ? withoutEntry(response.responseModels, type)
              : withEntry(response.responseModels, type, value),
        }
      },
    },
  ],
}

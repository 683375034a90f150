import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { Model, Resource } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findChild, findRestApi, type Reader } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { modelTemplate } from './model-template.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch, listingDialect, patchText, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations

export function models({ store }: Environment): Handlers<Operations> {
  return {
    async CreateModel(input, call) {
      return store.transact(async (tx) => {
        await findRestApi(tx, call, input.restApiId)
        checkModelName(input.name)
        const key = childKey(call, input.restApiId, input.name)
        if ((await tx.read(records.model, key)) !== undefined) {
          throw conflict('Model name already exists for this REST API')
        }
        const model: Model = {
          id: newId(6),
          name: input.name,
          description: patchText(input.description),
          contentType: input.contentType,
          schema: checkedSchema(input.schema),
        }
        tx.create(records.model, key, model)
        return model
      })
    },

    async GetModels(input, call) {
      const request = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const { page, position } = await listPage(store, records.model, within(call, input.restApiId), request)
      return { items: page, position }
    },

    async GetModel({ restApiId, modelName }, call) {
      return findModel(store, call, restApiId, modelName)
    },

    /** Other models are read as they are now. A schema that is no JSON has no structure to show. */
    async GetModelTemplate({ restApiId, modelName }, call) {
      const model = await findModel(store, call, restApiId, modelName)
      const known = await store.list(records.model, within(call, restApiId))
      const schemas = new Map(known.map(({ value }) => [value.name, parsedSchema(value)]))
      return { value: modelTemplate(parsedSchema(model), (name) => schemas.get(name)) }
    },

    async UpdateModel({ restApiId, modelName, patchOperations }, call) {
      return store.transact(async (tx) => {
        const model = await findModel(tx, call, restApiId, modelName)
        const updated = applyPatch(patchable, model, patchOperations)
        tx.write(records.model, childKey(call, restApiId, modelName), updated)
        return updated
      })
    },

    async DeleteModel({ restApiId, modelName }, call) {
      await store.transact(async (tx) => {
        await findModel(tx, call, restApiId, modelName)
        const resources = await tx.list(records.resource, within(call, restApiId))
        const user = resources
          .map(({ value }) => userOf(value, modelName))
          .find((found) => found !== undefined)
        if (user !== undefined) {
          throw conflict(`Cannot delete model '${modelName}', is referenced in ${user}`)
        }
        tx.delete(records.model, childKey(call, restApiId, modelName))
      })
      return {}
    },
  }
}

function findModel(reader: Reader, place: Place, restApiId: string, name: string): Promise<Model> {
  return findChild(reader, place, restApiId, records.model, name, `Invalid model name specified: ${name}`)
}

function parsedSchema({ schema = '' }: Model): unknown {
  try {
    return JSON.parse(schema)
  } catch {
    return undefined
  }
}

/** Where a resource uses a model; the root's path and the separator make `//ANY` (recorded on AWS). */
function userOf({ path, methods }: Resource, modelName: string): string | undefined {
  for (const { httpMethod, requestModels, methodResponses } of Object.values(methods)) {
    if (Object.values(requestModels ?? {}).includes(modelName)) {
      return `method request: ${path}/${httpMethod}`
    }
    for (const { statusCode, responseModels } of Object.values(methodResponses)) {
      if (Object.values(responseModels ?? {}).includes(modelName)) {
        return `method response: ${path}/${httpMethod}/${statusCode}`
      }
    }
  }
  return undefined
}

/** AWS does not say where names end. */
const nameCharactersMax = 1024

/** @throws BadRequestException */
export function checkModelName(name: string): void {
  if (name === '') throw badRequest('Model name must be non-empty')
  if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`)
  if (name.length > nameCharactersMax) {
    throw badRequest(`Model name can be at most ${nameCharactersMax} characters, found ${name.length}`)
  }
}

/** @throws BadRequestException */
function checkedSchema(schema: string | undefined): string {
  if (schema === undefined || schema.trim() === '') {
    throw badRequest('Model schema must have at least 1 property or array items defined')
  }
  return schema
}

const patchable: PatchTable<Model> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/description',
      ops: ['replace'],
      apply: (model, { value }) => ({ ...model, description: patchText(value) }),
    },
    {
      path: '/schema',
      ops: ['replace'],
      apply: (model, { value }) => ({ ...model, schema: checkedSchema(value) }),
    },
  ],
}

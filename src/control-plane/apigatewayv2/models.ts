import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { ApiModel, Route } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest, conflict } from '../apigateway/errors.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { modelTemplate } from '../apigateway/model-template.ts'
import { autoDeploy } from './auto-deploy.ts'
import { checkText } from './checks.ts'
import type { Environment } from './environment.ts'
import { findApi, findModel } from './find.ts'
import { givenText, merged } from './merge.ts'
import { listItems } from './paging.ts'
import { capitalized, uncapitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations

/** Longest texts (API reference, Model). */
const nameCharactersMax = 128
const contentTypeCharactersMax = 256
const descriptionCharactersMax = 1024
const schemaCharactersMax = 32_768

export function models({ store, clock }: Environment): Handlers<Operations> {
  return {
    async CreateModel({ ApiId, ...input }, call) {
      return store.transact(async (tx) => {
        await findApi(tx, call, ApiId)
        const model: ApiModel = {
          modelId: newId(6),
          name: input.Name,
          contentType: givenText(input.ContentType) ?? 'application/json',
          description: givenText(input.Description),
          schema: input.Schema,
        }
        await checkModel(tx, call, ApiId, model)
        tx.create(records.apiModel, childKey(call, ApiId, model.modelId), model)
        await autoDeploy(tx, clock, call, ApiId)
        return capitalized(model)
      })
    },

    async GetModels(input, call) {
      await findApi(store, call, input.ApiId)
      return listItems(store, records.apiModel, within(call, input.ApiId), input, capitalized<ApiModel>)
    },

    async GetModel({ ApiId, ModelId }, call) {
      return capitalized(await findModel(store, call, ApiId, ModelId))
    },

    /** Other models are read as they are now. A schema that is no JSON has no structure to show. */
    async GetModelTemplate({ ApiId, ModelId }, call) {
      const model = await findModel(store, call, ApiId, ModelId)
      const known = await store.list(records.apiModel, within(call, ApiId))
      const schemas = new Map(known.map(({ value }) => [value.name, parsed(value.schema)]))
      return { Value: modelTemplate(parsed(model.schema), (name) => schemas.get(name)) }
    },

    async UpdateModel({ ApiId, ModelId, ...input }, call) {
      return store.transact(async (tx) => {
        const known = await findModel(tx, call, ApiId, ModelId)
        const updated = merged(known, uncapitalized(input), ['name', 'schema'])
        await checkModel(tx, call, ApiId, updated)
        if (updated.name !== known.name) await checkUnused(tx, call, ApiId, known.name, 'rename')
        tx.write(records.apiModel, childKey(call, ApiId, ModelId), updated)
        await autoDeploy(tx, clock, call, ApiId)
        return capitalized(updated)
      })
    },

    async DeleteModel({ ApiId, ModelId }, call) {
      await store.transact(async (tx) => {
        const { name } = await findModel(tx, call, ApiId, ModelId)
        await checkUnused(tx, call, ApiId, name, 'delete')
        tx.delete(records.apiModel, childKey(call, ApiId, ModelId))
        await autoDeploy(tx, clock, call, ApiId)
      })
      return {}
    },
  }
}

/** @throws BadRequestException, ConflictException */
async function checkModel(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  apiId: string,
  { modelId, name, contentType, description, schema = '' }: ApiModel,
): Promise<void> {
  if (name === '') throw badRequest('Model name must be non-empty')
  if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`)
  checkText('name', name, nameCharactersMax)
  checkText('contentType', contentType, contentTypeCharactersMax)
  checkText('description', description, descriptionCharactersMax)
  checkText('schema', schema, schemaCharactersMax)
  if (schema.trim() === '') {
    throw badRequest('Model schema must have at least 1 property or array items defined')
  }
  const known = await tx.list(records.apiModel, within(place, apiId))
  if (known.some(({ id, value }) => value.name === name && id !== modelId)) {
    throw conflict('Model name already exists for this API')
  }
}

/** Routes name their models. @throws ConflictException */
async function checkUnused(
  tx: Pick<Transaction, 'list'>,
  place: Place,
  apiId: string,
  name: string,
  verb: string,
): Promise<void> {
  const routes = await tx.list(records.route, within(place, apiId))
  const user = routes.find(({ value }) => modelsOf(value).includes(name))
  if (user !== undefined) {
    throw conflict(`Cannot ${verb} model '${name}', is referenced in route: ${user.value.routeKey}`)
  }
}

function modelsOf({ requestModels, routeResponses }: Route): readonly string[] {
  const maps = [requestModels, ...Object.values(routeResponses).map(({ responseModels }) => responseModels)]
  return maps.flatMap((map) => Object.values(map ?? {}))
}

function parsed(schema = ''): unknown {
  try {
    return JSON.parse(schema)
  } catch {
    return undefined
  }
}

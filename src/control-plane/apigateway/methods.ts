import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { records } from '#model/records.ts'
import type { Method } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findMethod, findResource, own, type Reader } from './find.ts'
import { checkHttpMethod } from './http-method.ts'
import { childKey, type Place } from './keys.ts'
import { checkContentTypes, checkRequestDeclarations } from './mapping-check.ts'
import { methodOutput } from './method-output.ts'
import {
  applyPatch,
  patchBoolean,
  patchText,
  plainDialect,
  withEntry,
  withoutEntry,
  type PatchTable,
} from './patch.ts'
import { writeMethod } from './resource-record.ts'

type Operations = ApiGatewayOperations

/** Authorization types, and whether each needs an authorizer. */
const authorizationTypes: Readonly<Record<string, { readonly needsAuthorizer: boolean }>> = {
  NONE: { needsAuthorizer: false },
  AWS_IAM: { needsAuthorizer: false },
  CUSTOM: { needsAuthorizer: true },
  COGNITO_USER_POOLS: { needsAuthorizer: true },
}

export function methods({ store }: Environment): Handlers<Operations> {
  return {
    async PutMethod(input, call) {
      const method = await store.transact(async (tx) => {
        const resource = await findResource(tx, call, input.restApiId, input.resourceId)
        checkHttpMethod(input.httpMethod)
        if (own(resource.methods, input.httpMethod) !== undefined) {
          throw conflict('Method already exists for this resource')
        }
        const put: Method = {
          httpMethod: input.httpMethod,
          authorizationType: authorizationType(input.authorizationType),
          authorizerId: patchText(input.authorizerId),
          authorizationScopes: input.authorizationScopes,
          apiKeyRequired: input.apiKeyRequired ?? false,
          requestValidatorId: patchText(input.requestValidatorId),
          operationName: patchText(input.operationName),
          requestParameters: input.requestParameters,
          requestModels: input.requestModels,
          methodResponses: {},
        }
        const checked = await checkedMethod(tx, call, input.restApiId, put)
        writeMethod(tx, call, input.restApiId, resource, checked)
        return checked
      })
      return methodOutput(method)
    },

    async GetMethod(input, call) {
      return methodOutput((await findMethod(store, call, input)).method)
    },

    async UpdateMethod(input, call) {
      const method = await store.transact(async (tx) => {
        const found = await findMethod(tx, call, input)
        const patched = applyPatch(patchable, found.method, input.patchOperations)
        const updated = await checkedMethod(tx, call, input.restApiId, patched)
        writeMethod(tx, call, input.restApiId, found.resource, updated)
        return updated
      })
      return methodOutput(method)
    },

    async DeleteMethod(input, call) {
      await store.transact(async (tx) => {
        const { resource } = await findMethod(tx, call, input)
        tx.write(records.resource, childKey(call, input.restApiId, resource.id), {
          ...resource,
          methods: withoutEntry(resource.methods, input.httpMethod) ?? {},
        })
      })
      return {}
    },
  }
}

/** AWS takes any case (recorded). @throws BadRequestException */
function authorizationType(text: string): string {
  const type = text.toUpperCase()
  if (own(authorizationTypes, type) === undefined) {
    const types = Object.keys(authorizationTypes).join(',')
    throw badRequest(`Invalid authorization type specified. Valid options are ${types}`)
  }
  return type
}

/**
 * The method, if all that it names exists; an authorizer that its type does not use is dropped.
 * @throws BadRequestException
 */
async function checkedMethod(
  reader: Reader,
  place: Place,
  restApiId: string,
  method: Method,
): Promise<Method> {
  const { authorizerId, requestValidatorId } = method
  const needsAuthorizer = authorizationTypes[method.authorizationType]?.needsAuthorizer ?? false
  if (needsAuthorizer) {
    const authorizer =
      authorizerId === undefined
        ? undefined
        : await reader.read(records.authorizer, childKey(place, restApiId, authorizerId))
    const isCognito = method.authorizationType === 'COGNITO_USER_POOLS'
    if (authorizer === undefined || (authorizer.value.type === 'COGNITO_USER_POOLS') !== isCognito) {
      throw badRequest(
        'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
      )
    }
  }
  if (
    requestValidatorId !== undefined &&
    (await reader.read(records.requestValidator, childKey(place, restApiId, requestValidatorId))) ===
      undefined
  ) {
    throw badRequest('Invalid Request Validator identifier specified')
  }
  checkContentTypes(method.requestModels)
  await checkModels(reader, place, restApiId, method.requestModels)
  checkRequestDeclarations(method.requestParameters)
  return needsAuthorizer ? method : { ...method, authorizerId: undefined }
}

/** Content type → model name: the models must be there. @throws BadRequestException */
export async function checkModels(
  reader: Reader,
  place: Place,
  restApiId: string,
  models: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  for (const name of new Set(Object.values(models ?? {}))) {
    if ((await reader.read(records.model, childKey(place, restApiId, name))) === undefined) {
      throw badRequest(`Invalid model identifier specified: ${name}`)
    }
  }
}

const patchable: PatchTable<Method> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/authorizationType',
      ops: ['replace'],
      apply: (method, { value = '' }) => ({ ...method, authorizationType: authorizationType(value) }),
    },
    {
      path: '/authorizerId',
      ops: ['replace'],
      apply: (method, { value }) => ({ ...method, authorizerId: patchText(value) }),
    },
    {
      path: '/apiKeyRequired',
      ops: ['replace'],
      apply: (method, { value }) => ({ ...method, apiKeyRequired: patchBoolean(value) }),
    },
    {
      path: '/operationName',
      ops: ['replace'],
      apply: (method, { value }) => ({ ...method, operationName: patchText(value) }),
    },
    {
      path: '/requestValidatorId',
      ops: ['replace'],
      apply: (method, { value }) => ({ ...method, requestValidatorId: patchText(value) }),
    },
    {
      path: '/authorizationScopes',
      ops: ['add', 'replace', 'remove'],
      apply: (method, { op, value = '' }) => {
        const known =
          op === 'replace' ? [] : (method.authorizationScopes ?? []).filter((scope) => scope !== value)
        const scopes = op === 'remove' || value === '' ? known : [...known, value]
        return { ...method, authorizationScopes: scopes.length === 0 ? undefined : scopes }
      },
    },
    {
      path: '/requestParameters/{name}',
      ops: ['add', 'replace', 'remove'],
      apply: (method, { op, value, names: [name = ''] }) => ({
        ...method,
        requestParameters:
          op === 'remove'
            ? withoutEntry(method.requestParameters, name)
            : withEntry(method.requestParameters, name, patchBoolean(value)),
      }),
    },
    {
      path: '/requestModels/{type}',
      ops: ['add', 'replace', 'remove'],
      apply: (method, { op, value = '', names: [type = ''] }) => ({
        ...method,
        requestModels:
          op === 'remove'
            ? withoutEntry(method.requestModels, type)
            : withEntry(method.requestModels, type, value),
      }),
    },
  ],
}

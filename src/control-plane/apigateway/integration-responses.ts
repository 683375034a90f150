import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { IntegrationResponse } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findIntegration, findResource, own, type MethodId, type Reader } from './find.ts'
import type { Place } from './keys.ts'
import { checkContentTypes, checkResponseMappings } from './mapping-check.ts'
import {
  applyPatch,
  patchText,
  plainDialect,
  withEntry,
  withoutEntry,
  type PatchRow,
  type PatchTable,
} from './patch.ts'
import { writeMethod } from './resource-record.ts'

type Operations = ApiGatewayOperations
type ResponseId = MethodId & { readonly statusCode: string }

export function integrationResponses({ store }: Environment): Handlers<Operations> {
  return {
    async PutIntegrationResponse(input, call) {
      return store.transact(async (tx) => {
        const { resource, method, integration } = await findIntegration(tx, call, input)
        const { statusCode, selectionPattern, responseParameters, responseTemplates, contentHandling } = input
        const put: IntegrationResponse = {
          statusCode,
          selectionPattern,
          responseParameters,
          responseTemplates,
          contentHandling,
        }
        checkContentTypes(responseTemplates)
        checkResponseMappings(responseParameters, method, statusCode)
        writeMethod(tx, call, input.restApiId, resource, {
          ...method,
          integration: {
            ...integration,
            integrationResponses: { ...integration.integrationResponses, [statusCode]: put },
          },
        })
        return put
      })
    },

    async GetIntegrationResponse(input, call) {
      return (await findIntegrationResponse(store, call, input)).response
    },

    async UpdateIntegrationResponse(input, call) {
      return store.transact(async (tx) => {
        const { resource, method, integration, response } = await findIntegrationResponse(tx, call, input)
        const updated = applyPatch(patchable, response, input.patchOperations)
        checkContentTypes(updated.responseTemplates)
        checkResponseMappings(updated.responseParameters, method, updated.statusCode)
        writeMethod(tx, call, input.restApiId, resource, {
          ...method,
          integration: {
            ...integration,
            integrationResponses: { ...integration.integrationResponses, [updated.statusCode]: updated },
          },
        })
        return updated
      })
    },

    async DeleteIntegrationResponse(input, call) {
      await store.transact(async (tx) => {
        // An unknown method answers here as a missing integration does (recorded on AWS).
        const resource = await findResource(tx, call, input.restApiId, input.resourceId)
        const method = own(resource.methods, input.httpMethod)
        const integration = method?.integration
        if (method === undefined || integration === undefined) {
          throw notFound('Invalid Integration identifier specified')
        }
        if (own(integration.integrationResponses, input.statusCode) === undefined) {
          throw notFound('Invalid Response status code specified')
        }
        writeMethod(tx, call, input.restApiId, resource, {
          ...method,
          integration: {
            ...integration,
            integrationResponses: withoutEntry(integration.integrationResponses, input.statusCode) ?? {},
          },
        })
      })
      return {}
    },
  }
}

async function findIntegrationResponse(reader: Reader, place: Place, id: ResponseId) {
  const found = await findIntegration(reader, place, id)
  const response = own(found.integration.integrationResponses, id.statusCode)
  if (response === undefined) throw notFound('Invalid Response status code specified')
  return { ...found, response }
}

function map(member: 'responseParameters' | 'responseTemplates'): PatchRow<IntegrationResponse> {
  return {
    path: `/${member}/{name}`,
    ops: ['add', 'replace', 'remove'],
    apply: (response, { op, value, names: [name = ''] }) => ({
      ...response,
      [member]:
        op === 'remove'
          ? withoutEntry(response[member], name)
          : withEntry(response[member], name, value ?? ''),
    }),
  }
}

const patchable: PatchTable<IntegrationResponse> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/selectionPattern',
      ops: ['replace'],
      apply: (response, { value }) => ({ ...response, selectionPattern: value }),
    },
    {
      path: '/contentHandling',
      ops: ['replace'],
      apply: (response, { value }) => ({ ...response, contentHandling: contentHandling(patchText(value)) }),
    },
    map('responseParameters'),
    map('responseTemplates'),
  ],
}

function contentHandling(value: string | undefined): IntegrationResponse['contentHandling'] {
  if (value === undefined || value === 'CONVERT_TO_BINARY' || value === 'CONVERT_TO_TEXT') return value
  throw badRequest('Invalid contentHandling specified. Valid options are CONVERT_TO_BINARY,CONVERT_TO_TEXT')
}

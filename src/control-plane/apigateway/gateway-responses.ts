import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import {
  defaultResponseTemplates,
  gatewayResponseDefaults,
  type GatewayResponseType,
} from '#model/gateway-response.ts'
import { records } from '#model/records.ts'
import type { GatewayResponse } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findRestApi, own, type Reader } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { checkContentTypes, checkGatewayResponseMappings } from './mapping-check.ts'
import { pageOf, pageRequest } from './paging.ts'
import { applyPatch, plainDialect, withEntry, withoutEntry, type PatchRow, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations
type Output = Operations['GetGatewayResponse']['output']
type Customised = ReadonlyMap<string, GatewayResponse>

export function gatewayResponses({ store }: Environment): Handlers<Operations> {
  return {
    async PutGatewayResponse(input, call) {
      const { restApiId, responseType } = input
      const given = input.responseTemplates ?? {}
      const response: GatewayResponse = {
        responseType,
        statusCode: input.statusCode ?? defaultStatus(responseType),
        responseParameters: input.responseParameters ?? {},
        responseTemplates: Object.keys(given).length === 0 ? defaultResponseTemplates : given,
      }
      checkGatewayResponse(response)
      await store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        tx.write(records.gatewayResponse, childKey(call, restApiId, responseType), response)
      })
      return customisedOutput(response)
    },

    /** Every type, customised or not, by name. */
    async GetGatewayResponses(input, call) {
      const { limit, after } = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const customised = await listCustomised(store, call, input.restApiId)
      const types = responseTypes.filter((type) => after === undefined || type > after)
      const { page, position } = pageOf(types, limit, (type) => type)
      return { items: page.map((type) => output(customised, type)), position }
    },

    async GetGatewayResponse({ restApiId, responseType }, call) {
      await findRestApi(store, call, restApiId)
      return output(await listCustomised(store, call, restApiId), responseType)
    },

    /** A type that is not customised is, from what it answers now. */
    async UpdateGatewayResponse({ restApiId, responseType, patchOperations }, call) {
      const response = await store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        const shown = current(await listCustomised(tx, call, restApiId), responseType)
        const updated = applyPatch(patchable, shown, patchOperations)
        checkGatewayResponse(updated)
        tx.write(records.gatewayResponse, childKey(call, restApiId, responseType), updated)
        return updated
      })
      return customisedOutput(response)
    },

    async DeleteGatewayResponse({ restApiId, responseType }, call) {
      await store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        const key = childKey(call, restApiId, responseType)
        if ((await tx.read(records.gatewayResponse, key)) === undefined) {
          throw notFound('Gateway response type not defined on api')
        }
        tx.delete(records.gatewayResponse, key)
      })
      return {}
    },
  }
}

const responseTypes = (Object.keys(gatewayResponseDefaults) as GatewayResponseType[]).sort()

async function listCustomised(
  reader: Reader & Pick<Environment['store'], 'list'>,
  place: Place,
  restApiId: string,
): Promise<Customised> {
  const found = await reader.list(records.gatewayResponse, within(place, restApiId))
  return new Map(found.map(({ id, value }) => [id, value]))
}

function output(customised: Customised, type: GatewayResponseType): Output {
  const own = customised.get(type)
  return own === undefined
    ? { ...shownAs(current(customised, type)), defaultResponse: true }
    : customisedOutput(own)
}

function customisedOutput(response: GatewayResponse): Output {
  // What was imported without templates answers with the default ones.
  const templates =
    Object.keys(response.responseTemplates).length === 0 ? defaultResponseTemplates : undefined
  return {
    ...shownAs({ ...response, responseTemplates: templates ?? response.responseTemplates }),
    defaultResponse: false,
  }
}

function shownAs(response: GatewayResponse): Output {
  return { ...response, responseType: response.responseType as GatewayResponseType }
}

/**
 * What a type answers: its own customisation; else that of DEFAULT_4XX or DEFAULT_5XX, whose status it takes over where
 * there is one (recorded on AWS); else the built-in answer.
 */
function current(customised: Customised, type: GatewayResponseType): GatewayResponse {
  const own = customised.get(type)
  if (own !== undefined) return own
  const { status } = gatewayResponseDefaults[type]
  const fallback =
    status === undefined ? undefined : customised.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX')
  return {
    responseType: type,
    statusCode: fallback?.statusCode ?? defaultStatus(type),
    responseParameters: fallback?.responseParameters ?? {},
    responseTemplates: fallback?.responseTemplates ?? defaultResponseTemplates,
  }
}

function defaultStatus(type: GatewayResponseType): string | undefined {
  return gatewayResponseDefaults[type].status?.toString()
}

/** @throws BadRequestException */
function checkGatewayResponse({ responseParameters, responseTemplates }: GatewayResponse): void {
  checkGatewayResponseMappings(responseParameters)
  checkContentTypes(responseTemplates)
}

const patchable: PatchTable<GatewayResponse> = {
  // A wrong operation is answered as an unknown path is.
  dialect: {
    unknownPath: (operation) => plainDialect.unknownPath(operation, []),
    wrongOp: (operation) => plainDialect.unknownPath(operation, []),
  },
  rows: [
    {
      path: '/statusCode',
      ops: ['replace'],
      apply: (response, { value = '' }) => {
        if (!/^[1-5]\d\d$/.test(value)) {
          throw badRequest(`Invalid status code specified: ${value}. Expected three digits from 100 to 599`)
        }
        return { ...response, statusCode: value }
      },
    },
    mapRow('responseParameters', 'Invalid parameter name specified'),
    mapRow('responseTemplates', 'Content-Type specified was not found'),
  ],
}

function mapRow(
  member: 'responseParameters' | 'responseTemplates',
  missing: string,
): PatchRow<GatewayResponse> {
  return {
    path: `/${member}/{name}`,
    ops: ['add', 'replace', 'remove'],
    apply: (response, { op, value = '', names: [name = ''] }) => {
      const map = response[member]
      if (op !== 'add' && own(map, name) === undefined) throw notFound(missing)
      if (op === 'remove') return { ...response, [member]: withoutEntry(map, name) ?? {} }
      if (value === '') throw badRequest(`Invalid null or empty value in ${member}`)
      return { ...response, [member]: withEntry(map, name, value) }
    },
  }
}

import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { EndpointType, RestApi } from '#model/rest-api.ts'
import { securityPolicies } from '#model/security-policy.ts'
import { checkUnmapped } from './base-path-mappings.ts'
import { cloneRestApi } from './clone-rest-api.ts'
import { defaultModels } from './default-models.ts'
import {
  checkedEndpointConfiguration,
  endpointTypes,
  newEndpointConfiguration,
} from './endpoint-configuration.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findRestApi } from './find.ts'
import { restApiKey, restApisOf } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { needRolesOfApi } from './passed-roles.ts'
import { applyPatch, patchBoolean, patchText, plainDialect, type PatchTable } from './patch.ts'
import { forgetPlanStages } from './plan-membership.ts'
import { checkRoomForApi } from './quota.ts'
import {
  checkedCompressionSize,
  checkedPolicy,
  createRestApiRecord,
  deleteRestApiRecord,
} from './rest-api-record.ts'

type Operations = ApiGatewayOperations
export type RestApiOutput = Operations['GetRestApi']['output']

export function restApis({ store, clock, quotas }: Environment): Handlers<Operations> {
  return {
    async CreateRestApi(input, call) {
      if (input.name.trim() === '') throw badRequest('Name cannot be empty')
      if (input.description === '') throw badRequest('Description cannot be an empty string')
      const api: RestApi = {
        id: newId(10),
        name: input.name,
        description: input.description,
        createdDate: clock.now(),
        version: input.version,
        binaryMediaTypes: input.binaryMediaTypes?.length ? input.binaryMediaTypes : undefined,
        minimumCompressionSize: checkedCompressionSize(input.minimumCompressionSize),
        apiKeySource: input.apiKeySource ?? 'HEADER',
        endpointConfiguration: newEndpointConfiguration(input.endpointConfiguration),
        policy: checkedPolicy(input.policy),
        tags: input.tags,
        disableExecuteApiEndpoint: input.disableExecuteApiEndpoint ?? false,
        securityPolicy: input.securityPolicy,
        endpointAccessMode: input.endpointAccessMode,
        rootResourceId: newId(10),
      }
      const { cloneFrom } = input
      await store.transact(async (tx) => {
        await checkRoomForApi(tx, quotas, call, api.endpointConfiguration.types)
        if (cloneFrom !== undefined && cloneFrom !== '') {
          await needRolesOfApi(tx, call, cloneFrom)
          await cloneRestApi(tx, call, cloneFrom, api)
        } else createRestApiRecord(tx, call, api, defaultModels())
      })
      return restApiOutput(api)
    },

    async GetRestApis(input, call) {
      const request = pageRequest(input)
      const { page, position } = await listPage(store, records.restApi, restApisOf(call), request)
      return { items: page.map((value) => restApiOutput(value)), position }
    },

    async GetRestApi({ restApiId }, call) {
      return withTags(await findRestApi(store, call, restApiId))
    },

    async UpdateRestApi({ restApiId, patchOperations }, call) {
      const api = await store.transact(async (tx) => {
        const found = await findRestApi(tx, call, restApiId)
        const updated = applyPatch(patchable, found, patchOperations)
        const { types } = checkedEndpointConfiguration(updated.endpointConfiguration)
        if (types[0] !== found.endpointConfiguration.types[0]) await checkRoomForApi(tx, quotas, call, types)
        tx.write(records.restApi, restApiKey(call, restApiId), updated)
        return updated
      })
      return withTags(api)
    },

    async DeleteRestApi({ restApiId }, call) {
      await store.transact(async (tx) => {
        await findRestApi(tx, call, restApiId)
        await checkUnmapped(tx, call, restApiId)
        await forgetPlanStages(tx, call, restApiId)
        deleteRestApiRecord(tx, call, restApiId)
      })
      return {}
    },
  }
}

const patchable: PatchTable<RestApi> = {
  dialect: {
    ...plainDialect,
    wrongOp: (operation, row, rows) =>
      row.path.startsWith('/endpointConfiguration/types/')
        ? badRequest("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
        : plainDialect.wrongOp(operation, row, rows),
  },
  rows: [
    {
      path: '/name',
      ops: ['replace'],
      apply: (api, { value = '' }) => {
        if (value.trim() === '') throw badRequest('Name cannot be empty')
        return { ...api, name: value }
      },
    },
    {
      path: '/description',
      ops: ['replace', 'remove'],
      apply: (api, { op, value }) => ({
        ...api,
        description: op === 'remove' ? undefined : patchText(value),
      }),
    },
    {
      path: '/version',
      ops: ['replace'],
      apply: (api, { value }) => ({ ...api, version: patchText(value) }),
    },
    {
      path: '/policy',
      ops: ['replace', 'remove'],
      apply: (api, { op, value }) => ({ ...api, policy: op === 'remove' ? undefined : checkedPolicy(value) }),
    },
    {
      path: '/apiKeySource',
      ops: ['replace'],
      apply: (api, { value }) => {
        if (value !== 'HEADER' && value !== 'AUTHORIZER') {
          throw badRequest('Invalid API key source specified. Valid options are HEADER,AUTHORIZER')
        }
        return { ...api, apiKeySource: value }
      },
    },
    {
      path: '/disableExecuteApiEndpoint',
      ops: ['replace'],
      apply: (api, { value }) => ({ ...api, disableExecuteApiEndpoint: patchBoolean(value) }),
    },
    {
      path: '/securityPolicy',
      ops: ['replace'],
      apply: (api, { value }) => {
        if (value === undefined || !securityPolicies.includes(value)) {
          throw badRequest(
            `Invalid security policy specified. Valid options are ${securityPolicies.join(',')}`,
          )
        }
        return { ...api, securityPolicy: value }
      },
    },
    {
      path: '/endpointAccessMode',
      ops: ['replace'],
      apply: (api, { value }) => {
        if (value !== 'BASIC' && value !== 'STRICT') {
          throw badRequest('Invalid endpoint access mode specified. Valid options are BASIC,STRICT')
        }
        return { ...api, endpointAccessMode: value }
      },
    },
    {
      path: '/minimumCompressionSize',
      ops: ['replace'],
      apply: (api, { value }) => ({
        ...api,
        // Number('') would be 0, which compresses everything: empty means none.
        minimumCompressionSize:
          value === undefined || value === '' ? undefined : checkedCompressionSize(decimal(value)),
      }),
    },
    {
      path: '/binaryMediaTypes/{type}',
      ops: ['add', 'replace', 'remove'],
      // Replacing takes the old one out and puts the new one at the end (recorded on AWS).
      apply: (api, { op, value, names: [type = ''] }) => {
        const added = op === 'add' ? [type] : op === 'replace' && value !== undefined ? [value] : []
        const types = [...(api.binaryMediaTypes ?? []).filter((known) => known !== type), ...added]
        return { ...api, binaryMediaTypes: types.length === 0 ? undefined : [...new Set(types)] }
      },
    },
    {
      path: '/endpointConfiguration/types/{index}',
      ops: ['replace'],
      apply: (api, { value }) => {
        const type = endpointTypes.find((known) => known === value)
        if (type === undefined) {
          throw badRequest(`Invalid EndpointTypes specified. Valid options are ${endpointTypes.join(',')}`)
        }
        return withEndpointType(api, type)
      },
    },
    {
      path: '/endpointConfiguration/ipAddressType',
      ops: ['replace'],
      apply: (api, { value }) => {
        if (value !== 'ipv4' && value !== 'dualstack') {
          throw badRequest('ipAddressType must be either ipv4 or dualstack.')
        }
        return { ...api, endpointConfiguration: { ...api.endpointConfiguration, ipAddressType: value } }
      },
    },
    {
      path: '/endpointConfiguration/vpcEndpointIds',
      ops: ['add', 'replace', 'remove'],
      apply: (api, { op, value = '' }) => {
        const known = op === 'replace' ? [] : (api.endpointConfiguration.vpcEndpointIds ?? [])
        const ids = [
          ...known.filter((id) => id !== value),
          ...(op === 'remove' || value === '' ? [] : [value]),
        ]
        return {
          ...api,
          endpointConfiguration: {
            ...api.endpointConfiguration,
            vpcEndpointIds: ids.length === 0 ? undefined : ids,
          },
        }
      },
    },
  ],
}

/** Private APIs are dual-stack whatever they were (recorded on AWS). */
function withEndpointType(api: RestApi, type: EndpointType): RestApi {
  const { ipAddressType } = api.endpointConfiguration
  return {
    ...api,
    endpointConfiguration: {
      ...api.endpointConfiguration,
      types: [type],
      ipAddressType: type === 'PRIVATE' ? 'dualstack' : ipAddressType,
      vpcEndpointIds: type === 'PRIVATE' ? api.endpointConfiguration.vpcEndpointIds : undefined,
    },
  }
}

/** NaN for what is no decimal number. */
function decimal(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : NaN
}

/** Answers about one API that is there already show that it has no tags; others leave them out (recorded on AWS). */
export function withTags(api: RestApi): RestApiOutput {
  return { ...restApiOutput(api), tags: api.tags ?? {} }
}

/** An API as clients see it. */
export function restApiOutput(api: RestApi): RestApiOutput {
  // AWS answers the policy escaped as within a JSON string; Terraform unescapes it and would else see a change.
  const policy = api.policy === undefined ? undefined : JSON.stringify(api.policy).slice(1, -1)
  return { ...api, policy, securityPolicy: api.securityPolicy as RestApiOutput['securityPolicy'] }
}

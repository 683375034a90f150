import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Integration } from '#model/rest-api.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findIntegration, findMethod } from './find.ts'
import { checkIntegration, newIntegration, passthroughBehavior } from './integration-definition.ts'
import { integrationOutput } from './method-output.ts'
import { needRoleElsewhere } from './passed-roles.ts'
import {
  applyPatch,
  patchBoolean,
  patchText,
  plainDialect,
  withEntry,
  withoutEntry,
  type PatchRow,
  type PatchTable,
} from './patch.ts'
import { writeMethod } from './resource-record.ts'

type Operations = ApiGatewayOperations

export function integrations({ store, integrationTimeouts }: Environment): Handlers<Operations> {
  return {
    async PutIntegration(input, call) {
      const integration = await store.transact(async (tx) => {
        const { resource, method } = await findMethod(tx, call, input)
        const put = newIntegration(
          { ...input, httpMethod: input.integrationHttpMethod },
          method,
          resource.id,
          integrationTimeouts,
        )
        writeMethod(tx, call, input.restApiId, resource, { ...method, integration: put })
        return put
      })
      return integrationOutput(integration)
    },

    async GetIntegration(input, call) {
      return integrationOutput((await findIntegration(store, call, input)).integration)
    },

    async UpdateIntegration(input, call) {
      const integration = await store.transact(async (tx) => {
        const found = await findIntegration(tx, call, input)
        const updated = applyPatch(patchable, found.integration, input.patchOperations)
        checkIntegration(updated, found.method, integrationTimeouts)
        await needRoleElsewhere(call, updated.credentials, found.integration.uri, updated.uri)
        writeMethod(tx, call, input.restApiId, found.resource, { ...found.method, integration: updated })
        return updated
      })
      return integrationOutput(integration)
    },

    async DeleteIntegration(input, call) {
      await store.transact(async (tx) => {
        const { resource, method } = await findIntegration(tx, call, input)
        writeMethod(tx, call, input.restApiId, resource, { ...method, integration: undefined })
      })
      return {}
    },
  }
}

/** A member that is a text; '' clears it. */
function text(
  member: 'uri' | 'httpMethod' | 'credentials' | 'connectionId' | 'integrationTarget',
): PatchRow<Integration> {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (integration, { value }) => ({ ...integration, [member]: patchText(value) }),
  }
}

/** A map by name. */
function map(member: 'requestParameters' | 'requestTemplates'): PatchRow<Integration> {
  return {
    path: `/${member}/{name}`,
    ops: ['add', 'replace', 'remove'],
    apply: (integration, { op, value, names: [name = ''] }) => ({
      ...integration,
      [member]:
        op === 'remove'
          ? withoutEntry(integration[member], name)
          : withEntry(integration[member], name, value ?? ''),
    }),
  }
}

/** A member that takes one of a few names; '' clears it where it may be absent. */
function choice<M extends 'connectionType' | 'contentHandling' | 'responseTransferMode' | 'type'>(
  member: M,
  names: readonly NonNullable<Integration[M]>[],
  optional: boolean,
): PatchRow<Integration> {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (integration, { value = '' }) => {
      if (optional && value === '') return { ...integration, [member]: undefined }
      const found = names.find((name) => name === value)
      if (found === undefined) {
        throw badRequest(`Invalid ${member} specified. Valid options are ${names.join(',')}`)
      }
      return { ...integration, [member]: found }
    },
  }
}

const patchable: PatchTable<Integration> = {
  dialect: plainDialect,
  rows: [
    choice('type', ['HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS'], false),
    text('uri'),
    text('httpMethod'),
    text('credentials'),
    choice('connectionType', ['INTERNET', 'VPC_LINK'], true),
    text('connectionId'),
    text('integrationTarget'),
    choice('contentHandling', ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'], true),
    choice('responseTransferMode', ['BUFFERED', 'STREAM'], true),
    {
      path: '/passthroughBehavior',
      ops: ['replace'],
      apply: (integration, { value }) => ({
        ...integration,
        passthroughBehavior: passthroughBehavior(value),
      }),
    },
    {
      path: '/timeoutInMillis',
      ops: ['replace'],
      apply: (integration, { value }) => ({ ...integration, timeoutInMillis: Number(value || NaN) }),
    },
    {
      path: '/tlsConfig/insecureSkipVerification',
      ops: ['replace'],
      apply: (integration, { value }) => ({
        ...integration,
        tlsConfig: { insecureSkipVerification: patchBoolean(value) },
      }),
    },
    {
      path: '/cacheNamespace',
      ops: ['replace'],
      apply: (integration, { value = '' }) => ({ ...integration, cacheNamespace: value }),
    },
    {
      path: '/cacheKeyParameters/{parameter}',
      ops: ['add', 'replace', 'remove'],
      apply: (integration, { op, names: [parameter = ''] }) => ({
        ...integration,
        cacheKeyParameters: [
          ...integration.cacheKeyParameters.filter((known) => known !== parameter),
          ...(op === 'remove' ? [] : [parameter]),
        ],
      }),
    },
    map('requestParameters'),
    map('requestTemplates'),
  ],
}

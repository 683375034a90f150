import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { newId } from '#base/ids.ts'
import type { Api } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { topLevelKey, topLevelOf, within } from '../apigateway/keys.ts'
import { needRolesOfHttpDocument } from '../apigateway/passed-roles.ts'
import { checkQuota, checkRoom } from '../apigateway/quota.ts'
import { checkedTagsOf } from '../apigateway/tags.ts'
import { documentVariables } from '../openapi/document-variables.ts'
import { basePathMode } from '../openapi/import-options.ts'
import { checkedApi } from './api-check.ts'
import { apiOutput } from './api-output.ts'
import { autoDeploy } from './auto-deploy.ts'
import type { Environment } from './environment.ts'
import { findApi } from './find.ts'
import { givenText } from './merge.ts'
import type { HttpApiDefinition } from './openapi/http-api-definition.ts'
import { readHttpBody, type ReadHttpBody } from './openapi/read-http-body.ts'
import { writeHttpApi } from './openapi/write-http-api.ts'

type Operations = ApiGatewayV2Operations
type Input = Operations['ImportApi']['input']
type Output = Operations['ImportApi']['output']

/** HTTP APIs out of OpenAPI documents. */
export function importApi(environment: Environment): Handlers<Operations> {
  const { store, clock, partition, quotas, timeouts, endpointOf } = environment
  const read = async ({ Body, Basepath }: Input, call: Call): Promise<ReadHttpBody> => {
    const document = readHttpBody(Body, basePathMode(Basepath), documentVariables(partition, call))
    document.findings.refuse(false)
    // What cannot fit is not written first.
    const { routes, authorizers } = document.definition
    checkQuota(quotas, 'routesPerApi', routes.length)
    checkQuota(quotas, 'authorizersPerApi', authorizers.length)
    await needRolesOfHttpDocument(call, document.definition)
    return document
  }
  const write = async (
    tx: Transaction,
    call: Call,
    api: Api,
    { definition, findings }: ReadHttpBody,
    failOnWarnings = false,
  ): Promise<void> => {
    await writeHttpApi(tx, call, api, definition, findings, timeouts)
    const { warningMessages } = findings
    if (failOnWarnings && warningMessages.length > 0) {
      throw badRequest(['Warnings found during import:', ...warningMessages].join('\n\t'))
    }
    const parent = within(call, api.apiId)
    await checkRoom(tx, quotas, 'integrationsPerApi', records.apiIntegration, parent, 0)
    await autoDeploy(tx, clock, call, api.apiId)
  }
  const shown = (api: Api, { definition, findings }: ReadHttpBody, call: Call): Output => ({
    ...apiOutput(api, endpointOf(api, call.region)),
    ImportInfo: listed(definition.importInfo),
    Warnings: listed(findings.warningMessages),
  })

  return {
    async ImportApi(input, call) {
      const document = await read(input, call)
      const api = checkedApi({
        apiId: newId(10),
        protocolType: 'HTTP',
        createdDate: clock.now(),
        routeSelectionExpression: '$request.method $request.path',
        apiKeySelectionExpression: '$request.header.x-api-key',
        ...apiMembers(document.definition, undefined),
      })
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'routedApis', records.api, topLevelOf(call))
        tx.create(records.api, topLevelKey(call, api.apiId), api)
        await write(tx, call, api, document, input.FailOnWarnings)
      })
      return shown(api, document, call)
    },

    /** The document takes the place of all that the API has, but for its stages, deployments and models. */
    async ReimportApi({ ApiId, ...input }, call) {
      const document = await read(input, call)
      const api = await store.transact(async (tx) => {
        const known = await findApi(tx, call, ApiId)
        if (known.protocolType !== 'HTTP') {
          throw badRequest(`Import is not supported on protocolType ${known.protocolType}`)
        }
        const updated = checkedApi({ ...known, ...apiMembers(document.definition, known) })
        tx.write(records.api, topLevelKey(call, ApiId), updated)
        await write(tx, call, updated, document, input.FailOnWarnings)
        return updated
      })
      return shown(api, document, call)
    },
  }
}

type ApiMembers = Pick<
  Api,
  | 'name'
  | 'description'
  | 'version'
  | 'corsConfiguration'
  | 'disableExecuteApiEndpoint'
  | 'ipAddressType'
  | 'tags'
  | 'traffic'
>

/** What a document says of the API itself. Settings that it does not name stay. @throws BadRequestException */
function apiMembers(definition: HttpApiDefinition, known: Api | undefined): ApiMembers {
  const { name, description, version, corsConfiguration, disableExecuteApiEndpoint, tags, traffic } =
    definition
  return {
    name,
    description: givenText(description),
    version: givenText(version),
    corsConfiguration,
    traffic,
    disableExecuteApiEndpoint: disableExecuteApiEndpoint ?? known?.disableExecuteApiEndpoint ?? false,
    ipAddressType: definition.ipAddressType ?? known?.ipAddressType ?? 'ipv4',
    tags: tags === undefined ? known?.tags : checkedTagsOf({ ...known?.tags, ...tags }),
  }
}

function listed(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts
}

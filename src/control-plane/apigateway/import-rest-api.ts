import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Diagnostic } from '#base/diagnostic.ts'
import { newId } from '#base/ids.ts'
import { records } from '#model/records.ts'
import type { RestApi } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import type { ApiDefinition } from '../openapi/definition.ts'
import { documentVariables } from '../openapi/document-variables.ts'
import { Findings, findingText } from '../openapi/findings.ts'
import { importOptions, type ImportOptions } from '../openapi/import-options.ts'
import { DocumentError, parseApiDocument, type ParsedDocument } from '../openapi/parse-document.ts'
import { readDefinition } from '../openapi/read-definition.ts'
import { writeDefinition, type WriteMode } from '../openapi/write-definition.ts'
import { checkedEndpointConfiguration, newEndpointConfiguration } from './endpoint-configuration.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findRestApi } from './find.ts'
import { restApiKey, within } from './keys.ts'
import { needRolesOfDocument } from './passed-roles.ts'
import { checkQuota, checkRoom, checkRoomForApi } from './quota.ts'
import { checkedCompressionSize, checkedPolicy } from './rest-api-record.ts'
import { restApiOutput, withTags } from './rest-apis.ts'

type Operations = ApiGatewayOperations

interface ReadDocument {
  readonly document: ParsedDocument
  readonly definition: ApiDefinition
  readonly options: ImportOptions
  readonly findings: readonly Diagnostic[]
}

export function importRestApi(environment: Environment): Handlers<Operations> {
  const { store, clock, partition, quotas } = environment
  /** What cannot fit is not written first: each path is a resource. @throws LimitExceededException */
  const checkPaths = ({ definition }: ReadDocument): void => {
    const added = new Set(definition.paths.map(({ path }) => path))
    added.delete('/')
    checkQuota(quotas, 'resourcesPerApi', added.size)
  }
  /** That there is not more than there may be, now that all is written. */
  const checkParts = async (tx: Transaction, call: Call, { id }: RestApi): Promise<void> => {
    await checkRoom(tx, quotas, 'resourcesPerApi', records.resource, within(call, id), 0)
    await checkRoom(tx, quotas, 'authorizersPerApi', records.authorizer, within(call, id), 0)
    await checkRoom(tx, quotas, 'documentationPartsPerApi', records.documentationPart, within(call, id), 0)
  }

  return {
    async ImportRestApi({ body, parameters, failOnWarnings }, call) {
      const read = readBody(body, parameters, documentVariables(partition, call))
      checkPaths(read)
      await needRolesOfDocument(call, read.definition)
      const api: RestApi = {
        id: newId(10),
        createdDate: clock.now(),
        rootResourceId: newId(10),
        ...apiMembers(read, undefined),
      }
      await store.transact(async (tx) => {
        await checkRoomForApi(tx, quotas, call, api.endpointConfiguration.types)
        tx.create(records.restApi, restApiKey(call, api.id), api)
        await write(tx, call, api, read, 'overwrite', environment, failOnWarnings)
        await checkParts(tx, call, api)
      })
      return { ...restApiOutput(api), warnings: warningsOf(read) }
    },

    async PutRestApi({ restApiId, body, parameters, failOnWarnings, mode = 'merge' }, call: Call) {
      const read = readBody(body, parameters, documentVariables(partition, call))
      checkPaths(read)
      await needRolesOfDocument(call, read.definition)
      const api = await store.transact(async (tx) => {
        const known = await findRestApi(tx, call, restApiId)
        const given = apiMembers(read, known)
        const updated: RestApi = mode === 'overwrite' ? { ...known, ...given } : merged(known, given)
        tx.write(records.restApi, restApiKey(call, restApiId), updated)
        await write(tx, call, updated, read, mode, environment, failOnWarnings)
        await checkParts(tx, call, updated)
        return updated
      })
      return { ...withTags(api), warnings: warningsOf(read) }
    },
  }
}

/** @throws BadRequestException for what is no OpenAPI document */
function readBody(
  body: Uint8Array,
  parameters: Readonly<Record<string, string>> | undefined,
  variables: Readonly<Record<string, string>>,
): ReadDocument {
  const options = importOptions(parameters)
  let document: ParsedDocument
  try {
    document = parseApiDocument(body, variables)
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(`Invalid OpenAPI input. ${error.message}`)
    throw error
  }
  const { definition, findings } = readDefinition(document, options.basePath)
  if (definition === undefined) {
    throw badRequest(`Invalid OpenAPI input. ${findings.map(({ message }) => message).join('; ')}`)
  }
  return { document, definition, options, findings }
}

/** Everything below the API, or nothing: the findings of reading and of writing are refused together. */
async function write(
  tx: Transaction,
  call: Call,
  api: RestApi,
  { document, definition, findings }: ReadDocument,
  mode: WriteMode,
  { integrationTimeouts }: Environment,
  failOnWarnings = false,
): Promise<void> {
  const all = new Findings(document, findings)
  await writeDefinition(tx, call, api, definition, mode, all, integrationTimeouts)
  all.refuse(failOnWarnings)
}

/** What a document says of the API itself. @throws BadRequestException */
function apiMembers(
  { definition, options }: ReadDocument,
  known: RestApi | undefined,
): Omit<RestApi, 'id' | 'createdDate' | 'rootResourceId'> {
  const { name, description, version, binaryMediaTypes, policy, tags, endpointConfiguration } = definition
  const types = options.endpointTypes ?? known?.endpointConfiguration.types
  const endpoint = newEndpointConfiguration({
    types,
    ipAddressType: endpointConfiguration.ipAddressType,
    vpcEndpointIds: undefined,
  })
  return {
    name,
    description,
    version,
    binaryMediaTypes: binaryMediaTypes?.length ? binaryMediaTypes : undefined,
    minimumCompressionSize: checkedCompressionSize(definition.minimumCompressionSize),
    apiKeySource: definition.apiKeySource ?? known?.apiKeySource ?? 'HEADER',
    policy: checkedPolicy(policy),
    securityPolicy: definition.securityPolicy ?? known?.securityPolicy,
    endpointAccessMode: definition.endpointAccessMode ?? known?.endpointAccessMode,
    tags: tags === undefined ? known?.tags : { ...known?.tags, ...tags },
    endpointConfiguration: checkedEndpointConfiguration({
      ...endpoint,
      vpcEndpointIds:
        options.vpcEndpointIds ??
        endpointConfiguration.vpcEndpointIds ??
        known?.endpointConfiguration.vpcEndpointIds,
    }),
    disableExecuteApiEndpoint:
      definition.disableExecuteApiEndpoint ?? known?.disableExecuteApiEndpoint ?? false,
    traffic: definition.traffic,
  }
}

/** What the document says, over what is there; its binary media types come after those that are. */
function merged(known: RestApi, given: Omit<RestApi, 'id' | 'createdDate' | 'rootResourceId'>): RestApi {
  const types = [...new Set([...(known.binaryMediaTypes ?? []), ...(given.binaryMediaTypes ?? [])])]
  return {
    ...known,
    ...withoutAbsent(given),
    binaryMediaTypes: types.length === 0 ? undefined : types,
  }
}

function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}

function warningsOf({ findings }: ReadDocument): readonly string[] | undefined {
  const warnings = findings.filter(({ severity }) => severity === 'warning').map(findingText)
  return warnings.length === 0 ? undefined : warnings
}

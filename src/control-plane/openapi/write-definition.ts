import type { Kind } from '#base/kind.ts'
import { newId } from '#base/ids.ts'
import { integrationTimeoutMs, type IntegrationTimeouts } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { Integration, Method, Model, Resource, RestApi } from '#model/rest-api.ts'
import type { Transaction } from '#store/store.ts'
import { newIntegration } from '../apigateway/integration-definition.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import {
  checkContentTypes,
  checkRequestDeclarations,
  checkResponseDeclarations,
  checkResponseMappings,
} from '../apigateway/mapping-check.ts'
import { checkModelName } from '../apigateway/models.ts'
import { writeResource } from '../apigateway/resource-record.ts'
import {
  schemaWithin,
  type ApiDefinition,
  type IntegrationDefinition,
  type MethodDefinition,
} from './definition.ts'
import type { Findings } from './findings.ts'
import { ResourceTree } from './resource-tree.ts'
import { writeDocumentation } from './write-documentation.ts'

/** `overwrite`: the document is all there is; `merge`: it is laid over what is there. */
export type WriteMode = 'overwrite' | 'merge'

/** Ids by name of what methods refer to. */
interface References {
  readonly authorizers: ReadonlyMap<string, string>
  readonly requestValidators: ReadonlyMap<string, string>
  readonly models: ReadonlySet<string>
  readonly integrationTimeouts: IntegrationTimeouts
}

/**
 * Writes what a document defines below `api` (which its caller writes). What is refused on the way goes to
 * `findings`: the caller gives up the transaction when there are errors.
 */
export async function writeDefinition(
  tx: Transaction,
  place: Place,
  api: RestApi,
  definition: ApiDefinition,
  mode: WriteMode,
  findings: Findings,
  integrationTimeouts: IntegrationTimeouts = integrationTimeoutMs,
): Promise<void> {
  const references: References = {
    authorizers: await replaceByName(tx, place, api, records.authorizer, definition.authorizers, mode),
    requestValidators: await replaceByName(
      tx,
      place,
      api,
      records.requestValidator,
      definition.requestValidators,
      mode,
    ),
    models: await writeModels(tx, place, api, definition, mode, findings),
    integrationTimeouts,
  }
  if (mode === 'overwrite') tx.deleteAll(records.gatewayResponse, within(place, api.id))
  for (const response of definition.gatewayResponses) {
    tx.write(records.gatewayResponse, childKey(place, api.id, response.responseType), response)
  }
  await writeDocumentation(tx, place, api.id, definition.documentation, mode, findings)
  await writeResources(tx, place, api, definition, references, mode, findings)
}

/** Things with ids that documents know by name: the same name keeps its id. */
async function replaceByName<T extends { readonly id: string; readonly name: string }>(
  tx: Transaction,
  place: Place,
  api: RestApi,
  kind: Kind<T>,
  defined: readonly Omit<T, 'id'>[],
  mode: WriteMode,
): Promise<ReadonlyMap<string, string>> {
  const known = await tx.list(kind, within(place, api.id))
  const knownIds = new Map(known.map(({ value }) => [value.name, value.id]))
  if (mode === 'overwrite') tx.deleteAll(kind, within(place, api.id))
  const ids = new Map(mode === 'overwrite' ? [] : knownIds)
  for (const value of defined) {
    const name = (value as Pick<T, 'name'>).name
    const id = knownIds.get(name) ?? newId(6)
    ids.set(name, id)
    tx.write(kind, childKey(place, api.id, id), { ...value, id } as T)
  }
  return ids
}

async function writeModels(
  tx: Transaction,
  place: Place,
  api: RestApi,
  { models }: ApiDefinition,
  mode: WriteMode,
  findings: Findings,
): Promise<ReadonlySet<string>> {
  const known = new Map(
    (await tx.list(records.model, within(place, api.id))).map(({ value }) => [value.name, value]),
  )
  // An imported API has the models of its document alone: AWS's Empty and Error are not added (recorded on AWS).
  const written = new Map<string, Model>(mode === 'merge' ? known : [])
  /** Refused already: who refers to them is not told so again. */
  const misnamed: string[] = []
  for (const { at, name, description, contentType, schema } of models) {
    const isNamed = findings.attempt(at, `Unable to create model for '${name}'`, () => {
      checkModelName(name)
      return true
    })
    if (isNamed !== true) {
      misnamed.push(name)
      continue
    }
    written.set(name, {
      id: newId(6),
      name,
      description,
      contentType,
      schema: schemaWithin(api.id, schema),
    })
  }
  if (mode === 'overwrite') tx.deleteAll(records.model, within(place, api.id))
  for (const [name, model] of written) {
    tx.write(records.model, childKey(place, api.id, name), { ...model, id: known.get(name)?.id ?? model.id })
  }
  return new Set([...written.keys(), ...misnamed])
}

async function writeResources(
  tx: Transaction,
  place: Place,
  api: RestApi,
  { paths }: ApiDefinition,
  references: References,
  mode: WriteMode,
  findings: Findings,
): Promise<void> {
  const known = (await tx.list(records.resource, within(place, api.id))).map(({ value }) => value)
  const root: Resource = { id: api.rootResourceId, path: '/', methods: {} }
  const knownIds = new Map(known.map(({ path, id }) => [path, id]))
  const tree = new ResourceTree(root, knownIds)
  if (mode === 'merge') tree.adopt(known)

  const seen = new Set<string>()
  for (const { path, methods, traffic, at } of paths) {
    const resource = findings.attempt(at, `Unable to create resource at path '${path}'`, () => tree.at(path))
    if (resource === undefined) continue
    if (seen.has(path)) {
      findings.error(at, `Unable to create resource at path '${path}': the document has this path twice`)
      continue
    }
    seen.add(path)
    // A resource that is overwritten keeps its id, not what was cached for it (recorded on AWS).
    const overwritten = mode === 'overwrite' && knownIds.has(path)
    const cacheNamespace = overwritten ? newId(6) : resource.id
    const defined = methods.map((method): [string, Method] => [
      method.httpMethod,
      newMethod(resource, cacheNamespace, method, references, findings),
    ])
    tree.setMethods(traffic === undefined ? resource : { ...resource, traffic }, {
      ...resource.methods,
      ...Object.fromEntries(defined),
    })
  }
  tx.deleteAll(records.resource, within(place, api.id))
  tx.deleteAll(records.resourceName, within(place, api.id))
  for (const resource of tree.resources) writeResource(tx, place, api.id, resource)
}

function newMethod(
  resource: Resource,
  cacheNamespace: string,
  definition: MethodDefinition,
  references: References,
  findings: Findings,
): Method {
  const { httpMethod, authorizer, requestValidator, requestModels, requestParameters, at } = definition
  const onResource = `'${httpMethod}' for resource at path '${resource.path}'`
  const unableTo = `Unable to put method ${onResource}`
  findings.attempt(at, unableTo, () => {
    checkContentTypes(requestModels)
    checkRequestDeclarations(requestParameters)
  })
  const requestValidatorId =
    requestValidator === undefined ? undefined : references.requestValidators.get(requestValidator)
  if (requestValidator !== undefined && requestValidatorId === undefined) {
    findings.error(at, `${unableTo}: Invalid Request Validator identifier specified: ${requestValidator}`)
  }
  const authorizerId = authorizer === undefined ? undefined : references.authorizers.get(authorizer)
  const needsAuthorizer = ['CUSTOM', 'COGNITO_USER_POOLS'].includes(definition.authorizationType)
  if (needsAuthorizer && authorizerId === undefined) {
    findings.error(
      at,
      `${unableTo}: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.`,
    )
  }
  const named = [requestModels, ...definition.methodResponses.map(({ responseModels }) => responseModels)]
  for (const model of named.flatMap((models) => Object.values(models ?? {}))) {
    if (!references.models.has(model)) {
      findings.error(at, `${unableTo}: Invalid model identifier specified: ${model}`)
    }
  }
  for (const response of definition.methodResponses) {
    findings.attempt(at, `Unable to put method response on ${onResource}`, () => {
      checkResponseDeclarations(response.responseParameters)
      checkContentTypes(response.responseModels)
    })
  }
  const method: Method = {
    httpMethod,
    authorizationType: definition.authorizationType,
    authorizerId: needsAuthorizer ? authorizerId : undefined,
    authorizationScopes: definition.authorizationScopes,
    apiKeyRequired: definition.apiKeyRequired,
    requestValidatorId,
    operationName: definition.operationName,
    requestParameters,
    requestModels,
    methodResponses: declaredResponses(definition),
    ...(definition.traffic === undefined ? {} : { traffic: definition.traffic }),
  }
  if (definition.integration === undefined) return method
  return {
    ...method,
    integration: integrationOf(
      cacheNamespace,
      method,
      definition.integration,
      onResource,
      references.integrationTimeouts,
      findings,
    ),
  }
}

/**
 * The method responses, and in them every header that the integration's responses set: documents may leave
 * those out, where PutIntegrationResponse insists (developer guide, "OpenAPI definition of a sample API with
 * basic request validation").
 */
function declaredResponses({ methodResponses, integration }: MethodDefinition): Method['methodResponses'] {
  const declared = new Map(methodResponses.map((response) => [response.statusCode, response]))
  for (const { statusCode, responseParameters } of integration?.responses ?? []) {
    if (responseParameters === undefined) continue
    const known = declared.get(statusCode) ?? { statusCode }
    const headers = Object.keys(responseParameters).map((name) => [name, false] as const)
    declared.set(statusCode, {
      ...known,
      responseParameters: { ...Object.fromEntries(headers), ...known.responseParameters },
    })
  }
  return Object.fromEntries(declared)
}

function integrationOf(
  cacheNamespace: string,
  method: Method,
  { responses, at, ...input }: IntegrationDefinition,
  onResource: string,
  timeouts: IntegrationTimeouts,
  findings: Findings,
): Integration | undefined {
  const integration = findings.attempt(at, `Unable to put integration on ${onResource}`, () =>
    newIntegration(input, method, cacheNamespace, timeouts),
  )
  for (const { statusCode, responseTemplates, responseParameters } of responses) {
    findings.attempt(at, `Unable to put integration response on ${onResource}`, () => {
      checkContentTypes(responseTemplates)
      checkResponseMappings(responseParameters, method, statusCode)
    })
  }
  // API Gateway keeps one response a status code: of two patterns with the same, the later one.
  const integrationResponses = Object.fromEntries(
    responses.map((response) => [response.statusCode, response]),
  )
  return integration && { ...integration, integrationResponses }
}

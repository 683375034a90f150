import type { DocumentationType, DocumentationVersion } from '#model/documentation.ts'
import { trafficExtension } from '../read-traffic-extension.ts'
import type { Method, Resource, RestApi, Stage, TrafficDocument } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { lookUpDocumentation, type DocumentationLookup } from './documentation-lookup.ts'
import type { ExportDialect, ExportedParameter, MethodDocumentation } from './export-dialect.ts'
import { exportDocumentation } from './export-documentation.ts'
import { exportIntegration } from './export-integration.ts'
import { exportModels } from './export-models.ts'
import type { ExportOptions } from './export-options.ts'
import { exportSecurity, exportSecuritySchemes } from './export-security.ts'
import { filled, present, type Written } from './written.ts'

/** What a stage serves, and what is said of it. */
export interface ExportedStage {
  readonly snapshot: RestApiSnapshot
  readonly stage: Stage
  /** The version that the stage shows; undefined when it shows none. */
  readonly documentation?: DocumentationVersion | undefined
}

/** What a stage serves, as an OpenAPI document. */
export function exportApi(
  { snapshot, stage, documentation }: ExportedStage,
  dialect: ExportDialect,
  options: ExportOptions,
): Written {
  const { api, region } = snapshot
  const lookup = lookUpDocumentation(documentation)
  const host = `${api.id}.execute-api.${region}.amazonaws.com`
  return {
    ...dialect.head(api, { host, stageName: stage.stageName }, lookup.info),
    ...lookup.of({ type: 'API' }),
    paths: exportPaths(snapshot, dialect, options, lookup),
    ...dialect.components(
      exportModels(snapshot, dialect.modelPrefix, lookup),
      exportSecuritySchemes(snapshot, options, lookup),
    ),
    ...(options.documentation && documentation !== undefined
      ? { 'x-amazon-apigateway-documentation': exportDocumentation(documentation) }
      : {}),
    ...(options.everything ? exportSettings(snapshot) : {}),
    ...exportTraffic(api, options),
  }
}

/** Goes out with the integrations that it is about, as it came. */
function exportTraffic(
  { traffic }: { readonly traffic?: TrafficDocument | undefined },
  { integrations }: ExportOptions,
): Written {
  return integrations && traffic !== undefined ? { [trafficExtension]: traffic } : {}
}

function exportPaths(
  snapshot: RestApiSnapshot,
  dialect: ExportDialect,
  options: ExportOptions,
  lookup: DocumentationLookup,
): Written {
  const resources = snapshot.resources
    .filter(({ methods }) => Object.keys(methods).length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return Object.fromEntries(
    resources.map((resource) => {
      const methods = Object.values(resource.methods).map((method): [string, Written] => [
        method.httpMethod === 'ANY' ? 'x-amazon-apigateway-any-method' : method.httpMethod.toLowerCase(),
        exportMethod(snapshot, resource, method, dialect, options, lookup),
      ])
      const documented = lookup.of({ type: 'RESOURCE', path: resource.path })
      return [
        resource.path,
        { ...Object.fromEntries(methods), ...documented, ...exportTraffic(resource, options) },
      ]
    }),
  )
}

function exportMethod(
  { authorizers, requestValidators }: RestApiSnapshot,
  resource: Resource,
  method: Method,
  dialect: ExportDialect,
  options: ExportOptions,
  lookup: DocumentationLookup,
): Written {
  const validator = requestValidators.find(({ id }) => id === method.requestValidatorId)
  const { integration } = method
  const place = { path: resource.path, method: method.httpMethod }
  const documentation: MethodDocumentation = {
    method: lookup.of({ type: 'METHOD', ...place }),
    requestBody: lookup.of({ type: 'REQUEST_BODY', ...place }),
    response: (statusCode) => lookup.of({ type: 'RESPONSE', ...place, statusCode }),
    responseBody: (statusCode) => lookup.of({ type: 'RESPONSE_BODY', ...place, statusCode }),
    responseHeader: (statusCode, name) => lookup.of({ type: 'RESPONSE_HEADER', ...place, statusCode, name }),
  }
  const parameters = parametersOf(method, (type, name) => lookup.of({ type, ...place, name }))
  return present({
    ...dialect.operation(method, parameters, documentation),
    security: exportSecurity(method, authorizers),
    'x-amazon-apigateway-request-validator': options.everything ? validator?.name : undefined,
    'x-amazon-apigateway-integration':
      options.integrations && integration !== undefined
        ? exportIntegration(integration, resource)
        : undefined,
    ...exportTraffic(method, options),
  })
}

/** By the place that a request parameter's key names. */
const PLACES = {
  header: { in: 'header', type: 'REQUEST_HEADER' },
  path: { in: 'path', type: 'PATH_PARAMETER' },
  querystring: { in: 'query', type: 'QUERY_PARAMETER' },
} as const

function parametersOf(
  { requestParameters }: Method,
  documentationOf: (type: DocumentationType, name: string) => Written,
): ExportedParameter[] {
  return Object.entries(requestParameters ?? {}).flatMap(([key, required]): ExportedParameter[] => {
    const [, place, name] = /^method\.request\.(header|path|querystring)\.(.+)$/.exec(key) ?? []
    if (place === undefined || name === undefined) return []
    const { in: where, type } = PLACES[place as keyof typeof PLACES]
    // A path parameter is always there (OpenAPI demands that it says so).
    const isRequired = required || place === 'path'
    return [{ name, in: where, required: isRequired, documentation: documentationOf(type, name) }]
  })
}

/** What the API itself has, where it is not as it would be anyway. */
function exportSettings({ api, requestValidators, gatewayResponses }: RestApiSnapshot): Written {
  return present({
    'x-amazon-apigateway-request-validators': filled(
      Object.fromEntries(
        requestValidators.map(({ name, validateRequestBody, validateRequestParameters }) => [
          name,
          { validateRequestParameters, validateRequestBody },
        ]),
      ),
    ),
    'x-amazon-apigateway-gateway-responses': filled(
      Object.fromEntries(
        gatewayResponses.map(({ responseType, statusCode, responseParameters, responseTemplates }) => [
          responseType,
          present({
            statusCode,
            responseParameters: filled(responseParameters),
            responseTemplates: filled(responseTemplates),
          }),
        ]),
      ),
    ),
    'x-amazon-apigateway-api-key-source': api.apiKeySource === 'HEADER' ? undefined : api.apiKeySource,
    'x-amazon-apigateway-minimum-compression-size': api.minimumCompressionSize,
    'x-amazon-apigateway-binary-media-types': filled(api.binaryMediaTypes),
    'x-amazon-apigateway-endpoint-configuration': exportEndpoint(api),
    'x-amazon-apigateway-security-policy': api.securityPolicy,
    'x-amazon-apigateway-policy': api.policy === undefined ? undefined : JSON.parse(api.policy),
    'x-amazon-apigateway-endpoint-access-mode': api.endpointAccessMode,
  })
}

function exportEndpoint({ endpointConfiguration, disableExecuteApiEndpoint }: RestApi): Written | undefined {
  return filled(
    present({
      disableExecuteApiEndpoint: disableExecuteApiEndpoint ? true : undefined,
      vpcEndpointIds: filled(endpointConfiguration.vpcEndpointIds),
    }),
  )
}

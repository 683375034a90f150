import type { Method, Resource, RestApi, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { type ExportDialect, type ExportedParameter } from './export-dialect.ts'
import { exportIntegration } from './export-integration.ts'
import { exportModels } from './export-models.ts'
import type { ExportOptions } from './export-options.ts'
import { exportSecurity, exportSecuritySchemes } from './export-security.ts'
import { filled, present, type Written } from './written.ts'

/** What a stage serves, as an OpenAPI document. */
export function exportApi(
  snapshot: RestApiSnapshot,
  stage: Stage,
  dialect: ExportDialect,
  options: ExportOptions,
): Written {
  const { api, region } = snapshot
  return {
    ...dialect.head(api, {
      host: `${api.id}.execute-api.${region}.amazonaws.com`,
      stageName: stage.stageName,
    }),
    paths: exportPaths(snapshot, dialect, options),
    ...dialect.components(
      exportModels(snapshot, dialect.modelPrefix),
      exportSecuritySchemes(snapshot, options),
    ),
    ...(options.everything ? exportSettings(snapshot) : {}),
  }
}

function exportPaths(snapshot: RestApiSnapshot, dialect: ExportDialect, options: ExportOptions): Written {
  const resources = snapshot.resources
    .filter(({ methods }) => Object.keys(methods).length > 0)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return Object.fromEntries(
    resources.map((resource) => {
      const methods = Object.values(resource.methods).map((method): [string, Written] => [
        method.httpMethod === 'ANY' ? 'x-amazon-apigateway-any-method' : method.httpMethod.toLowerCase(),
        exportMethod(snapshot, resource, method, dialect, options),
      ])
      return [resource.path, Object.fromEntries(methods)]
    }),
  )
}

function exportMethod(
  { authorizers, requestValidators }: RestApiSnapshot,
  resource: Resource,
  method: Method,
  dialect: ExportDialect,
  options: ExportOptions,
): Written {
  const validator = requestValidators.find(({ id }) => id === method.requestValidatorId)
  const { integration } = method
  return present({
    ...dialect.operation(method, parametersOf(method)),
    security: exportSecurity(method, authorizers),
    'x-amazon-apigateway-request-validator': options.everything ? validator?.name : undefined,
    'x-amazon-apigateway-integration':
      options.integrations && integration !== undefined
        ? exportIntegration(integration, resource)
        : undefined,
  })
}

const PLACES = { header: 'header', path: 'path', querystring: 'query' } as const

function parametersOf({ requestParameters }: Method): ExportedParameter[] {
  return Object.entries(requestParameters ?? {}).flatMap(([key, required]): ExportedParameter[] => {
    const [, place, name] = /^method\.request\.(header|path|querystring)\.(.+)$/.exec(key) ?? []
    if (place === undefined || name === undefined) return []
    // A path parameter is always there (OpenAPI demands that it says so).
    return [{ name, in: PLACES[place as keyof typeof PLACES], required: required || place === 'path' }]
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
    'x-amazon-apigateway-policy': api.policy === undefined ? undefined : JSON.parse(api.policy),
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

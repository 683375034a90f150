import { integrationTimeoutMsDefault } from '#model/quotas.ts'
import type { Integration, IntegrationResponse, Resource } from '#model/rest-api.ts'
import { filled, present, type Written } from './written.ts'

/** `x-amazon-apigateway-integration`; what is as it would be anyway is left out (recorded on AWS). */
export function exportIntegration(integration: Integration, resource: Resource): Written {
  const { timeoutInMillis, cacheNamespace, cacheKeyParameters, connectionType } = integration
  return present({
    type: integration.type.toLowerCase(),
    credentials: integration.credentials,
    httpMethod: integration.httpMethod,
    uri: integration.uri,
    connectionType: connectionType === 'INTERNET' ? undefined : connectionType,
    connectionId: integration.connectionId,
    integrationTarget: integration.integrationTarget,
    responses: exportResponses(integration),
    requestParameters: filled(integration.requestParameters),
    requestTemplates: filled(integration.requestTemplates),
    passthroughBehavior: integration.passthroughBehavior.toLowerCase(),
    contentHandling: integration.contentHandling,
    timeoutInMillis: timeoutInMillis === integrationTimeoutMsDefault ? undefined : timeoutInMillis,
    cacheNamespace: cacheNamespace === resource.id ? undefined : cacheNamespace,
    cacheKeyParameters: cacheKeyParameters.length === 0 ? undefined : cacheKeyParameters,
    responseTransferMode: integration.responseTransferMode,
    tlsConfig: integration.tlsConfig,
  })
}

/** By selection pattern; the one that has none is `default`. */
function exportResponses({ integrationResponses }: Integration): Written | undefined {
  const responses = Object.values(integrationResponses).map((response): [string, Written] => [
    response.selectionPattern || 'default',
    exportResponse(response),
  ])
  return filled(Object.fromEntries(responses))
}

function exportResponse(response: IntegrationResponse): Written {
  return present({
    statusCode: response.statusCode,
    responseParameters: filled(response.responseParameters),
    responseTemplates: filled(response.responseTemplates),
    contentHandling: response.contentHandling,
  })
}

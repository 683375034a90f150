import type { ApiIntegration } from '#model/http-api.ts'
import { routedTimeoutMs } from '#model/quotas.ts'
import { filled, present, type Written } from '../../openapi/export/written.ts'

/** `x-amazon-apigateway-integration`, its members in AWS's order; the timeout where it is not as it would be anyway. */
export function exportHttpIntegration(integration: ApiIntegration): Written {
  const { timeoutInMillis } = integration
  return present({
    integrationSubtype: integration.integrationSubtype,
    credentials: integration.credentialsArn,
    responseParameters: filled(integration.responseParameters),
    requestParameters: filled(integration.requestParameters),
    payloadFormatVersion: integration.payloadFormatVersion,
    connectionId: integration.connectionId,
    type: integration.integrationType.toLowerCase(),
    httpMethod: integration.integrationMethod,
    uri: integration.integrationUri,
    connectionType: integration.connectionType,
    timeoutInMillis: timeoutInMillis === routedTimeoutMs.HTTP.max ? undefined : timeoutInMillis,
    tlsConfig: integration.tlsConfig,
  })
}

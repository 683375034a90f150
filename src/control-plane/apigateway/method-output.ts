import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Integration, Method } from '#model/rest-api.ts'

export type MethodOutput = ApiGatewayOperations['GetMethod']['output']
export type IntegrationOutput = ApiGatewayOperations['GetIntegration']['output']

/** A method as clients see it: empty maps of responses are left out (recorded on AWS). */
export function methodOutput(method: Method): MethodOutput {
  const { integration, methodResponses, ...shown } = method
  return {
    ...shown,
    methodResponses: unlessEmpty(methodResponses),
    methodIntegration: integration === undefined ? undefined : integrationOutput(integration),
  }
}

export function integrationOutput(integration: Integration): IntegrationOutput {
  return { ...integration, integrationResponses: unlessEmpty(integration.integrationResponses) }
}

function unlessEmpty<V>(map: Readonly<Record<string, V>>): Readonly<Record<string, V>> | undefined {
  return Object.keys(map).length === 0 ? undefined : map
}

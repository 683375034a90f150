import type { Api, ApiStage } from '#model/http-api.ts'

/** What HTTP and WebSocket APIs have that say nothing else. */
export function apiDefaults(apiId: string): Omit<Api, 'protocolType' | 'routeSelectionExpression'> {
  return {
    apiId,
    name: apiId,
    createdDate: 0,
    apiKeySelectionExpression: '$request.header.x-api-key',
    disableExecuteApiEndpoint: false,
    ipAddressType: 'ipv4',
  }
}

/** The same of their stages. */
export const stageDefaults: Omit<ApiStage, 'stageName'> = {
  deploymentId: 'dep001',
  autoDeploy: false,
  defaultRouteSettings: {},
  routeSettings: {},
  createdDate: 0,
  lastUpdatedDate: 0,
}

import type { EndpointOf } from './environment.ts'

/** AWS's own: for who does not know where the gateway is reached. */
export const awsEndpoint: EndpointOf = ({ apiId, protocolType }, region) =>
  `${protocolType === 'HTTP' ? 'https' : 'wss'}://${apiId}.execute-api.${region}.amazonaws.com`

/**
 * Below the gateway's own address, which needs no name to be resolved.
 * @param url of the gateway, without a slash at the end
 */
export function endpointBelow(url: string, { apiId, protocolType }: Parameters<EndpointOf>[0]): string {
  const base = protocolType === 'HTTP' ? url : url.replace(/^http/, 'ws')
  return `${base}/_aws/execute-api/${apiId}`
}

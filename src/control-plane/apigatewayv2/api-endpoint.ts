import type { EndpointOf, PortalAddressOf } from './environment.ts'

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

/** AWS's own (developer guide, "Create a portal in API Gateway"). */
export const awsPortalAddress: PortalAddressOf = (portalId, region) => {
  const domainName = `p-${portalId}.apigw-portal.${region}.on.aws`
  return { domainName, origin: `https://${domainName}` }
}

/**
 * A name below the gateway's own, for a portal must be an origin of its own. Where the gateway has none but an address,
 * below `localhost`, which browsers take for this machine without being told.
 * @param url of the gateway, without a slash at the end
 */
export function portalBelow(url: string, portalId: string, region: string): ReturnType<PortalAddressOf> {
  const { protocol, hostname, port } = new URL(url)
  const host = /^[\d.]+$|^\[/.test(hostname) ? 'localhost' : hostname
  const domainName = `p-${portalId}.apigw-portal.${region}.${host}${port === '' ? '' : `:${port}`}`
  return { domainName, origin: `${protocol}//${domainName}` }
}

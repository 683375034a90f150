/** What a Host field's value tells. */
export interface HostName {
  /** The first label of `{apiId}.execute-api.{region}.{anything}`, in lower case; empty where that is an endpoint's. */
  readonly apiId: string | undefined
  /** The VPC endpoint of `{apiId}-{vpceId}.execute-api.…` and `{vpceId}-{suffix}.execute-api.…`, in lower case. */
  readonly vpcEndpointId: string | undefined
  /** The developer portal of `p-{portalId}.apigw-portal.{region}.{anything}`, in lower case. */
  readonly portalId: string | undefined
  /** Without the port. */
  readonly domainName: string
  /** The same, as custom domain names are compared: in lower case, without the dot that a full name may end in. */
  readonly key: string
  readonly port: string | undefined
}

/** The values that clients send are few, and the same for ever. */
const known = new Map<string, HostName>()
const KNOWN_MAX = 1000

/** @param host the field's value, `api.example.com:8443` */
export function parseHost(host: string): HostName {
  const found = known.get(host)
  if (found !== undefined) return found
  // Whoever sends other values all the time makes us read each, no more.
  if (known.size >= KNOWN_MAX) known.clear()
  const name = read(host)
  known.set(host, name)
  return name
}

/** Developer guide, "Create a portal in API Gateway". */
const PORTAL_HOST = /^p-([a-z0-9]{1,30})\.apigw-portal\./i
const API_HOST = /^([^.]+)\.execute-api\./i

/** Developer guide, "Invoke a private API": the alias of an API at an endpoint, the endpoint's own names (with a zone). */
const ENDPOINT_LABEL = /^(?:(.+)-)?(vpce-[0-9a-z]+)(?:-.+)?$/

function read(host: string): HostName {
  const [, domainName = host, port] = /^(.*?)(?::(\d{0,5}))?$/.exec(host) ?? []
  const label = API_HOST.exec(host)?.[1]?.toLowerCase()
  const [, apiId = '', vpcEndpointId] = ENDPOINT_LABEL.exec(label ?? '') ?? []
  return {
    apiId: vpcEndpointId === undefined ? label : apiId,
    vpcEndpointId,
    portalId: PORTAL_HOST.exec(host)?.[1]?.toLowerCase(),
    domainName,
    key: domainName.toLowerCase().replace(/\.$/, ''),
    port: port || undefined,
  }
}

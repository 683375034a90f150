import type { IpRanges } from '#base/ip-range.ts'
import type { HttpRequest } from '#http/message.ts'
import { clientOf, type HttpClientIdentity, type TrustedProxies } from '#http/trusted-proxies.ts'

/** An interface VPC endpoint for `execute-api`, as the configuration describes it: private APIs are reached by one. */
export interface VpcEndpoint {
  /** `vpce-0123456789abcdef0` */
  readonly id: string
  /** `vpc-…` */
  readonly vpcId: string
  /** Whose requests come through it. */
  readonly ranges: IpRanges
}

export interface VpcEndpoints {
  readonly all: readonly VpcEndpoint[]
  /** Where trusted proxies name the endpoint, in lower case; undefined: addresses alone tell. */
  readonly header?: string | undefined
  /** Whether a peer is such a proxy. */
  readonly isProxy: (address: string) => boolean
}

/** What is known of the network in front. */
export interface Surroundings {
  /** Undefined: nobody's word is taken for who the client is. */
  readonly trustedProxies?: TrustedProxies | undefined
  /** Undefined: nobody comes through a VPC endpoint. */
  readonly vpcEndpoints?: VpcEndpoints | undefined
}

/** Where a request comes from. */
export interface Origin {
  readonly client: HttpClientIdentity
  /** Undefined: through none. */
  readonly vpcEndpoint: VpcEndpoint | undefined
}

/** @param named the VPC endpoint that the host names */
export function originOf(
  { trustedProxies, vpcEndpoints }: Surroundings,
  request: HttpRequest,
  named: string | undefined,
): Origin {
  const client = identify(request, trustedProxies)
  return {
    client,
    vpcEndpoint: vpcEndpoints && endpointOf(vpcEndpoints, request, client.address, named),
  }
}

/** Who sent a request, behind proxies that are trusted. */
export function identify(request: HttpRequest, trusted: TrustedProxies | undefined): HttpClientIdentity {
  return trusted === undefined ? request.peer : clientOf(request, trusted)
}

/**
 * The endpoint that a request came through; undefined when through none. Of several that a client may use, the host
 * chooses: an endpoint's name says which one the client meant, and never lets in who is not there.
 * @param clientAddress behind trusted proxies
 * @param named by the host
 */
export function endpointOf(
  { all, header, isProxy }: VpcEndpoints,
  { headers, peer }: HttpRequest,
  clientAddress: string,
  named: string | undefined,
): VpcEndpoint | undefined {
  // Who said it last cannot be told from several: a client's own line must not pass for the proxy's.
  const told = header !== undefined && isProxy(peer.address) ? headers.getAll(header) : undefined
  return all.find(
    ({ id, ranges }) =>
      (named === undefined || id === named) &&
      (told === undefined ? ranges.has(clientAddress) : told.length === 1 && told[0] === id),
  )
}

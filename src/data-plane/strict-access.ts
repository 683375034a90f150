import type { HttpRequest } from '#http/message.ts'
import type { HostName } from './host-name.ts'
import { originOf, type Surroundings } from './origin.ts'

/** Why a request is not let in where the TLS handshake was for another name. */
export const OTHER_NAME = 'the TLS handshake was for another name'

/**
 * Why a request is not let in by `endpointAccessMode` STRICT; undefined when it is. The name that it is for has to be that of
 * its TLS handshake: else one name's certificate and security policy would do for another. And it has to come by the
 * endpoint's own way: through a VPC endpoint to what is private, directly to what is not. Without TLS there was no
 * handshake: names are the matter of whoever ended it in front. Developer guide, "Security policies for REST APIs",
 * endpoint access mode.
 */
export function strictFault(
  isPrivate: boolean,
  { key, vpcEndpointId }: HostName,
  request: HttpRequest,
  surroundings: Surroundings,
): string | undefined {
  const { secure, serverName } = request.peer
  if (secure && serverName?.toLowerCase() !== key) return OTHER_NAME
  const isThroughEndpoint = originOf(surroundings, request, vpcEndpointId).vpcEndpoint !== undefined
  return isThroughEndpoint === isPrivate
    ? undefined
    : 'the request came by the way of another type of endpoint'
}

import type { Peer } from '#http/connection.ts'
import type { HostName } from './host-name.ts'

/**
 * Whether a request is for the name that its TLS handshake was for, which `endpointAccessMode` STRICT asks for: else one
 * name's certificate and security policy would do for another. Developer guide, "Security policies for REST APIs", endpoint
 * access mode. Without TLS there was no handshake; in front of that stands who ended it.
 */
export function isForHandshake({ secure, serverName }: Peer, { key }: HostName): boolean {
  return !secure || serverName?.toLowerCase() === key
}

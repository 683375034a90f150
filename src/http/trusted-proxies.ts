import { parseIp, type IpRanges } from '#base/ip-range.ts'
import { parseForwarded, parseForwardedNode, type ForwardedHop } from './forwarded.ts'
import type { Headers } from './headers.ts'
import type { HttpRequest } from './message.ts'

/** Who a request is from. A `Peer` is one, too: that which stands at the other end. */
export interface HttpClientIdentity {
  /** Without port or brackets. */
  readonly address: string
  /** Whether the client spoke TLS. */
  readonly secure: boolean
  /** The port that the client reached, where a proxy said so. */
  readonly port?: number | undefined
}

/** The header in which proxies tell the client: the other one is anybody's word and is not looked at. */
export type ForwardingHeader = 'x-forwarded-for' | 'forwarded'

export interface TrustedProxies {
  readonly ranges: IpRanges
  readonly header: ForwardingHeader
}

/**
 * Who sent a request: the peer itself, unless that is a trusted proxy. Then it is the last address in the header that
 * is not a trusted proxy's: what stands before it was said by strangers. Where a proxy names none (`unknown`,
 * something obfuscated or malformed), it is the proxy that is next to it.
 */
export function clientOf(
  { headers, peer }: HttpRequest,
  { ranges, header }: TrustedProxies,
): HttpClientIdentity {
  if (!ranges.has(peer.address)) return peer
  return header === 'forwarded' ? byForwarded(headers, peer, ranges) : byXForwarded(headers, peer, ranges)
}

/** `X-Forwarded-Proto` and `-Port` are those of the last proxy; it writes them itself or passes on what it trusts. */
function byXForwarded(headers: Headers, peer: HttpClientIdentity, ranges: IpRanges): HttpClientIdentity {
  let { address } = peer
  for (const text of listed(headers, 'x-forwarded-for').reverse()) {
    const node = addressOf(text)
    if (node === undefined) break
    address = node
    if (!ranges.has(node)) break
  }
  const secure = schemeIsSecure(listed(headers, 'x-forwarded-proto').at(-1)) ?? peer.secure
  return { address, secure, port: portOf(listed(headers, 'x-forwarded-port').at(-1)) }
}

function byForwarded(headers: Headers, peer: HttpClientIdentity, ranges: IpRanges): HttpClientIdentity {
  const hops = parseForwarded(headers.getAll('forwarded').join(','))
  let { address } = peer
  let heard: ForwardedHop | undefined
  for (const hop of [...(hops ?? [])].reverse()) {
    // Said by a proxy that is trusted, whether or not it says whom it got the request from.
    heard = hop
    const node = parseForwardedNode(hop.get('for') ?? '')?.address
    if (node === undefined) break
    address = plain(node)
    if (!ranges.has(node)) break
  }
  const secure = schemeIsSecure(heard?.get('proto')) ?? peer.secure
  return { address, secure, port: portOf(/:(\d+)$/.exec(heard?.get('host') ?? '')?.[1]) }
}

/** The elements of all lines of a list header. */
function listed(headers: Headers, name: string): string[] {
  return headers.getAll(name).flatMap((value) => value.split(',').map((text) => text.trim()))
}

/** An address as X-Forwarded-For has it: bare, or with a port as some proxies write it. */
function addressOf(text: string): string | undefined {
  const address = parseIp(text) === undefined ? parseForwardedNode(text)?.address : text
  return address === undefined ? undefined : plain(address)
}

/** As the engine shows addresses of peers: IPv4 is never written as IPv6, letters are small, no zone. */
function plain(address: string): string {
  const bytes = parseIp(address)
  return bytes?.length === 4 ? bytes.join('.') : address.toLowerCase().replace(/%.*/s, '')
}

function schemeIsSecure(scheme: string | undefined): boolean | undefined {
  const lower = scheme?.toLowerCase()
  if (lower === 'https' || lower === 'http') return lower === 'https'
  return undefined
}

function portOf(text: string | undefined): number | undefined {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port > 0 && port <= 65_535 ? port : undefined
}

import { parseIp } from '#base/ip-range.ts'
import { parseForwarded } from '#http/forwarded.ts'
import type { Exchange } from '#data-plane/exchange.ts'

/**
 * `Forwarded` towards a backend: what came with the client's, X-Forwarded-For of earlier proxies as elements of it, then
 * the client (RFC 7239). Developer guide, "Quotas": HTTP APIs translate X-Forwarded-* and append address, host and
 * protocol. What is no list of hops is left out: a quote that never ends would take what the gateway says with it.
 */
export function forwarded({ request: { headers, host, peer }, client }: Exchange): string {
  const own = `for=${node(peer.address)};host=${quotedHost(host)};proto=${client.secure ? 'https' : 'http'}`
  if (!headers.has('forwarded') && !headers.has('x-forwarded-for')) return own
  const earlier = headers
    .getAll('x-forwarded-for')
    .flatMap((line) => line.split(','))
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .map((address) => `for=${node(address)}`)
  const hops = headers.getAll('forwarded').filter((line) => parseForwarded(line)?.length)
  return [...hops, ...earlier, own].join(',')
}

let lastHost = ''
let lastQuoted = '""'

/** Requests for one host share the work. */
function quotedHost(host: string): string {
  if (host !== lastHost) {
    lastHost = host
    lastQuoted = quoted(host)
  }
  return lastQuoted
}

/** An IPv6 address stands in brackets and quotes (RFC 7239 §6). */
function node(address: string): string {
  return address.includes(':') && parseIp(address) !== undefined ? `"[${address}]"` : quoted(address)
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

function quoted(text: string): string {
  return TOKEN.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

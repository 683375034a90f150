import { isIPv4, isIPv6 } from 'node:net'

/** What a proxy says of the connection that it forwards. */
export interface ProxyHeader {
  /** Bytes of the header; the client's own follow. */
  readonly length: number
  /** The client's address; undefined when the proxy speaks for itself or does not know. */
  readonly source: string | undefined
}

/**
 * Reads the header of the PROXY protocol, version 1 or 2 (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt).
 * @param bytes all that was received so far
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  if (isPrefix(bytes, V2_SIGNATURE)) return readV2(bytes)
  if (isPrefix(bytes, V1_SIGNATURE)) return readV1(bytes)
  return 'malformed'
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443` and CRLF (§2.1). */
function readV1(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  const line = bytes.toString('latin1', 0, V1_BYTES_MAX)
  const end = line.indexOf('\r\n')
  if (end === -1) {
    const unfinished = line.length < V1_BYTES_MAX && /^[\x20-\x7e]*\r?$/.test(line)
    return unfinished ? 'incomplete' : 'malformed'
  }
  const length = end + 2
  const text = line.slice(0, end)
  if (/^PROXY UNKNOWN( [\x20-\x7e]*)?$/.test(text)) return { length, source: undefined }
  const [, family, source = '', target = '', ...ports] =
    /^PROXY (TCP[46]) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) (\d{1,5}) (\d{1,5})$/.exec(text) ?? []
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6
  const right = family !== undefined && isAddress(source) && isAddress(target) && ports.every(isPort)
  return right ? { length, source: canonical(source) } : 'malformed'
}

/** Signature, version and command, family, length, addresses, TLVs (§2.2). */
function readV2(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  const command = bytes[12] ?? V2_PROXY
  const family = bytes[13] ?? V2_UNSPECIFIED
  if (command !== V2_PROXY && command !== V2_LOCAL) return 'malformed'
  const addressBytes = V2_ADDRESS_BYTES.get(family)
  if (addressBytes === undefined) return 'malformed'
  if (bytes.length < V2_HEAD) return 'incomplete'
  const size = bytes.readUInt16BE(14)
  if (size < addressBytes && command === V2_PROXY) return 'malformed'
  const length = V2_HEAD + size
  if (length > PROXY_HEADER_BYTES_MAX) return 'malformed'
  if (bytes.length < length) return 'incomplete'
  const source = bytes.subarray(V2_HEAD, V2_HEAD + addressBytes / 2)
  if (command === V2_PROXY && family === V2_TCP4) return { length, source: source.slice(0, 4).join('.') }
  if (command === V2_PROXY && family === V2_TCP6) {
    const groups = source.subarray(0, 16).toString('hex').match(/.{4}/g) as string[]
    return { length, source: canonical(groups.join(':')) }
  }
  return { length, source: undefined }
}

/** True when the bytes are as much of the signature as fits them. */
function isPrefix(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.compare(signature, 0, length, 0, length) === 0
}

function isPort(text: string): boolean {
  return String(Number(text)) === text && Number(text) <= 65_535
}

/** The one way to write an address: RFC 5952, and IPv4 for what is mapped into IPv6. */
function canonical(address: string): string {
  if (!address.includes(':')) return address
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high = '', low = ''] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written) ?? []
  if (high === '') return written
  const number = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

const V1_SIGNATURE = Buffer.from('PROXY ')
/** The longest line that the protocol allows, with its CRLF. */
const V1_BYTES_MAX = 107
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n')
const V2_HEAD = 16
const V2_LOCAL = 0x20
const V2_PROXY = 0x21
const V2_UNSPECIFIED = 0x00
const V2_TCP4 = 0x11
const V2_TCP6 = 0x21
/** Family and transport → bytes of both addresses with their ports. */
const V2_ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [V2_UNSPECIFIED, 0],
  [V2_TCP4, 12],
  [V2_TCP6, 36],
  [0x31, 216], // Unix domain sockets
])
/** TLVs carry certificate names and the like; nobody sends more. */
const PROXY_HEADER_BYTES_MAX = 4096

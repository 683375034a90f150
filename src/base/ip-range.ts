/** A block of addresses: those that begin with the first `prefix` bits of `bytes`. */
export interface IpRange {
  /** 4 of IPv4, 16 of IPv6; zero after the prefix. */
  readonly bytes: Uint8Array
  readonly prefix: number
}

/** A list of ranges to look addresses up in. */
export class IpRanges {
  readonly #ranges: readonly IpRange[]

  constructor(ranges: readonly IpRange[]) {
    this.#ranges = ranges
  }

  /** False, too, for what is no address. */
  has(address: string): boolean {
    if (this.#ranges.length === 0) return false
    const bytes = parseIp(address)
    return bytes !== undefined && this.#ranges.some((range) => contains(range, bytes))
  }
}

/**
 * `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits after the prefix must be zero: `10.1.2.3/8` is more likely a
 * slip than a range. `::ffff:10.0.0.0/104` is IPv4's `10.0.0.0/8`.
 */
export function parseRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/')
  const address = slash === -1 ? text : text.slice(0, slash)
  const mapped = isMapped(address)
  const bytes = address.includes('%') ? undefined : parseIp(address)
  if (bytes === undefined) return undefined
  const bits = bytes.length * 8
  if (slash === -1) return { bytes, prefix: bits }
  const given = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(given)) return undefined
  const prefix = Number(given) - (mapped ? MAPPED_BITS : 0)
  if (prefix < 0 || prefix > bits || !zeroAfter(bytes, prefix)) return undefined
  return { bytes, prefix }
}

/**
 * An address's bytes: 4 of IPv4, written plainly or IPv4-mapped (`::ffff:192.0.2.1`), else 16 of IPv6 (RFC 4291
 * §2.2). A zone (`%eth0`) is not part of the address.
 */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  const zone = text.indexOf('%')
  const bytes = parseIpv6(zone === -1 ? text : text.slice(0, zone))
  return bytes !== undefined && isMappedBytes(bytes) ? bytes.subarray(MAPPED_BITS / 8) : bytes
}

const MAPPED_BITS = 96

function parseIpv4(text: string): Uint8Array | undefined {
  const match = IPV4.exec(text)
  if (match === null) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const value = Number(match[i + 1])
    if (value > 255) return undefined
    bytes[i] = value
  }
  return bytes
}

/** No leading zeros: some readers take them for octal. */
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > IPV6_CHARACTERS_MAX) return undefined
  const [head = '', tail, more] = text.split('::')
  if (more !== undefined) return undefined
  const first = groups(head, tail === undefined)
  const last = tail === undefined ? [] : groups(tail, true)
  if (first === undefined || last === undefined) return undefined
  const given = first.length + last.length
  // `::` stands for one group or more.
  if (tail === undefined ? given !== 16 : given > 14) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(first, 0)
  bytes.set(last, 16 - last.length)
  return bytes
}

const IPV6_CHARACTERS_MAX = 45

/** The bytes of `1:2:3`; the last group may be an IPv4 address where the text ends with it. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const value = Number.parseInt(part, 16)
      bytes.push(value >> 8, value & 255)
    } else {
      const ipv4 = isEnd && i === parts.length - 1 ? parseIpv4(part) : undefined
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    }
  }
  return bytes
}

function isMapped(address: string): boolean {
  return address.includes(':') && parseIp(address)?.length === 4
}

function isMappedBytes(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 255 && bytes[11] === 255
}

function zeroAfter(bytes: Uint8Array, prefix: number): boolean {
  for (let i = prefix >> 3; i < bytes.length; i++) {
    const mask = i === prefix >> 3 ? 255 >> (prefix & 7) : 255
    if (((bytes[i] as number) & mask) !== 0) return false
  }
  return true
}

function contains({ bytes, prefix }: IpRange, address: Uint8Array): boolean {
  if (address.length !== bytes.length) return false
  const whole = prefix >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false
  const rest = prefix & 7
  return rest === 0 || ((bytes[whole] as number) ^ (address[whole] as number)) >> (8 - rest) === 0
}

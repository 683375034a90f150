/** What the first message of a TLS client says. */
export interface ClientHello {
  /** The host that the client wants, in lower case; undefined when it does not say. */
  readonly serverName: string | undefined
}

/**
 * Reads a ClientHello (RFC 8446 §4.1.2) for the name in its server_name extension (RFC 6066 §3). Everything else is
 * skipped, but the lengths must add up.
 * @param bytes all that the client sent so far
 * @param bytesMax what a ClientHello may have, record headers included: more is malformed
 */
export function readClientHello(
  bytes: Uint8Array,
  bytesMax: number,
): ClientHello | 'incomplete' | 'malformed' {
  const message = readHandshake(bytes, bytesMax)
  return typeof message === 'string' ? message : (readBody(new Fields(message)) ?? 'malformed')
}

/** True unless these bytes, at least one, cannot be the beginning of TLS. */
export function looksLikeTls(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE && (bytes.length < 2 || bytes[1] === 3)
}

/** The ClientHello's body, put together from as many records as it comes in (RFC 8446 §5.1). */
function readHandshake(bytes: Uint8Array, bytesMax: number): Uint8Array | 'incomplete' | 'malformed' {
  const fragments: Uint8Array[] = []
  let length = 0
  let announced = 0
  let end = Infinity
  for (let at = 0; ;) {
    if (bytes.length > at && !looksLikeTls(bytes.subarray(at))) return 'malformed'
    if (bytes.length < at + RECORD_HEAD) return 'incomplete'
    const size = uint16(bytes, at + 3)
    at += RECORD_HEAD
    if (size === 0 || size > RECORD_BYTES_MAX || at + size > bytesMax) return 'malformed'
    const fragment = bytes.subarray(at, at + size)
    fragments.push(fragment)
    length += fragment.length
    announced += size
    at += size
    if ((fragments[0]?.[0] ?? CLIENT_HELLO) !== CLIENT_HELLO) return 'malformed'
    if (end === Infinity && length >= MESSAGE_HEAD) {
      const head = joined(fragments)
      end = MESSAGE_HEAD + (((head[1] as number) << 16) | uint16(head, 2))
      if (end > bytesMax) return 'malformed'
    }
    // Nothing may follow it: the client has to wait for our answer.
    if (end !== Infinity && announced > end) return 'malformed'
    if (length === end) return joined(fragments).subarray(MESSAGE_HEAD)
    if (fragment.length < size) return 'incomplete'
  }
}

function joined(fragments: readonly Uint8Array[]): Uint8Array {
  return fragments.length === 1 ? (fragments[0] as Uint8Array) : Buffer.concat(fragments)
}

function readBody(hello: Fields): ClientHello | undefined {
  if (hello.take(2)?.[0] !== 3 || hello.take(RANDOM_BYTES) === undefined) return undefined
  if (hello.vector(1, 0, 32) === undefined) return undefined
  const ciphers = hello.vector(2, 2, 65_534)
  if (ciphers === undefined || ciphers.length % 2 !== 0) return undefined
  if (hello.vector(1, 1, 255) === undefined) return undefined
  if (hello.done) return { serverName: undefined }
  const block = hello.vector(2, 0, 65_535)
  if (block === undefined || !hello.done) return undefined
  const extensions = new Fields(block)
  let serverName: string | undefined
  while (!extensions.done) {
    const type = extensions.take(2)
    const value = extensions.vector(2, 0, 65_535)
    if (type === undefined || value === undefined) return undefined
    if (uint16(type, 0) !== SERVER_NAME) continue
    const name = readServerName(new Fields(value))
    if (name === undefined || serverName !== undefined) return undefined
    serverName = name
  }
  return { serverName }
}

/** A list that may hold one name of each kind, where there is only one kind. */
function readServerName(extension: Fields): string | undefined {
  const list = extension.vector(2, 1, 65_535)
  if (list === undefined || !extension.done) return undefined
  const names = new Fields(list)
  if (names.take(1)?.[0] !== HOST_NAME) return undefined
  const name = names.vector(2, 1, 255)
  if (name === undefined || !names.done) return undefined
  const text = Buffer.from(name).toString('latin1')
  return NAME.test(text) ? text.toLowerCase() : undefined
}

/** Reads fields off the front of bytes; undefined where they do not suffice. */
class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Uint8Array | undefined {
    const end = this.#at + length
    if (end > this.#bytes.length) return undefined
    const field = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return field
  }

  /** A field with its length in front. */
  vector(lengthBytes: 1 | 2, least: number, most: number): Uint8Array | undefined {
    const prefix = this.take(lengthBytes)
    if (prefix === undefined) return undefined
    const length = lengthBytes === 1 ? (prefix[0] as number) : uint16(prefix, 0)
    return length < least || length > most ? undefined : this.take(length)
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
const RANDOM_BYTES = 32
const RECORD_HEAD = 5
const RECORD_BYTES_MAX = 16_384
const MESSAGE_HEAD = 4
/** Letters, digits, hyphens and dots; underscores are in use. */
const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i

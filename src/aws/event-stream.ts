import { crc32 } from 'node:zlib'

/** A message of an event stream: what it is, and what it holds. */
export interface StreamEvent {
  /** Text headers, `:event-type` among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Uint8Array
}

/** The media type of answers that are event streams. */
export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream'

/** Total length, length of the headers, checksum of both. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
/** Headers of type 7 are texts of up to 65,535 bytes. */
const TEXT = 7
/** What AWS allows (Smithy, "Amazon Event Stream Specification"). */
const MESSAGE_BYTES_MAX = 25_165_824

/** A message as bytes (Smithy, "Amazon Event Stream Specification"). */
export function encodeEvent({ headers, payload }: StreamEvent): Uint8Array {
  const parts = Object.entries(headers).map(([name, value]) => {
    const nameBytes = Buffer.from(name)
    const valueBytes = Buffer.from(value)
    const length = Buffer.alloc(3)
    length[0] = TEXT
    length.writeUInt16BE(valueBytes.length, 1)
    return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, length, valueBytes])
  })
  const headerBytes = Buffer.concat(parts)
  const total = PRELUDE_BYTES + headerBytes.length + payload.length + CHECKSUM_BYTES
  const message = Buffer.alloc(total)
  message.writeUInt32BE(total, 0)
  message.writeUInt32BE(headerBytes.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  headerBytes.copy(message, PRELUDE_BYTES)
  message.set(payload, PRELUDE_BYTES + headerBytes.length)
  message.writeUInt32BE(crc32(message.subarray(0, total - CHECKSUM_BYTES)), total - CHECKSUM_BYTES)
  return message
}

/** Reads messages from bytes that come in any pieces. */
export class EventDecoder {
  #pending: Buffer = Buffer.alloc(0)

  /** @throws Error when the bytes are no event stream */
  push(chunk: Uint8Array): StreamEvent[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk])
    const events: StreamEvent[] = []
    for (;;) {
      if (this.#pending.length < PRELUDE_BYTES) return events
      const total = this.#pending.readUInt32BE(0)
      const headersLength = this.#pending.readUInt32BE(4)
      if (this.#pending.readUInt32BE(8) !== crc32(this.#pending.subarray(0, 8))) throw malformed('checksum')
      const least = PRELUDE_BYTES + headersLength + CHECKSUM_BYTES
      if (total > MESSAGE_BYTES_MAX || total < least) throw malformed('length')
      if (this.#pending.length < total) return events
      const message = this.#pending.subarray(0, total)
      const checked = message.subarray(0, total - CHECKSUM_BYTES)
      if (message.readUInt32BE(total - CHECKSUM_BYTES) !== crc32(checked)) throw malformed('checksum')
      const payloadAt = PRELUDE_BYTES + headersLength
      events.push({
        headers: decodeHeaders(message.subarray(PRELUDE_BYTES, payloadAt)),
        payload: message.subarray(payloadAt, total - CHECKSUM_BYTES),
      })
      this.#pending = this.#pending.subarray(total)
    }
  }
}

/** Texts alone: no other kind of header is used in answers. */
function decodeHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  let at = 0
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] as number)
    const valueAt = nameEnd + 3
    if (valueAt > bytes.length || bytes[nameEnd] !== TEXT) throw malformed('header')
    const valueEnd = valueAt + bytes.readUInt16BE(nameEnd + 1)
    if (valueEnd > bytes.length) throw malformed('header')
    headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString('utf8', valueAt, valueEnd)
    at = valueEnd
  }
  return headers
}

function malformed(what: string): Error {
  return new Error(`no event stream: a message with a wrong ${what}`)
}

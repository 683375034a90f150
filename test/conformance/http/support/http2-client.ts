import { HpackDecoder } from '#http/http2/hpack-decoder.ts'
import { RawClient } from './raw-client.ts'

// HTTP/2 by hand: frames and header blocks as latin1 text, well-formed or not.

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

export const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
] as const
export type FrameType = (typeof TYPES)[number]

export const CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
] as const

export const END_STREAM = 0x1
export const ACK = 0x1
export const END_HEADERS = 0x4
export const PADDED = 0x8
export const PRIORITY = 0x20
/** END_STREAM and END_HEADERS. */
export const ENDS: number = END_STREAM | END_HEADERS

function bytesOf(value: number, count: number): string {
  let text = ''
  for (let i = count - 1; i >= 0; i--) text += String.fromCharCode(Math.floor(value / 256 ** i) & 255)
  return text
}

/** A frame of any type, flags and stream. */
export function frame(type: FrameType | number, flags: number, stream: number, payload = ''): string {
  const number = typeof type === 'number' ? type : TYPES.indexOf(type)
  return (
    bytesOf(payload.length, 3) +
    String.fromCharCode(number) +
    String.fromCharCode(flags) +
    bytesOf(stream, 4) +
    payload
  )
}

/** An integer of HPACK (RFC 7541 §5.1). */
export function integer(pattern: number, prefix: number, value: number): string {
  const limit = 2 ** prefix - 1
  if (value < limit) return String.fromCharCode(pattern | value)
  let text = String.fromCharCode(pattern | limit)
  let rest = value - limit
  for (; rest >= 128; rest = Math.floor(rest / 128)) text += String.fromCharCode((rest % 128) | 128)
  return text + String.fromCharCode(rest)
}

/** A text of HPACK, as it is. */
export function plain(text: string): string {
  return integer(0, 7, text.length) + text
}

/** An indexed field. */
export function indexed(index: number): string {
  return integer(0x80, 7, index)
}

/** A literal field with a new name. @param kept whether it goes into the dynamic table */
export function literal(name: string, value: string, kept = false): string {
  return (kept ? '\x40' : '\x00') + plain(name) + plain(value)
}

export type Fields = readonly (readonly [name: string, value: string])[]

/** A header block of literals. */
export function block(fields: Fields): string {
  return fields.map(([name, value]) => literal(name, value)).join('')
}

export function pseudo(path = '/', method = 'GET'): Fields {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'example.com'],
  ]
}

/** A request without body. */
export function get(stream: number, path = '/', ...fields: Fields): string {
  return frame('HEADERS', ENDS, stream, block([...pseudo(path), ...fields]))
}

/** The head of a request whose body follows. */
export function post(stream: number, path = '/', ...fields: Fields): string {
  return frame('HEADERS', END_HEADERS, stream, block([...pseudo(path, 'POST'), ...fields]))
}

export function data(stream: number, text: string, flags = 0): string {
  return frame('DATA', flags, stream, text)
}

export function settings(...values: readonly (readonly [id: number, value: number])[]): string {
  return frame('SETTINGS', 0, 0, values.map(([id, value]) => bytesOf(id, 2) + bytesOf(value, 4)).join(''))
}

export const SETTINGS_ACK: string = frame('SETTINGS', ACK, 0)

export function windowUpdate(stream: number, bytes: number): string {
  return frame('WINDOW_UPDATE', 0, stream, bytesOf(bytes, 4))
}

export function reset(stream: number, code: (typeof CODES)[number] = 'CANCEL'): string {
  return frame('RST_STREAM', 0, stream, bytesOf(CODES.indexOf(code), 4))
}

export function ping(text = '12345678', flags = 0): string {
  return frame('PING', flags, 0, text)
}

export function priority(stream: number, parent = 0): string {
  return frame('PRIORITY', 0, stream, `${bytesOf(parent, 4)}\x10`)
}

/** What a client begins with. */
export const HELLO: string = PREFACE + settings()

export interface ReadFrame {
  readonly type: FrameType
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/**
 * The whole frames that a server sent.
 * @throws Error when one is of a type or size that it may not have
 */
export function readFrames(received: string): ReadFrame[] {
  const bytes = Buffer.from(received, 'latin1')
  const found: ReadFrame[] = []
  for (let at = 0; bytes.length - at >= 9;) {
    const length = bytes.readUIntBE(at, 3)
    const type = TYPES[bytes.readUInt8(at + 3)]
    if (type === undefined || length > 16_384)
      throw new Error(`frame type ${bytes[at + 3]} of ${length} bytes`)
    if (bytes.length < at + 9 + length) break
    found.push({
      type,
      flags: bytes.readUInt8(at + 4),
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    })
    at += 9 + length
  }
  return found
}

/**
 * Frames as lines: `HEADERS 1 200`, `HEADERS 1 200 end`, `DATA 1 5 end`, `RST_STREAM 1 CANCEL`, `GOAWAY 1 NO_ERROR`,
 * `WINDOW_UPDATE 0 100`, `SETTINGS`, `SETTINGS ack`, `PING ack 12345678`. Headers without status are `trailers`.
 */
export function lines(frames: readonly ReadFrame[]): string[] {
  const decoder = new HpackDecoder(4096)
  let parts: Buffer[] = []
  let ends = ''
  const said: string[] = []
  for (const { type, flags, stream, payload } of frames) {
    switch (type) {
      case 'HEADERS':
      case 'CONTINUATION': {
        if (type === 'HEADERS') ends = (flags & END_STREAM) === 0 ? '' : ' end'
        parts.push(payload)
        if ((flags & END_HEADERS) === 0) break
        let status = 'trailers'
        const whole = Buffer.concat(parts)
        parts = []
        decoder.decode(whole, 0, whole.length, {
          field: ({ name, value }) => {
            if (name === ':status') status = value
          },
        })
        said.push(`HEADERS ${stream} ${status}${ends}`)
        break
      }
      case 'DATA':
        said.push(`DATA ${stream} ${payload.length}${(flags & END_STREAM) === 0 ? '' : ' end'}`)
        break
      case 'RST_STREAM':
        said.push(`RST_STREAM ${stream} ${CODES[payload.readUInt32BE()]}`)
        break
      case 'GOAWAY':
        said.push(`GOAWAY ${payload.readUInt32BE()} ${CODES[payload.readUInt32BE(4)]}`)
        break
      case 'WINDOW_UPDATE':
        said.push(`WINDOW_UPDATE ${stream} ${payload.readUInt32BE()}`)
        break
      case 'PING':
        said.push(`PING${(flags & ACK) === 0 ? '' : ' ack'} ${payload.toString('latin1')}`)
        break
      default:
        said.push(`${type}${(flags & ACK) === 0 ? '' : ' ack'}`)
    }
  }
  return said
}

/** Without those that depend on how the bytes were cut. */
export function outcome(received: string): string[] {
  return lines(readFrames(received)).filter((line) => !/^(SETTINGS|WINDOW_UPDATE)/.test(line))
}

/** A connection that has said hello. */
export async function openHttp2(port: number, hello: string = HELLO): Promise<RawClient> {
  const client = await RawClient.open(port)
  await client.send(hello)
  return client
}

/** Waits for a line, or the end of the connection. @returns all lines so far */
export async function untilLine(client: RawClient, wanted: RegExp): Promise<string[]> {
  return lines(
    readFrames(await client.until((text) => lines(readFrames(text)).some((line) => wanted.test(line)))),
  )
}

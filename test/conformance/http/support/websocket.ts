import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { acceptWebSocket, readWebSocketHandshake } from '#http/websocket/handshake.ts'
import type { WebSocketLimits } from '#http/websocket/limits.ts'
import type { WebSocketConnection, WebSocketHandler } from '#http/websocket/websocket-connection.ts'
import { textBody } from '#http/body.ts'
import { RawClient } from './raw-client.ts'

/** What a server's handler was told, as text: `open`, `text hello`, `binary 00ff`, `close 1000 bye clean`. */
export class WebSocketLog implements WebSocketHandler {
  readonly events: string[] = []
  readonly connections: WebSocketConnection[] = []
  readonly #act: WebSocketAct

  /** @param act what the handler does besides; echo when undefined */
  constructor(act: WebSocketAct = (connection, data) => void connection.send(data)) {
    this.#act = act
  }

  open(connection: WebSocketConnection): void {
    this.connections.push(connection)
    this.events.push('open')
  }

  message(connection: WebSocketConnection, data: string | Buffer): void {
    this.events.push(typeof data === 'string' ? `text ${data}` : `binary ${data.toString('hex')}`)
    this.#act(connection, data)
  }

  close(_connection: WebSocketConnection, code: number, reason: string, clean: boolean): void {
    this.events.push(`close ${code} ${reason}${clean ? ' clean' : ''}`)
  }
}

type WebSocketAct = (connection: WebSocketConnection, data: string | Buffer) => void

/** A server that accepts every WebSocket; other requests are answered `plain`. */
export function startWebSocketServer(
  handler: WebSocketHandler,
  limits: Partial<WebSocketLimits> = {},
): HttpServer {
  return startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => answerWebSocket(request, handler, limits),
  })
}

export function answerWebSocket(
  request: HttpRequest,
  handler: WebSocketHandler,
  limits: Partial<WebSocketLimits> = {},
): HttpReply {
  const handshake = readWebSocketHandshake(request)
  if (handshake.kind === 'malformed') return handshake.reply
  if (handshake.kind === 'offer') return acceptWebSocket(handshake.offer, { handler, limits })
  return { status: 200, headers: new Headers(), body: textBody('plain') }
}

/** Key and acceptance of RFC 6455 §1.3. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const ACCEPTANCE = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** The fields of a good handshake, besides Host. */
export const goodFields: Readonly<Record<string, string>> = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': KEY,
  'Sec-WebSocket-Version': '13',
}

/** @param fields replace or, undefined, remove those of a good handshake */
export function handshakeText(
  fields: Readonly<Record<string, string | undefined>> = {},
  line = 'GET /chat HTTP/1.1',
): string {
  const lines = Object.entries({ Host: 'h', ...goodFields, ...fields })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line}\r\n${lines.join('')}\r\n`
}

export interface FrameOptions {
  readonly final?: boolean
  /** The three reserved bits as a number. */
  readonly reserved?: number
  readonly masked?: boolean
  /** How the length is written; the shortest when undefined. */
  readonly lengthBits?: 7 | 16 | 64
  readonly key?: readonly [number, number, number, number]
}

/** A frame as a client sends it, as latin1 text. @param payload latin1, or bytes */
export function frame(opcode: number, payload: string | Uint8Array = '', options: FrameOptions = {}): string {
  const { final = true, reserved = 0, masked = true, key = [0x37, 0xfa, 0x21, 0x3d] } = options
  const data = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : Buffer.from(payload)
  const bits = options.lengthBits ?? (data.length < 126 ? 7 : data.length < 65_536 ? 16 : 64)
  const header = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10)
  header[0] = (final ? 0x80 : 0) | (reserved << 4) | opcode
  header[1] = (masked ? 0x80 : 0) | (bits === 7 ? data.length : bits === 16 ? 126 : 127)
  if (bits === 16) header.writeUInt16BE(data.length, 2)
  if (bits === 64) header.writeBigUInt64BE(BigInt(data.length), 2)
  if (!masked) return header.toString('latin1') + data.toString('latin1')
  for (let i = 0; i < data.length; i++) (data[i] as number) ^= key[i & 3] as number
  return Buffer.concat([header, Buffer.from(key), data]).toString('latin1')
}

/** UTF-8 as latin1 text. */
export const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

export function closeFrame(code: number, reason = ''): string {
  return frame(8, String.fromCharCode(code >> 8, code & 255) + utf8(reason))
}

/** What a server sent after its handshake, frame by frame as text: `text hello`, `close 1000 bye`, `pong abc`. */
export function serverFrames(received: string): string[] {
  const head = received.indexOf('\r\n\r\n')
  if (!received.startsWith('HTTP/1.1 101 ') || head < 0) return []
  const bytes = Buffer.from(received.slice(head + 4), 'latin1')
  const frames: string[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const short = bytes[at + 1] as number
    const payloadAt = at + (short === 126 ? 4 : short === 127 ? 10 : 2)
    if (payloadAt > bytes.length) break
    let length = short
    if (short === 126) length = bytes.readUInt16BE(at + 2)
    if (short === 127) length = Number(bytes.readBigUInt64BE(at + 2))
    if (payloadAt + length > bytes.length) break
    frames.push(described(bytes[at] as number, bytes.subarray(payloadAt, payloadAt + length)))
    at = payloadAt + length
  }
  if (at < bytes.length) frames.push(`${bytes.length - at} bytes of a frame`)
  return frames
}

function described(first: number, payload: Buffer): string {
  switch (first) {
    case 0x81:
      return `text ${payload.toString('utf8')}`
    case 0x82:
      return `binary ${payload.toString('hex')}`
    case 0x88:
      if (payload.length === 0) return 'close'
      return `close ${payload.readUInt16BE(0)} ${payload.subarray(2).toString('utf8')}`.trim()
    case 0x89:
      return `ping ${payload.toString('latin1')}`.trim()
    case 0x8a:
      return `pong ${payload.toString('latin1')}`.trim()
    default:
      return `first byte ${first}`
  }
}

/** A raw client whose WebSocket is open. */
export async function openRawWebSocket(port: number): Promise<RawClient> {
  const client = await RawClient.open(port)
  await client.send(handshakeText())
  await client.until((received) => received.includes('\r\n\r\n'))
  return client
}

import { createHash } from 'node:crypto'
import { emptyBody, textBody } from '#http/body.ts'
import { Cork } from '#http/cork.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { isToken } from '#http/write-head.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from './limits.ts'
import { ServerWebSocket } from './server-websocket.ts'
import type { WebSocketHandler } from './websocket-connection.ts'

/** What a client that asks for a WebSocket offers. */
export interface WebSocketOffer {
  /** Sec-WebSocket-Key as sent. */
  readonly key: string
  /** The subprotocols that it speaks, the preferred one first. */
  readonly protocols: readonly string[]
}

/** How a request asks for a WebSocket: not at all, wrongly, or well. */
export type WebSocketHandshake =
  | { readonly kind: 'none' }
  /** `reply` is the answer that RFC 6455 §4.2 asks for: 400, or 426 with the version that is spoken. */
  | { readonly kind: 'malformed'; readonly problem: string; readonly reply: HttpReply }
  | { readonly kind: 'offer'; readonly offer: WebSocketOffer }

/**
 * Reads the client's opening handshake (RFC 6455 §4.2.1). Upgrade means nothing in HTTP/1.0 (RFC 9110 §7.8) and
 * HTTP/2. Extensions are not spoken: what is offered of them is ignored.
 */
export function readWebSocketHandshake(request: HttpRequest): WebSocketHandshake {
  const { headers } = request
  if (request.version !== '1.1' || !listed(headers, 'Upgrade').some(isWebSocket)) return { kind: 'none' }
  const versions = headers.getAll('Sec-WebSocket-Version')
  const keys = headers.getAll('Sec-WebSocket-Key')
  const protocols = headers.getAll('Sec-WebSocket-Protocol').flatMap(elements)
  const problem = PROBLEMS.find(([, test]) => test({ request, versions, keys, protocols }))?.[0]
  if (problem !== undefined) return { kind: 'malformed', problem, reply: refusal(400, problem) }
  if (versions[0] !== VERSION) {
    const unknown = `WebSocket version ${VERSION} is spoken, not ${versions[0]}`
    return { kind: 'malformed', problem: unknown, reply: refusal(426, unknown) }
  }
  return { kind: 'offer', offer: { key: keys[0] as string, protocols } }
}

export interface WebSocketOptions {
  readonly handler: WebSocketHandler
  /** One of the offered subprotocols; none when undefined. */
  readonly protocol?: string | undefined
  /** Further fields of the 101 answer; what belongs to the handshake or the connection is left out. */
  readonly headers?: Headers | undefined
  readonly limits?: Partial<WebSocketLimits> | undefined
}

/**
 * The answer that opens the WebSocket. When the client left meanwhile, the handler is told nothing: `aborted` of the
 * request says so, and `onSent` of the reply is called with `complete` false.
 * @throws Error when the subprotocol was not offered or a header cannot be written
 */
export function acceptWebSocket(offer: WebSocketOffer, options: WebSocketOptions): HttpReply {
  const { handler, protocol } = options
  if (protocol !== undefined && !offer.protocols.includes(protocol)) {
    throw new Error(
      `WebSocket subprotocol ${JSON.stringify(protocol)} was not offered: expected one of ${JSON.stringify(offer.protocols)}`,
    )
  }
  const headers = new Headers(['Sec-WebSocket-Accept', acceptance(offer.key)])
  if (protocol !== undefined) headers.add('Sec-WebSocket-Protocol', protocol)
  for (const [name, value] of options.headers ?? []) if (!OWN_FIELD.test(name)) headers.add(name, value)
  const answer = acceptingAnswer(headers)
  const limits =
    options.limits === undefined ? defaultWebSocketLimits : { ...defaultWebSocketLimits, ...options.limits }
  return {
    status: 101,
    headers,
    body: emptyBody,
    upgrade: { take: (socket, server) => new ServerWebSocket(socket, server, handler, limits, answer) },
  }
}

const ANSWER_START = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'

/** @throws Error when a header cannot be written */
function acceptingAnswer(headers: Headers): Buffer {
  const cork = new Cork(ANSWER_START.length + headers.bytesMax + 2)
  cork.text(ANSWER_START)
  headers.writeTo(cork)
  cork.text('\r\n')
  return cork.bytes.subarray(0, cork.length)
}

const VERSION = '13'
/** Appended to the key (RFC 6455 §1.3). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Sixteen bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/
const OWN_FIELD = /^sec-websocket-/i

function acceptance(key: string): string {
  return createHash('sha1')
    .update(key + KEY_SUFFIX)
    .digest('base64')
}

interface Parts {
  readonly request: HttpRequest
  readonly versions: readonly string[]
  readonly keys: readonly string[]
  readonly protocols: readonly string[]
}

/** What makes a handshake malformed; the first that applies is named to the client. */
const PROBLEMS: readonly (readonly [problem: string, test: (parts: Parts) => boolean])[] = [
  ['a WebSocket is asked for with GET', ({ request }) => request.method !== 'GET'],
  ['a WebSocket handshake has no body', ({ request }) => request.body.length !== 0],
  ['Connection must name upgrade', ({ request }) => !listed(request.headers, 'Connection').some(isUpgrade)],
  [
    'Sec-WebSocket-Key must be 16 bytes in base64, once',
    ({ keys }) => keys.length !== 1 || !KEY.test(keys[0] as string),
  ],
  ['Sec-WebSocket-Version must be given, once', ({ versions }) => versions.length !== 1],
  [
    'Sec-WebSocket-Protocol must list tokens, each once',
    ({ protocols }) => !protocols.every(isToken) || new Set(protocols).size < protocols.length,
  ],
]

function refusal(status: 400 | 426, problem: string): HttpReply {
  const headers = new Headers(['Content-Type', 'application/json'])
  if (status === 426) {
    headers.add('Upgrade', 'websocket')
    headers.add('Sec-WebSocket-Version', VERSION)
  }
  return { status, headers, body: textBody(JSON.stringify({ message: problem })) }
}

function listed(headers: Headers, name: string): string[] {
  return headers.getAll(name).flatMap(elements)
}

function elements(value: string): string[] {
  return value.split(',').map((element) => element.trim())
}

const isWebSocket = (token: string): boolean => token.toLowerCase() === 'websocket'
const isUpgrade = (token: string): boolean => token.toLowerCase() === 'upgrade'

import { quoted } from '#base/quoted.ts'
import { addedTexts } from '#http/added-lines.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { HeaderNames } from '#data-plane/header-names.ts'
import { mediaTypeOf } from '#data-plane/media-type.ts'
import { parseQuery, type Query } from '#data-plane/query-string.ts'
import type { RequestMappings } from './request-mappings.ts'

/** Of one connection, or replaced by the gateway's own. Host and Content-Length are shown (recorded on AWS). */
const DROPPED: HeaderNames = new HeaderNames(
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
)

/** What of a request an event shows, and mappings may have changed. */
export interface EventRequest {
  /** name, value, name, value … */
  readonly headers: readonly string[]
  /** As sent, the stage included. */
  readonly path: string
  /** What follows `?`. */
  readonly rawQuery: string
  readonly query: Query
}

/** Reads it of an exchange. */
export type ReadEventRequest = (exchange: Exchange) => EventRequest

/** As the client sent it, with what the gateway adds. */
export function eventRequest(exchange: Exchange): EventRequest {
  const { address, query } = exchange
  return { headers: eventHeaders(exchange), path: address.fullPath, rawQuery: address.query ?? '', query }
}

/** As mappings have it. */
export function mappedEventRequest(mappings: RequestMappings): ReadEventRequest {
  return (exchange) => {
    const headers = new Headers(eventHeaders(exchange))
    const { path, query } = mappings.apply(exchange, headers)
    return {
      headers: headers.raw,
      path: path ?? exchange.address.fullPath,
      rawQuery: query ?? '',
      query: parseQuery(query),
    }
  }
}

/** The headers of an event: name, value, name, value …, as the client wrote them, then what the gateway adds. */
export function eventHeaders(exchange: Exchange): string[] {
  const { raw } = exchange.request.headers
  const shown = ['content-length', String(exchange.body?.length ?? exchange.request.body.length ?? 0)]
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (!DROPPED.has(name)) shown.push(name, raw[i + 1] as string)
  }
  shown.push(...addedTexts(exchange.addedHeaders()))
  return shown
}

/** A path or a piece of one, decoded once; escapes that are no UTF-8 stay as they are. */
export function decodedPath(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** `rawPath`: decoded, but for slashes, which would be others' (both recorded on AWS). */
export function rawPath(path: string): string {
  if (!path.includes('%')) return path
  return path
    .split(/(%2f)/i)
    .map((piece, at) => (at % 2 === 1 ? piece : decodedPath(piece)))
    .join('')
}

/** `"{name}":"{value}"` for each parameter of the path, decoded; undefined where the route has none. */
export function pathParametersJson({ route, pathValues }: Exchange): string | undefined {
  if (route === undefined || pathValues.length === 0) return undefined
  const members = pathValues.map(
    (value, at) => `${quoted(route.pathParameterNames[at] ?? '')}:${quoted(decodedPath(value))}`,
  )
  return `{${members.join(',')}}`
}

/** A member of `requestContext`. @param shown as the authorizer gave it; undefined: none did */
export function authorizerJson(shown: string | undefined): string {
  return shown === undefined ? '' : `"authorizer":${shown},`
}

const TEXT = /^(?:text\/.*|application\/(?:json|javascript|xml|.*\+(?:json|xml)))$/

/** The body as an event shows it; undefined where there is none. */
export function eventBody({ body, request: { headers } }: Exchange): EventBody | undefined {
  if (body === undefined || body.length === 0) return undefined
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const type = mediaTypeOf(headers.get('content-type'))
  const isText = type !== undefined && TEXT.test(type) && !headers.has('content-encoding')
  return { json: JSON.stringify(bytes.toString(isText ? 'utf8' : 'base64')), isBase64: !isText }
}

export interface EventBody {
  readonly json: string
  readonly isBase64: boolean
}

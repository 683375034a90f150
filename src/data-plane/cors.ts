import { FieldName } from '#http/added-lines.ts'
import { fieldNumber, type KnownFieldName } from '#http/field-names.ts'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import { ReadyLines } from '#http/ready-lines.ts'
import type { Cors } from '#model/http-api.ts'

/** An API's CORS configuration, ready to answer. Names and values of headers: name, value, name, value … */
export interface CompiledCors {
  /** Of the answer to a preflight; undefined for an origin that is not allowed. */
  readonly preflightHeaders: (request: HttpRequest) => PreflightHeaders | undefined
  /** `given` with the headers that the configuration asks for. */
  readonly added: (given: Headers, request: HttpRequest) => Headers
}

/** Headers of an answer to a preflight, with the id of its request behind them. */
export type PreflightHeaders = (requestId: string) => Headers

/** What CORS says in answers, and the gateway alone where it is configured. */
export const corsHeaders: readonly KnownFieldName[] = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
]

const ORIGIN = fieldNumber('origin')
const REQUESTED_METHOD = fieldNumber('access-control-request-method')

/** Fetch standard, "CORS preflight request". */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers.hasField(ORIGIN) && headers.hasField(REQUESTED_METHOD)
}

/**
 * Developer guide, "Configuring CORS for an HTTP API". An origin is `*`, a text that is compared with what the client
 * sends, or a scheme with a wildcard, `https://*`.
 */
export function compileCors(cors: Cors): CompiledCors {
  const { allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge } = cors
  const allowsAll = allowOrigins.includes('*')
  const schemes = allowOrigins
    .filter((origin) => origin.endsWith('://*'))
    .map((origin) => origin.slice(0, -1))
  const exact = new Set(allowOrigins.map((origin) => origin.toLowerCase()))
  const credentials = cors.allowCredentials === true ? ['access-control-allow-credentials', 'true'] : []
  const ofAnswers = [...credentials, ...list('access-control-expose-headers', exposeHeaders)].map(
    (text, at) => (at % 2 === 0 ? new FieldName(text) : text),
  )
  const ofPreflights = [
    ...credentials,
    ...list('access-control-allow-methods', allowMethods),
    ...list('access-control-allow-headers', allowHeaders),
    ...(maxAge === undefined ? [] : ['access-control-max-age', String(maxAge)]),
  ]

  /** What is said to be allowed of this origin; undefined: nothing. */
  function allowed({ headers }: HttpRequest): string | undefined {
    const origin = headers.get('origin')
    if (origin === undefined) return undefined
    if (allowsAll) return '*'
    if (exact.has(origin)) return origin
    const compared = origin.toLowerCase()
    return exact.has(compared) || schemes.some((scheme) => compared.startsWith(scheme)) ? origin : undefined
  }

  const textsFor = (origin: string): string[] => [ALLOW_ORIGIN.text, origin, ...ofPreflights]
  /** Most clients are of an origin that the owner wrote. */
  const ready = new Map(
    (allowsAll ? ['*'] : allowOrigins).map((origin) => [origin, preflightHeadersOf(textsFor(origin))]),
  )

  return {
    preflightHeaders(request) {
      const origin = allowed(request)
      return origin === undefined ? undefined : (ready.get(origin) ?? headersOf(textsFor(origin)))
    },
    added(given, request) {
      const origin = allowed(request)
      return origin === undefined ? given : given.preceded([ALLOW_ORIGIN, origin, ...ofAnswers])
    },
  }
}

/** Written out at deploy, but for the id. @param texts name, value, name, value … */
export function preflightHeadersOf(texts: readonly string[]): PreflightHeaders {
  try {
    const lines = new ReadyLines(texts)
    return (requestId) => new Headers(lines.followedBy([REQUEST_ID, requestId]))
  } catch {
    // What cannot be written fails where it is: when it is sent.
    return headersOf(texts)
  }
}

function headersOf(texts: readonly string[]): PreflightHeaders {
  return (requestId) => new Headers([...texts, REQUEST_ID.text, requestId])
}

const REQUEST_ID = new FieldName('Apigw-Requestid')
const ALLOW_ORIGIN = new FieldName('access-control-allow-origin')

/** Without what an integration says of CORS itself: where the gateway does, that is ignored. */
export function withoutCors(headers: Headers): Headers {
  if (!corsHeaders.some((name) => headers.has(name))) return headers
  const kept = new Headers([...headers.raw])
  for (const name of corsHeaders) kept.delete(name)
  return kept
}

function list(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [name, values.join(',')]
}

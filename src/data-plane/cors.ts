import type { HttpRequest } from '#http/message.ts'
import { Headers } from '#http/headers.ts'
import type { Cors } from '#model/http-api.ts'

/** An API's CORS configuration, ready to answer. Names and values of headers: name, value, name, value … */
export interface CompiledCors {
  /** Of the answer to a preflight; empty for an origin that is not allowed. */
  readonly preflightHeaders: (request: HttpRequest) => readonly string[]
  /** `given` without an integration's own CORS headers, and with those that the configuration asks for. */
  readonly applied: (given: Headers, request: HttpRequest) => Headers
}

/** Fetch standard, "CORS preflight request". */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
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
  const ofAnswers = [...credentials, ...list('access-control-expose-headers', exposeHeaders)]
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
    const compared = origin.toLowerCase()
    return exact.has(compared) || schemes.some((scheme) => compared.startsWith(scheme)) ? origin : undefined
  }

  return {
    preflightHeaders(request) {
      const origin = allowed(request)
      return origin === undefined ? [] : ['access-control-allow-origin', origin, ...ofPreflights]
    },
    applied(given, request) {
      const kept = [...given].filter(([name]) => !/^access-control-/i.test(name)).flat()
      const origin = allowed(request)
      return new Headers(
        origin === undefined ? kept : [...kept, 'access-control-allow-origin', origin, ...ofAnswers],
      )
    },
  }
}

function list(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [name, values.join(',')]
}

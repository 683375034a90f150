import { DefinitionError } from './route-definition.ts'

/** Where a request goes. */
export interface Endpoint {
  /** `https://backend.example:8443` */
  readonly origin: string
  /** Path and query, from the slash. */
  readonly target: string
}

/** Values of `{name}`s; undefined: the text stays as written. */
export type UriValues = (name: string) => string | undefined

/** An integration's `uri`, stage variables replaced: constant, or with `{name}`s to fill in. */
export interface UriTemplate {
  readonly names: readonly string[]
  /** @throws UriError when what comes out is no URI */
  render(values: UriValues): Endpoint
}

/** A URI that no request can be sent to. */
export class UriError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UriError'
  }
}

/**
 * @param uri stage variables already replaced
 * @throws DefinitionError when it can never be a URI
 */
export function compileUri(uri: string): UriTemplate {
  // Split keeps the names at odd places.
  const parts = uri.split(/\{([^{}]+)\}/)
  if (parts.length === 1) {
    const endpoint = constantUri(uri)
    return { names: [], render: () => endpoint }
  }
  const [first = ''] = parts
  const authority = /^https?:\/\/[^/?#]*/i.exec(first)?.[0]
  if (authority === undefined) throw badEndpoint(invalid(uri))
  const names = parts.filter((_, at) => at % 2 === 1)
  if (authority.length === first.length)
    return { names, render: (values) => splitUri(fill(parts, values, true)) }
  const { origin } = constantUri(authority)
  parts[0] = first.slice(authority.length)
  return { names, render: (values) => ({ origin, target: targetOf(fill(parts, values, false)) }) }
}

function badEndpoint(message: string): DefinitionError {
  return new DefinitionError(message, 'integration/uri', {}, 'Invalid endpoint address')
}

/** @throws DefinitionError */
function constantUri(uri: string): Endpoint {
  try {
    return splitUri(uri)
  } catch (error) {
    throw badEndpoint((error as Error).message)
  }
}

/** @param inAuthority whether the first names stand in the host: values there must not be able to leave it */
function fill(parts: readonly string[], values: UriValues, inAuthority: boolean): string {
  let text = ''
  let inHost = inAuthority
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (i % 2 === 0) {
      text += part
      if (i > 0 && /[/?#]/.test(part)) inHost = false
      continue
    }
    const value = values(part)
    if (inHost && (value === undefined || !/^[\w.:[\]-]+$/.test(value))) {
      throw new UriError(
        `{${part}} in the host of the endpoint is ${JSON.stringify(value)}: expected a host name`,
      )
    }
    text += value ?? `{${part}}`
  }
  return text
}

const URI = /^(https?):\/\/([^/?#\s]+)(?=[/?#]|$)([^#]*)/i
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i

function invalid(uri: string): string {
  return `invalid HTTP endpoint ${JSON.stringify(uri)}: expected http://… or https://…`
}

function splitUri(uri: string): Endpoint {
  const match = URI.exec(uri.trim())
  if (match === null || !AUTHORITY.test(match[2] as string)) {
    throw new UriError(invalid(uri))
  }
  return {
    origin: `${(match[1] as string).toLowerCase()}://${(match[2] as string).toLowerCase()}`,
    target: targetOf(match[3] as string),
  }
}

function targetOf(rest: string): string {
  const escaped = UNSAFE.test(rest) ? rest.replace(ALL_UNSAFE, percent) : rest
  return escaped.startsWith('/') ? escaped : `/${escaped}`
}

/** What may not stand in a request target as it is. */
const UNSAFE = /[^\x21\x24-\x3b\x3d\x3f-\x5a\x5b\x5d\x5f\x61-\x7a\x7e]/
const ALL_UNSAFE = new RegExp(UNSAFE.source, 'gu')

function percent(character: string): string {
  return encodeURIComponent(character.toWellFormed())
}

/** A mapped value as a piece of a path: slashes stay, whatever else could be read as structure is escaped. */
export function pathPiece(value: string): string {
  return PLAIN_PIECE.test(value)
    ? value
    : encodeURIComponent(value.toWellFormed()).replace(/%2F|%3A|%40|%2C|%24/g, decodeURIComponent)
}

const PLAIN_PIECE = /^[\w.~:@,$/-]*$/

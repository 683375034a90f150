import { COLON, host } from './characters.ts'

/** A request-target reduced to path and query. */
export interface OriginForm {
  /** `/a?b`, or `*`. */
  readonly path: string
  /** Named by an absolute-form target. */
  readonly authority?: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i
/** Whose target may be `*`: OPTIONS of a whole server (RFC 9110 §9.3.7), and the two of UPnP that name no resource. */
const TAKE_ASTERISK: ReadonlySet<string> = new Set(['OPTIONS', 'M-SEARCH', 'NOTIFY'])

/**
 * Methods that no handler is given, answered with 501: a tunnel is not for a gateway to open, and those of RTSP
 * (RFC 2326 §10), whose messages look like ours, are not said to HTTP but by mistake.
 */
const NOT_SERVED: ReadonlySet<string> = new Set([
  'ANNOUNCE',
  'CONNECT',
  'DESCRIBE',
  'FLUSH',
  'GET_PARAMETER',
  'PAUSE',
  'PLAY',
  'RECORD',
  'REDIRECT',
  'SETUP',
  'SET_PARAMETER',
  'TEARDOWN',
])

/** A longer method is not served either. */
export const METHOD_BYTES_MAX = 32

/** Whether a request of this method goes to the handler. */
export function isServed(method: string): boolean {
  return !NOT_SERVED.has(method)
}

/**
 * Reads a request-target (RFC 9112 §3.2): origin-form as it is, absolute-form reduced, `*` for those that take it.
 * @returns undefined for anything else, the authority-form of CONNECT included
 */
export function originForm(method: string, target: string): OriginForm | undefined {
  if (target.charCodeAt(0) === 47) return { path: target }
  if (target === '*') return TAKE_ASTERISK.has(method) ? { path: '*' } : undefined
  const [, authority, rest] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined || rest === undefined || !isAuthority(authority)) return undefined
  if (rest === '' && method === 'OPTIONS') return { path: '*', authority }
  return { path: rest.startsWith('/') ? rest : `/${rest}`, authority }
}

const IP_LITERAL = /^\[[0-9a-f:.]+\]/i

/**
 * Whether a text is `host[:port]` (RFC 3986 §3.2): no user information, no second port. A Host field may be
 * empty (RFC 9112 §3.2), but not be a port alone: a URI without a host is to be refused (RFC 9110 §4.2.1).
 */
export function isAuthority(text: string): boolean {
  const end = text.length
  let at = text.charCodeAt(0) === 91 ? (IP_LITERAL.exec(text)?.[0].length ?? 0) : 0
  if (at === 0) while (at < end && host[text.charCodeAt(at)] === 1) at++
  if (at === end) return true
  if (at === 0 || text.charCodeAt(at) !== COLON) return false
  for (at++; at < end; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return false
  }
  return true
}

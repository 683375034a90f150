import { host } from './characters.ts'

/** A request-target reduced to path and query. */
export interface OriginForm {
  /** `/a?b`, or `*`. */
  readonly path: string
  /** Named by an absolute-form target. */
  readonly authority?: string | undefined
}

const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/i

/**
 * Reads a request-target (RFC 9112 §3.2): origin-form as it is, absolute-form reduced, `*` for OPTIONS alone.
 * @returns undefined for anything else, the authority-form of CONNECT included
 */
export function originForm(method: string, target: string): OriginForm | undefined {
  if (method === 'CONNECT') return undefined
  if (target.charCodeAt(0) === 47) return { path: target }
  if (target === '*') return method === 'OPTIONS' ? { path: '*' } : undefined
  const [, authority, rest] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined || rest === undefined) return undefined
  for (let i = 0; i < authority.length; i++) if (host[authority.charCodeAt(i)] !== 1) return undefined
  if (rest === '' && method === 'OPTIONS') return { path: '*', authority }
  return { path: rest.startsWith('/') ? rest : `/${rest}`, authority }
}

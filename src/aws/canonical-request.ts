import { createHash } from 'node:crypto'
import type { Headers } from '#http/headers.ts'
import { parsePairs } from './raw-target.ts'

/** SHA-256 of nothing. */
export const EMPTY_HASH: string = sha256Hex('')
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

/** What SigV4 reads of a request. Header values are latin1, one character a byte. */
export interface SignableRequest {
  readonly method: string
  /** As sent: `/a%2Fb?c=d`. */
  readonly target: string
  readonly headers: Headers
}

/**
 * The canonical request of Signature Version 4 (IAM User Guide, "Create a signed AWS API request").
 * @param signedHeaders lower case, sorted
 * @param service `s3` alone is not normalised and encoded once: everywhere else a path is encoded twice
 * @param leaveOut query parameter that holds the signature of a presigned request
 */
export function canonicalRequest(
  request: SignableRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  service: string,
  leaveOut?: string,
): string {
  const mark = request.target.indexOf('?')
  const path = mark < 0 ? request.target : request.target.slice(0, mark)
  const query = mark < 0 ? '' : request.target.slice(mark + 1)
  const headers = signedHeaders.map((name) => `${name}:${headerValue(request.headers, name)}\n`).join('')
  return [
    request.method,
    canonicalPath(path, service),
    canonicalQuery(query, leaveOut),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

function canonicalPath(path: string, service: string): string {
  if (service === 's3') return path === '' ? '/' : path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') kept.pop()
    else kept.push(encodeBytes(segment))
  }
  return kept.length === 0 ? '/' : `/${kept.join('/')}${path.endsWith('/') ? '/' : ''}`
}

function canonicalQuery(query: string, leaveOut: string | undefined): string {
  const pairs = parsePairs(query)
    .filter(([name]) => name !== leaveOut)
    .map(([name, value]) => [encodeText(name), encodeText(value)] as const)
  // By code point of the encoded names, then values.
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

function headerValue(headers: Headers, name: string): string {
  return headers
    .getAll(name)
    .map((value) => value.trim().replace(/ {2,}/g, ' '))
    .join(',')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** RFC 3986: everything but unreserved characters, as UTF-8. */
export function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, percent)
}

/** The same for text of one character a byte, as paths come from the wire. */
function encodeBytes(text: string): string {
  return text.replace(/[^A-Za-z0-9._~-]/g, percent)
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256')
    .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
    .digest('hex')
}

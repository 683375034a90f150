import { fieldValue } from './characters.ts'
import type { Headers } from './headers.ts'
import { sameName } from './same-name.ts'
import { isToken } from './write-head.ts'

/**
 * Fields that mean nothing, or harm, after a body: framing, routing, request control, authentication, response
 * control, and what must be known to read the content (RFC 9110 §6.5.1). Some recipients merge trailers into the
 * headers, so these are dropped, whoever sent them.
 */
const NEVER_TRAILING: ReadonlySet<string> = new Set(
  [
    'connection content-length keep-alive te trailer transfer-encoding upgrade',
    'forwarded host via x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip',
    'cache-control expect max-forwards pragma range x-http-method-override',
    'if-match if-modified-since if-none-match if-range if-unmodified-since',
    'authorization cookie proxy-authenticate proxy-authorization proxy-connection set-cookie www-authenticate x-api-key',
    'age date expires location retry-after vary warning',
    'content-encoding content-range content-type',
  ].flatMap((names) => names.split(' ')),
)

export function mayTrail(name: string): boolean {
  return !NEVER_TRAILING.has(name.toLowerCase())
}

/**
 * The lines of a trailer section.
 * @throws Error naming the field that cannot be written
 */
export function trailerLines({ raw }: Headers): string {
  let lines = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (!mayTrail(name)) continue
    if (!isToken(name) || !isFieldValue(value))
      throw new Error(`trailer ${JSON.stringify(name)} cannot be written`)
    lines += `${name}: ${value}\r\n`
  }
  return lines
}

function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (fieldValue[value.charCodeAt(i)] !== 1) return false
  return true
}

/** Whether a request asks for trailers: those that did not may not expect any (RFC 9110 §6.5.1, §10.1.4). */
export function takesTrailers(request: Headers): boolean {
  return request
    .getAll('te')
    .some((value) => value.split(',').some((item) => sameName(item.trim(), 'trailers')))
}

import type { Headers } from '#http/headers.ts'
import { forbidsBody } from '#http/status.ts'
import { codingNamed, type ContentCoding } from './codings.ts'

/** They speak of the bytes as they were (RFC 9110 §14.3, RFC 9530, RFC 1864). */
const OF_THE_BYTES = ['Accept-Ranges', 'Content-Digest', 'Repr-Digest', 'Digest', 'Content-MD5'] as const

/** Codings that one body may have; each multiplies what a few bytes can swell to. */
const CODINGS_MAX = 3

/**
 * Whether an answer may be coded on its way: it has a body, whole and in no coding yet, that nobody has forbidden to
 * transform (RFC 9111 §5.2.2.6). A part of a body (206) has its place in the uncoded one.
 */
export function mayEncode(status: number, headers: Headers): boolean {
  return (
    !forbidsBody(status) &&
    status !== 206 &&
    !headers.has('content-encoding') &&
    !headers.getAll('cache-control').some((value) => /(?:^|[\s,])no-transform(?:[\s,]|$)/i.test(value))
  )
}

/** Makes the headers of an answer those of its coded form. A strong ETag is of exact bytes, so it becomes weak. */
export function setEncoded(headers: Headers, coding: ContentCoding): void {
  for (const name of OF_THE_BYTES) headers.delete(name)
  const tag = headers.get('etag')
  if (tag?.startsWith('"') === true) headers.set('ETag', `W/${tag}`)
  headers.set('Content-Encoding', coding)
}

/** Tells caches that the answer depends on Accept-Encoding (RFC 9110 §12.5.5). */
export function varyByEncoding(headers: Headers): void {
  const names = headers.getAll('vary').flatMap((value) => value.split(',').map((name) => name.trim()))
  if (names.some((name) => name === '*' || /^accept-encoding$/i.test(name))) return
  headers.add('Vary', 'Accept-Encoding')
}

/**
 * The codings that a Content-Encoding value names, in the order in which they were applied, `identity` left out;
 * undefined when one of them is not among `spoken`, or when they are more than three.
 */
export function parseContentEncoding(
  value: string,
  spoken: readonly ContentCoding[],
): readonly ContentCoding[] | undefined {
  const codings: ContentCoding[] = []
  for (const element of value.split(',')) {
    const name = element.trim()
    if (name === '' || /^identity$/i.test(name)) continue
    const coding = codingNamed(name)
    if (coding === undefined || !spoken.includes(coding)) return undefined
    codings.push(coding)
  }
  return codings.length > CODINGS_MAX ? undefined : codings
}

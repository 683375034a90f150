/**
 * The tokens of an RFC 6901 pointer, unescaped: `/a~1b/GET` gives `a/b` and `GET`.
 * Undefined when it is none: no leading slash, or a `~` that escapes nothing.
 */
export function parsePointer(pointer: string): string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer.slice(1).split('/').map(unescapeToken)
}

/** `~1` first: `~01` is `~1`, not `/` (RFC 6901 §4). */
function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

import { decodeBase64Url } from './base64url.ts'
import { readJsonObject } from './strict-json.ts'

/** What keeps a text from being a token that can be verified. */
export type Unreadable =
  | { readonly what: 'segments' }
  | { readonly what: 'malformed' }
  /** The header's own word, which anybody may have written. */
  | { readonly what: 'algorithm'; readonly name: string }

/** Why `readToken` does not read a text; for messages. */
export function whyUnreadable(text: string): Unreadable {
  const segments = text.split('.', 4)
  if (segments.length !== 3) return { what: 'segments' }
  const header = decodeBase64Url(segments[0] as string)
  const { alg } = (header && readJsonObject(header)) ?? {}
  return typeof alg === 'string' ? { what: 'algorithm', name: alg } : { what: 'malformed' }
}

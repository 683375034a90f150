export const CR = 13
export const LF = 10
export const SPACE = 32
export const HASH = 35
export const TAB = 9
export const COLON = 58
export const SEMICOLON = 59

/** OWS of RFC 9110 §5.6.3. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

/** Character classes of RFC 9110 §5.6 as 256-entry tables: 1 where the byte belongs to the class. */
function table(test: (code: number) => boolean): Uint8Array {
  const entries = new Uint8Array(256)
  for (let code = 0; code < 256; code++) if (test(code)) entries[code] = 1
  return entries
}

const TCHAR = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** tchar: what methods and field names are made of. */
export const token: Uint8Array = table((code) => TCHAR.includes(String.fromCharCode(code)) && code !== 0)
/** field-vchar, obs-text, space and tab: no controls, so no line can be ended early. */
export const fieldValue: Uint8Array = table((code) => code === 9 || (code >= 32 && code !== 127))
/**
 * Bytes of a request-target: visible ASCII without the fragment's `#`. What a URI may not hold besides is the layer
 * above's to judge.
 */
export const target: Uint8Array = table((code) => code > 32 && code < 127 && code !== HASH)
/** Bytes of a host that is a name or an IPv4 address (RFC 3986 §3.2.2). */
export const host: Uint8Array = table(
  (code) => /[A-Za-z0-9\-._~!$&'()*+,;=%]/.test(String.fromCharCode(code)) && code < 128,
)

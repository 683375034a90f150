const ALPHABET = /^[A-Za-z0-9_-]*$/

/**
 * Bytes of base64url without padding (RFC 7515 §2). There is one spelling of each value: what decodes, but is not how it
 * is written, is none.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (text.length % 4 === 1 || !ALPHABET.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  // Bits of the last character that no byte takes are zero.
  const whole = text.length - (text.length % 4)
  const isCanonical =
    whole === text.length || bytes.subarray((whole / 4) * 3).toString('base64url') === text.slice(whole)
  return isCanonical ? bytes : undefined
}

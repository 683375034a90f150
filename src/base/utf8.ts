const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** The text of bytes in UTF-8; what is none becomes U+FFFD. Costs a third of a Buffer's `toString`, which needs a view first. */
export function utf8Text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** A text as UTF-8; halves of surrogate pairs become U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

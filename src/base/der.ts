/** Writes DER (X.690): what certificates are made of. Values up to 16 MiB. */

/** One tag, length, value (X.690 §8.1). */
export function der(tag: number, value: Uint8Array): Buffer {
  const { length } = value
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x1_0000
          ? [0x82, length >> 8, length & 255]
          : [0x83, length >> 16, (length >> 8) & 255, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** @param hex the identifier as it is encoded (X.690 §8.19) */
export function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

/** A positive whole number. @param bytes most significant first, at least one */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  // A first bit of one would make it negative.
  return der(0x02, (shortest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest)
}

/** Whole bytes of bits. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.concat([Buffer.of(0), bytes]))
}

/** UTCTime until 2049, then GeneralizedTime (RFC 5280 §4.1.2.5). @param ms epoch milliseconds; seconds count */
export function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|[-:T]/g, '')
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

export const nullValue: Buffer = der(0x05, new Uint8Array())

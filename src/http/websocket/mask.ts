/** Shorter payloads are not worth a view of words. */
const WORDS_MIN = 64

/**
 * Applies the masking key of a frame to its payload, or a piece of it, in place (RFC 6455 §5.3).
 * @param key the four bytes as a little-endian number
 * @param phase how many payload bytes came before `start`
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
  if (key === 0) return
  let at = start
  let word = rotated(key, phase)
  if (end - start >= WORDS_MIN) {
    while (((bytes.byteOffset + at) & 3) !== 0) {
      ;(bytes[at] as number) ^= word & 0xff
      word = rotated(word, 1)
      at++
    }
    const count = (end - at) >> 2
    const words = new Int32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, count)
    const mask = LITTLE_ENDIAN ? word : swapped(word)
    for (let i = 0; i < count; i++) (words[i] as number) ^= mask
    at += count << 2
  }
  for (; at < end; at++) {
    ;(bytes[at] as number) ^= word & 0xff
    word = rotated(word, 1)
  }
}

/** The key as it applies `count` bytes further on. */
function rotated(word: number, count: number): number {
  const bits = (count & 3) << 3
  return bits === 0 ? word : (word >>> bits) | (word << (32 - bits))
}

function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | ((word >>> 24) & 0xff)
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

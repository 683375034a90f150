/** A letter's other case among ASCII letters, as Java ignores case unless told otherwise. */
export function otherCase(code: number): number {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
  return isLetter ? code ^ 0x20 : code
}

/** As `Character.toUpperCase`: one character for one. */
export function upperCase(code: number): number {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a ? code - 0x20 : code
  return single(String.fromCodePoint(code).toUpperCase(), code)
}

/** What letters that differ in case only have in common, as Java's `UNICODE_CASE` compares. */
export function foldCase(code: number): number {
  const upper = upperCase(code)
  if (upper < 0x80) return upper >= 0x41 && upper <= 0x5a ? upper + 0x20 : upper
  // JavaScript makes two characters of it.
  if (upper === 0x130) return 0x69
  return single(String.fromCodePoint(upper).toLowerCase(), upper)
}

function single(text: string, code: number): number {
  const first = text.codePointAt(0) as number
  return text.length === (first > 0xffff ? 2 : 1) ? first : code
}

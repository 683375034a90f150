/** ASCII case-insensitive equality of two field names. */
export function sameName(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  // Most names of one length differ in their first letter.
  if (((a.charCodeAt(0) ^ b.charCodeAt(0)) & ~32) !== 0) return false
  if (a === b) return true
  for (let i = 0; i < a.length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    if (x >= 65 && x <= 90) x |= 32
    if (y >= 65 && y <= 90) y |= 32
    if (x !== y) return false
  }
  return true
}

/** Values of a field among texts that are name, value, name, value … */
export function valuesNamed(texts: readonly string[], name: string): string[] {
  return texts.filter((_, i) => i % 2 === 1 && sameName(texts[i - 1] as string, name))
}

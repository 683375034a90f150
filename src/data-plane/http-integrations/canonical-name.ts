/** Names that were written before: there are few. Once it is full others are made each time. */
const known = new Map<string, string>()
const KNOWN_MAX = 256
const KNOWN_CHARACTERS_MAX = 64

/** `x-custom-header` → `X-Custom-Header`, as HTTP APIs write the names of headers (recorded on AWS). */
export function canonicalName(name: string): string {
  const before = known.get(name)
  if (before !== undefined) return before
  const canonical = name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
  if (known.size < KNOWN_MAX && name.length <= KNOWN_CHARACTERS_MAX) known.set(name, canonical)
  return canonical
}

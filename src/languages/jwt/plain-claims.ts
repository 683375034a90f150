import type { JsonObject } from './strict-json.ts'

/**
 * Claims as HTTP APIs show them in `$context.authorizer.claims` and in events, each a text: numbers and booleans as they are
 * written, a list `[a b]`, an object `map[name:value]` with its names in order (both seen on AWS). Without a prototype: names
 * are the issuer's own.
 */
export function plainClaimTexts(claims: JsonObject): Readonly<Record<string, string>> {
  const texts = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(claims)) {
    if (value !== null) texts[name] = textOf(value, depthMax)
  }
  return texts
}

/** What is nested deeper is shown as JSON. */
const depthMax = 32

function textOf(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return String(value as string | number | boolean | null)
  if (depth === 0) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, depth - 1)).join(' ')}]`
  const names = Object.keys(value).toSorted()
  return `map[${names.map((name) => `${name}:${textOf((value as JsonObject)[name], depth - 1)}`).join(' ')}]`
}

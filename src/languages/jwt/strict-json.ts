import { isCompactJson } from '#languages/json/compact.ts'
import { parseLocated, type LocatedValue } from '#languages/json/located.ts'
import { JsonError } from '#languages/json/parse.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export type JsonObject = Readonly<Record<string, unknown>>

/**
 * An object of JSON (RFC 8259) in UTF-8, in which no name stands twice: two readers cannot see two different ones.
 * @returns undefined for anything else
 */
export function readJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = UTF8.decode(bytes)
    if (!isCompactJson(text) && hasTwins(parseLocated(text))) return undefined
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined
  } catch (error) {
    if (error instanceof JsonError || error instanceof SyntaxError || error instanceof TypeError)
      return undefined
    throw error
  }
}

function hasTwins(value: LocatedValue): boolean {
  if (value.kind === 'array') return value.items.some(hasTwins)
  if (value.kind !== 'object') return false
  const names = new Set(value.members.map(({ name }) => name))
  return names.size < value.members.length || value.members.some((member) => hasTwins(member.value))
}

import { printJson } from '#languages/json/print.ts'
import { JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'

/**
 * A list or map as WebSocket selection expressions see it: `[item1, item2]`, as Java writes lists.
 * Developer guide, "Working with routes for WebSocket APIs".
 */
export function composedText(value: JsonValue): string {
  if (typeof value === 'string') return value
  if (value instanceof JsonArray) return `[${value.items.map(composedText).join(', ')}]`
  if (!(value instanceof JsonObject)) return printJson(value)
  const { keys, values } = value
  const members = keys.map((key, at) => `${composedText(key)}=${composedText(values[at] ?? null)}`)
  return `{${members.join(', ')}}`
}

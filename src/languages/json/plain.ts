import { keyText } from './print.ts'
import { Double, Foreign, JsonArray, JsonObject, type JsonValue } from './value.ts'

/** What callers hold: text, numbers, and trees of them, as `JSON.parse` gives or as code writes. */
export type PlainValue =
  | null
  | undefined
  | string
  | number
  | bigint
  | boolean
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue }

/** A plain tree as a JSON value. Members whose value is undefined are left out; fractions become `Double`s. */
export function fromPlain(plain: PlainValue): JsonValue {
  if (plain === undefined || plain === null) return null
  if (typeof plain === 'number') return Number.isSafeInteger(plain) ? plain : new Double(plain)
  if (typeof plain !== 'object') return plain
  if (Array.isArray(plain)) return new JsonArray(plain.map(fromPlain))
  const object = new JsonObject()
  const members = plain as { readonly [name: string]: PlainValue }
  for (const name in members) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined
    if (value !== undefined) object.append(name, fromPlain(value))
  }
  return object
}

/** A JSON value as a plain tree: `Double`s become numbers, other languages' values their text. */
export function toPlain(value: JsonValue): PlainValue {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Double) return value.value
  if (value instanceof JsonArray) return value.items.map(toPlain)
  if (value instanceof JsonObject) {
    return Object.fromEntries(value.keys.map((key, at) => [keyText(key), toPlain(value.values[at] ?? null)]))
  }
  if (value instanceof Foreign) return value.text()
  return null
}

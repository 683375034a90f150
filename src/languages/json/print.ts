import { printDouble } from './number.ts'
import { Double, Foreign, JsonArray, type JsonObject, type JsonValue } from './value.ts'

/** `plain` writes `/` as it is (`$input.json`); `web` as `\/` (a JSON array printed by a template). */
export type JsonStyle = 'plain' | 'web'

/**
 * Compact JSON as json-smart writes it.
 * @param textMax longest result, in UTF-16 units
 * @throws RangeError when the result would be longer, or the value holds itself
 */
export function printJson(value: JsonValue, style: JsonStyle = 'plain', textMax: number = Infinity): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quote(value, style)
  if (typeof value !== 'object') return String(value)
  return new Printer(style, textMax).print(value, '', 0)
}

// Deeper than any text that was parsed: only a value that a template put into itself gets there.
const DEPTH_MAX = 1024

class Printer {
  readonly #style: JsonStyle
  readonly #textMax: number
  constructor(style: JsonStyle, textMax: number) {
    this.#style = style
    this.#textMax = textMax
  }

  print(value: JsonValue, before: string, depth: number): string {
    if (value === null) return `${before}null`
    if (typeof value === 'string') return before + quote(value, this.#style)
    if (typeof value !== 'object') return before + String(value)
    if (value instanceof Double) {
      const isInfinite = Math.abs(value.value) === Infinity && value.exact === undefined
      return before + (isInfinite ? 'null' : printDouble(value))
    }
    // json-smart writes the properties of an object that is no JSON, and it sees none.
    if (value instanceof Foreign) return `${before}{}`
    if (depth > DEPTH_MAX) throw new RangeError(`a value nests more than ${DEPTH_MAX} levels`)
    let text = before
    if (value instanceof JsonArray) {
      const items = value.items
      text += '['
      for (let at = 0; at < items.length; at++) {
        if (at > 0) text += ','
        text = this.print(items[at] as JsonValue, text, depth + 1)
        if (text.length > this.#textMax) throw new RangeError(`JSON longer than ${this.#textMax} characters`)
      }
      return `${text}]`
    }
    const { keys, values } = value as JsonObject
    text += '{'
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as JsonValue
      text += `${at > 0 ? ',' : ''}${quote(keyText(key), this.#style)}:`
      text = this.print(values[at] as JsonValue, text, depth + 1)
      if (text.length > this.#textMax) throw new RangeError(`JSON longer than ${this.#textMax} characters`)
    }
    return `${text}}`
  }
}

/** A key as the text of a JSON name. */
export function keyText(key: JsonValue): string {
  if (typeof key === 'string') return key
  if (key instanceof Double) return printDouble(key)
  return key instanceof Foreign ? key.text() : printJson(key)
}

// U+0000-001F, U+007F-009F and U+2000-20FF, besides quotes and backslashes.
const SPECIALS = /["\\\p{Cc}\u2000-\u20ff]/gu
const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** Whether a text has nothing but printable ASCII that stands for itself. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false
  }
  return true
}

function quote(text: string, style: JsonStyle): string {
  const escaped = !isPlain(text)
    ? text.replace(
        SPECIALS,
        (char) => NAMED[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
      )
    : text
  return style === 'web' && escaped.includes('/') ? `"${escaped.replaceAll('/', '\\/')}"` : `"${escaped}"`
}

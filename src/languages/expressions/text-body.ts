import { JsonError, parseJson } from '#languages/json/parse.ts'
import type { JsonValue } from '#languages/json/value.ts'
import type { BodyView } from './scope.ts'

/** How much of a body the JSONPaths of HTTP APIs look at. Developer guide, "Transforming API requests". */
export const httpBodyBytesMax: number = 100 * 1024

/** A body that is read as JSON when an expression asks for it, and once. */
export class TextBody implements BodyView {
  readonly #read: () => string
  readonly #jsonBytesMax: number
  #text: string | undefined
  #json: { readonly value: JsonValue | undefined } | undefined

  /**
   * @param read gives the body's text; called once, if at all
   * @param jsonBytesMax the rest of a longer body is cut off before it is read as JSON
   */
  constructor(read: () => string, jsonBytesMax: number = Infinity) {
    this.#read = read
    this.#jsonBytesMax = jsonBytesMax
  }

  text(): string {
    return (this.#text ??= this.#read())
  }

  json(): JsonValue | undefined {
    return (this.#json ??= { value: jsonOf(this.text(), this.#jsonBytesMax) }).value
  }
}

/** Only what begins like JSON is read as JSON. */
function jsonOf(text: string, bytesMax: number): JsonValue | undefined {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return parseJson(cut(text, bytesMax))
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

function cut(text: string, bytesMax: number): string {
  // A UTF-16 unit takes three bytes at most.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text
  return Buffer.from(text).subarray(0, bytesMax).toString('utf8')
}
